/** Help with the code: diagnostics, and completion while somebody types. */

import type { Extension } from "@codemirror/state";
import type { Connection } from "ot-collab";
import type { Entry } from "../entry.js";
import { completion } from "./completion.js";
import { diagnostics } from "./lint.js";
import { look } from "./look.js";
import { DiagnosticsPanel } from "./panel.js";

export interface CodeHelp {
  /** For the editor. */
  readonly extension: Extension;
  /** For the space below it. */
  readonly panel: DiagnosticsPanel;
}

export function codeHelp(connection: Connection, entry: Entry): CodeHelp {
  const panel = new DiagnosticsPanel(connection);
  const extension = [diagnostics(connection, (update) => panel.changed(update)), completion(connection, entry), look];
  return { extension, panel };
}

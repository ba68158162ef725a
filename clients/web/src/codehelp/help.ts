/** Help with the code: diagnostics, and completion while somebody types. */

import type { Extension } from "@codemirror/state";
import type { Session } from "ot-collab";
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

export function codeHelp(session: Session, entry: Entry): CodeHelp {
  const panel = new DiagnosticsPanel(session);
  const extension = [diagnostics(session, (update) => panel.changed(update)), completion(session, entry), look];
  return { extension, panel };
}

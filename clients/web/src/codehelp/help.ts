/** Help with the code: problems as they arise, and completion while one types. */

import type { Extension } from "@codemirror/state";
import type { Connection } from "ot-collab";
import type { Entry } from "../entry.js";
import { completion } from "./completion.js";
import { problems } from "./lint.js";
import { look } from "./look.js";
import { ProblemsPanel } from "./panel.js";

export interface CodeHelp {
  /** For the editor. */
  readonly extension: Extension;
  /** To stand below it. */
  readonly panel: ProblemsPanel;
}

export function codeHelp(connection: Connection, entry: Entry): CodeHelp {
  const panel = new ProblemsPanel(connection);
  const extension = [problems(connection, (update) => panel.changed(update)), completion(connection, entry), look];
  return { extension, panel };
}

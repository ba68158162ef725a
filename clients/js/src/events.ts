/** What a connection says to the page and to editor bindings. */

import type { Caret } from "./carets.js";
import type { Diagnostic, Participant, SessionInfo } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import type { Status } from "./status.js";
import type { Unsaved } from "./browser/storage.js";

/** What an editor has to apply, in order. */
export interface Arrived {
  readonly operations: readonly Operation[];
  /** They take back one's own edits, which the server refused: one's own undo is told of them as of edits. */
  readonly refused: boolean;
}

export interface ConnectionEvents {
  operations: Arrived;
  status: Status;
  /** Title, language, lock or one's own role have changed. */
  session: SessionInfo;
  participants: ReadonlyMap<string, Participant>;
  /** Others' carets have moved by themselves; what edits do to them is not told. */
  presence: ReadonlyMap<string, Caret>;
  /** The server did not take this; it is kept until it is dismissed. */
  unsaved: Unsaved;
  /** Other problems have been found in the text; what edits do to them is not told. */
  problems: readonly Diagnostic[];
  error: { readonly code: string; readonly message: string };
}

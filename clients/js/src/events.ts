/** What a session says to the page and to editor bindings. */

import type { Presence } from "./carets.js";
import type { Diagnostic, Participant, SessionInfo } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import type { Status } from "./status.js";
import type { Unsaved } from "./browser/storage.js";

/**
 * Why the text changed:
 *
 * - others: somebody else edited
 * - refused: one's own typing is taken back, which will never be committed
 * - reset: the server's text is another one, or was told for the first time
 */
export type Cause = "others" | "refused" | "reset";

/** The text changed by no edit of one's own. */
export interface Changed {
  /** On the text shown; never one that changes nothing. */
  readonly operation: Operation;
  readonly cause: Cause;
}

export interface SessionEvents {
  /** All that one message did to the text, to be applied in order; `text` is as it is after the last. */
  changed: readonly Changed[];
  status: Status;
  /** Title, language, lock or one's own role have changed. */
  session: SessionInfo;
  participants: ReadonlyMap<string, Participant>;
  /** Others' carets have moved by themselves; what edits do to them is not told. */
  presence: ReadonlyMap<string, Presence>;
  /** The server did not take this; it is kept until it is dismissed. */
  unsaved: Unsaved;
  /** The server has looked at the code again; what edits do to its diagnostics is not told. */
  diagnostics: readonly Diagnostic[];
  /** The server found a message of this client wrong, or had none of it. */
  complaint: { readonly code: string; readonly message: string };
}

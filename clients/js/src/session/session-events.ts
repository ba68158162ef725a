/** SessionEvents: what a session says to the page and to editor bindings, by the name of the event. */

import type { Unsaved } from "../browser/storage.js";
import type { Changed } from "./events.js";
import type { Diagnostic, Participant, SessionInfo } from "./messages.js";
import type { Presence } from "./presence.js";
import type { Status } from "./status.js";

export interface SessionEvents {
  /** All that one message did to the text, to be applied in order; `text` is as it is after the last. */
  changed: readonly Changed[];
  status: Status;
  /** Title, language, lock or one's own role have changed. */
  session: SessionInfo;
  participants: ReadonlyMap<string, Participant>;
  /** Others' carets have moved by themselves; what edits do to them is not told. */
  presence: ReadonlyMap<string, readonly Presence[]>;
  /** The server did not take this; it is kept until it is dismissed. */
  unsaved: Unsaved;
  /** The server has looked at the code again; what edits do to its diagnostics is not told. */
  diagnostics: readonly Diagnostic[];
  /** The server found a message of this client wrong. */
  complaint: { readonly code: string; readonly message: string };
}

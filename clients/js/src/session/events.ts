/**
 * What a session tells its user: small values, in the order in which they happened.
 *
 * Every change of the text that the user did not make by an edit of their own is a `Changed`,
 * whatever its cause: a copy of the text that takes in each of them, and each edit, when it
 * happens, always equals the text shown.
 */

import type { Operation } from "../engine/operation.js";

/**
 * - others: somebody else edited
 * - refused: one's own typing is taken back, which will never be committed
 * - reset: the server's text is another one, or was told for the first time
 */
export type Cause = "others" | "refused" | "reset";

/** The text changed by no edit of the user's own. */
export interface Changed {
  readonly type: "changed";
  /** On the text shown. */
  readonly operation: Operation;
  /** The participant who made it, where it is one's work. */
  readonly by: string | null;
  readonly cause: Cause;
}

/** Typing that the server will never commit; a `Changed` before it took it out of the text. */
export interface Unsaved {
  readonly type: "unsaved";
  /** Another one for each offer; the same where a record is given up once more after a crash. */
  readonly id: string;
  /**
   * A code of `reject` or `reset`, or what ended the session; `outdated`, where it may have been sent by a tab that was killed.
   */
  readonly reason: string;
  /** All that was inserted, piece after piece, with line ends between pieces. */
  readonly text: string;
  /**
   * All of it in place, deletions too, on the text shown at that moment; on the text that it was
   * typed in, where that is not known any more.
   */
  readonly operation: Operation;
}

export type SessionEvent =
  | Changed
  | Unsaved
  /** The session is called, highlighted, locked or run differently, or one's role changed. */
  | { readonly type: "session" }
  /** Who is here has changed. */
  | { readonly type: "participants" }
  /** These participants moved their carets, began or stopped typing, or went. */
  | { readonly type: "presence"; readonly participants: readonly string[] }
  /** The server has looked at the code. */
  | { readonly type: "diagnostics" }
  /** The server found a message of this client wrong: no edit is lost, but look into it. */
  | { readonly type: "complaint"; readonly code: string; readonly message: string };

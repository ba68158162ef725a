/** Status: what a person needs to know about their typing, in one word.  No I/O. */

/**
 * - connecting: the server has not answered yet
 * - saved: all that was typed is committed
 * - saving: something is on its way, or waits for its turn
 * - offline: there is no connection; what is typed is kept, and sent on return
 * - refused: something can't be saved, and nobody has dismissed it yet
 * - closed: the session is over
 */
export type State = "connecting" | "saved" | "saving" | "offline" | "refused" | "closed";

export interface Status {
  readonly state: State;
  /** A code or a message that says why; null where that goes without saying. */
  readonly reason: string | null;
  /** Whether the server has everything that the editor shows. */
  readonly synchronized: boolean;
  /** Whether all that it has not is stored here, so that closing this tab loses nothing. */
  readonly safe: boolean;
}

/** Why a machine has ended. */
export interface End {
  /** A word for it: `forbidden`, `left`, … */
  readonly reason: string;
  /** The close code, 1000 where it was one's own wish. */
  readonly code: number;
  /** What the server said. */
  readonly message: string;
}

/** Ends after which nothing that is unconfirmed could ever be sent. */
export const HOPELESS: ReadonlySet<string> = new Set([
  "not_websocket",
  "not_utf8",
  "too_big",
  "malformed",
  "protocol",
  "forbidden",
  "no_such_session",
]);

export function sameStatus(a: Status, b: Status): boolean {
  return (Object.keys(a) as (keyof Status)[]).every((field) => a[field] === b[field]);
}

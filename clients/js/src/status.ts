/** Status: what a person needs to know about their typing, in one word. */

/**
 * - connecting: no text yet
 * - saved: the server has everything
 * - saving: something is on its way
 * - offline: the connection is lost and will come back; typing goes on
 * - refused: the server did not take something, and nobody has dismissed it yet
 * - closed: the connection will not come back
 */
export type StatusName = "connecting" | "saved" | "saving" | "offline" | "refused" | "closed";

export interface Status {
  readonly state: StatusName;
  /** A code or a message that says why; null where that goes without saying. */
  readonly reason: string | null;
  /** Whether the server has everything that the editor shows. */
  readonly synchronized: boolean;
}

export interface Circumstances {
  closed: string | null;
  lost: string | null;
  welcomed: boolean;
  opened: boolean;
  refused: string | null;
  synchronized: boolean;
  locked: boolean;
}

export function statusOf(now: Circumstances): Status {
  const { synchronized } = now;
  if (now.closed) return { state: "closed", reason: now.closed, synchronized };
  if (!now.welcomed && now.lost) return { state: "offline", reason: now.lost, synchronized };
  if (!now.welcomed) return { state: now.opened ? "offline" : "connecting", reason: null, synchronized };
  if (now.refused) return { state: "refused", reason: now.refused, synchronized };
  if (!synchronized) return { state: "saving", reason: now.locked ? "locked" : null, synchronized };
  return { state: "saved", reason: null, synchronized };
}

export function sameStatus(a: Status, b: Status): boolean {
  return a.state === b.state && a.reason === b.reason && a.synchronized === b.synchronized;
}

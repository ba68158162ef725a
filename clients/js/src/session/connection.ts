/**
 * Connection: how far a client has come with its connection, and why the last one is gone.
 *
 * No I/O, no clock.
 *
 *                 connected              welcome
 *     ┌───────┐ ───────────► ┌────────┐ ─────────► ┌────┐
 *     │offline│              │greeting│            │open│     one may edit in each of them
 *     └───────┘              └────────┘            └────┘
 *         ▲                      │  out of step, silence │
 *         │ lost              ┌──┴────┐   no welcome     │
 *         ├───────────────────│leaving│◄─────────────────┘
 *         │                   └───────┘
 *         │ lost for good, end  ┌─────┐
 *         └───────────────────► │ended│                       nothing is taken or said any more
 *                               └─────┘
 *
 * `lost` leads from greeting and open to offline too.
 */

import type { Leave } from "./replica.js";
import type { End, Status } from "./status.js";

/** Seconds from the hello to the server's welcome. */
const WELCOME_WITHIN = 10;

/** How far it has come. */
export type Phase = "offline" | "greeting" | "open" | "leaving" | "ended";

/** Why a connection is to be dropped. */
export type LeavingReason = Leave["reason"] | "no_welcome" | "silence";

/** One connection after the other, until the end. */
export class Connection {
  phase: Phase = "offline";
  /** Whether the hello is still to be said on it, while it is greeting. */
  isHelloDue = false;
  /** Why it is to be dropped. */
  leaving: LeavingReason | null = null;
  /** Why there will be no other one. */
  ended: End | null = null;
  /** Why the last one went, or is to be dropped; null where none did. */
  lost: string | null = null;
  #greetsUntil = Infinity;

  /** Whether the server takes what is said on it. */
  get isOpen(): boolean {
    return this.phase === "open";
  }

  /** Whether what the server says is taken. */
  get isHeard(): boolean {
    return this.phase === "greeting" || this.phase === "open";
  }

  /** Until when there must be a welcome; null while none is waited for. */
  get deadline(): number | null {
    return this.phase === "greeting" ? this.#greetsUntil : null;
  }

  /** It stands, or so it seems. */
  begin(now: number): void {
    this.phase = "greeting";
    this.#greetsUntil = now + WELCOME_WITHIN;
    this.isHelloDue = true;
  }

  /** The server takes what is said on it. */
  welcomed(): void {
    this.phase = "open";
  }

  /** It is to be dropped. */
  leave(reason: LeavingReason): void {
    this.phase = "leaving";
    this.leaving = this.lost = reason;
  }

  /** It is gone. */
  lose(message: string): void {
    this.lost = this.leaving ?? message;
    this.phase = "offline";
    this.leaving = null;
  }

  /** There will be no other one. */
  end(end: End): void {
    this.phase = "ended";
    this.leaving = null;
    this.ended = end;
  }

  /** What to tell a person. */
  status(synchronized: boolean, isLocked: boolean): Omit<Status, "safe"> {
    if (this.ended) return { state: "closed", reason: this.ended.reason, synchronized };
    if (this.isOpen) {
      return { state: synchronized ? "saved" : "saving", reason: isLocked && !synchronized ? "locked" : null, synchronized };
    }
    return { state: this.lost === null ? "connecting" : "offline", reason: this.lost, synchronized };
  }
}

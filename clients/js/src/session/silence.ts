/**
 * Silence: how long the server has said nothing, and when that is too long.  No I/O, no clock.
 *
 * Invariant: a connection is dead only after a word was asked for on it, and none came.
 */

import type { Ping } from "./messages.js";

/**
 * Seconds without a word after which a connection is given up that was asked for one.
 *
 * One that is slow to carry a large edit looks as dead as one that is: each that is given up
 * over the same edit gives the next one twice as long.
 */
const FIRST_PATIENCE = 3;
/** How many times the seconds between pings may pass without a word. */
const MOST_PINGS = 3;

/** What is heard, or not, on one connection after the other. */
export class Silence {
  readonly #pings: boolean;
  #pingSeconds = Infinity;
  #patience = FIRST_PATIENCE;
  /** Until when a word is waited for; null where none was asked for. */
  #until: number | null = null;
  #heardAt = 0;
  #pingedAt = 0;

  /** @param pings whether the connection is to be kept alive from here */
  constructor(pings: boolean) {
    this.#pings = pings;
  }

  /** Take the server's word for how often it wants one. */
  limit(pingSeconds: number): void {
    this.#pingSeconds = pingSeconds;
  }

  /** The server said something; return whether it was asked for a word. */
  heard(now: number): boolean {
    const { isAsked } = this;
    this.#heardAt = now;
    this.#until = null;
    return isAsked;
  }

  /** What was waited for is there: be as patient as at first. */
  answered(): void {
    this.#patience = FIRST_PATIENCE;
  }

  /** Ask for a word, without which the connection is dead soon. */
  ask(now: number): Ping {
    this.#until = now + this.#patience;
    return this.ping(now);
  }

  /** Keep the connection alive. */
  ping(now: number): Ping {
    this.#pingedAt = now;
    return { type: "ping" };
  }

  /** Whether a word was asked for that has not come yet. */
  get isAsked(): boolean {
    return this.#until !== null;
  }

  /** Whether it is too long by now; the next one may be longer. */
  isDead(now: number): boolean {
    if (this.#until !== null && this.#until <= now) {
      this.#patience *= 2;
      return true;
    }
    return this.deadAt <= now;
  }

  /** When it is too long, if nothing is said until then. */
  get deadAt(): number {
    const last = this.#pings ? this.#heardAt + MOST_PINGS * this.#pingSeconds : Infinity;
    return Math.min(last, this.#until ?? Infinity);
  }

  /** When to ping again, if nothing is said until then; never, unless it is to be kept alive from here. */
  get pingAt(): number {
    return this.#pings ? Math.max(this.#heardAt, this.#pingedAt) + this.#pingSeconds : Infinity;
  }
}

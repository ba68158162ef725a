/** When to try again, and how often at most.  Seconds; no clock of its own. */

const BACKOFF_FIRST = 0.2;
const BACKOFF_LONGEST = 10;
/** Seconds without a change after which a text has come to rest, and its author types no more. */
export const REST = 2;

/** Draws a number between two. */
export type Jitter = (least: number, most: number) => number;

/**
 * Waits with full jitter: drawn evenly below a bound that doubles each time.
 *
 * Clients that lost one server at one moment then don't come back at one moment
 * (Marc Brooker, "Exponential Backoff And Jitter").
 */
export class Backoff {
  readonly #jitter: Jitter;
  #bound = BACKOFF_FIRST;

  constructor(jitter: Jitter) {
    this.#jitter = jitter;
  }

  /** How long to wait before the next try. */
  next(): number {
    this.#bound = Math.min(2 * this.#bound, BACKOFF_LONGEST);
    return this.#jitter(BACKOFF_FIRST, this.#bound);
  }

  /** The server asked for peace: draw from the whole range next time. */
  lengthen(): void {
    this.#bound = BACKOFF_LONGEST;
  }

  /** It worked: begin with short waits again. */
  reset(): void {
    this.#bound = BACKOFF_FIRST;
  }
}

/** Lets something happen at most so many times a second, evenly. */
export class Pace {
  #interval = 0;
  #readyAt = 0;

  /** From when on it may happen again. */
  get readyAt(): number {
    return this.#readyAt;
  }

  /** Take the server's word for the rate, which is above zero. */
  limit(perSecond: number): void {
    this.#interval = 1 / perSecond;
  }

  /** It happened. */
  spend(now: number): void {
    this.#readyAt = now + this.#interval;
  }
}

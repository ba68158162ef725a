/**
 * Backoff with full jitter: the longer something fails, the longer the wait, at random.
 *
 * The first wait lasts 0.2 to 0.4 s, the upper bound doubles up to 10 s.  Clients that a
 * server lost at one moment come back spread out.
 */

const SHORTEST = 200;
const LONGEST = 10_000;

export class Backoff {
  readonly #random: () => number;
  #bound = SHORTEST;

  /** @param random numbers in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long to wait before the next attempt, in milliseconds. */
  next(): number {
    this.#bound = Math.min(LONGEST, 2 * this.#bound);
    return SHORTEST + this.#random() * (this.#bound - SHORTEST);
  }

  /** As `next` is after many failures: for a server that asked for patience. */
  longest(): number {
    this.#bound = LONGEST;
    return this.next();
  }

  reset(): void {
    this.#bound = SHORTEST;
  }
}

/** Gives up a runtime that is silent for too long: it was blocked, or it died. */

/** How long a runtime may be silent, in seconds. */
export const MOST_SECONDS = 15;

export class Silence {
  #seconds = 0;
  readonly #ticking: ReturnType<typeof setInterval>;

  /** @param tooLong called once, when nothing was heard for `MOST_SECONDS` */
  constructor(tooLong: () => void) {
    // Counted are only seconds in which the page runs: not those in which the computer was asleep.
    this.#ticking = setInterval(() => {
      this.#seconds++;
      if (this.#seconds < MOST_SECONDS) return;
      this.end();
      tooLong();
    }, 1000);
  }

  /** Start counting anew. */
  heard(): void {
    this.#seconds = 0;
  }

  /** Stop counting. */
  end(): void {
    clearInterval(this.#ticking);
  }
}

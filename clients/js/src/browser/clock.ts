/** Time, as this library sees it: a clock that can be replaced, and timers on it. */

/** A clock as browsers have it: in milliseconds. */
export interface Clock {
  /** Milliseconds that never run backwards, from an arbitrary start. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
  setTimeout(action: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  setTimeout: (action, milliseconds) => setTimeout(action, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as number),
};

/** The longest that a browser's timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** One action that is due at most once at a time. */
export class Timer {
  readonly #clock: Clock;
  readonly #action: () => void;
  #handle: unknown = null;

  constructor(clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  get running(): boolean {
    return this.#handle !== null;
  }

  /**
   * Let it be due in so many seconds, and at no other time.
   *
   * In whole milliseconds, as browsers count, and at least one: what is due a trifle later than
   * the clock can tell would be asked for over and over.
   */
  start(seconds: number): void {
    this.stop();
    const milliseconds = Math.min(Math.max(Math.ceil(1000 * seconds - 1e-6), 1), LONGEST);
    this.#handle = this.#clock.setTimeout(() => {
      this.#handle = null;
      this.#action();
    }, milliseconds);
  }

  stop(): void {
    if (this.#handle !== null) this.#clock.clearTimeout(this.#handle);
    this.#handle = null;
  }
}

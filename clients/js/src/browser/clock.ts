/** Time, as this library sees it: a clock that can be replaced, and timers on it. */

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

  /** Let it be due in so many milliseconds, and at no other time. */
  start(milliseconds: number): void {
    this.stop();
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

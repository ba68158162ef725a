/** Verifier: asks the server now and then whether both have the same text. */

import type { Client } from "./engine/client.js";
import { crc32 } from "./session/crc32.js";
import type { Verify } from "./session/messages.js";
import { Timer, type Clock } from "./browser/clock.js";

/** Text that has rested for so long, in milliseconds, is worth comparing. */
const REST = 2_000;
/** The shortest time between two comparisons, in milliseconds. */
const INTERVAL = 10_000;

export class Verifier {
  readonly #clock: Clock;
  readonly #timer: Timer;
  #verified: number | null = null;
  #nextAt = 0;

  /** @param due is called when the text has rested */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#timer = new Timer(clock, due);
  }

  /** The text has changed, here or there. */
  changed(): void {
    this.#timer.start(Math.max(REST, this.#nextAt - this.#clock.now()));
  }

  /** What to ask, if there is anything that has not been asked yet. */
  question({ state, revision, text }: Client): Verify | null {
    if (state.name !== "Synchronized" || revision === this.#verified) return null;
    this.#verified = revision;
    this.#nextAt = this.#clock.now() + INTERVAL;
    return { type: "verify", revision, crc32: crc32(text) };
  }

  stop(): void {
    this.#timer.stop();
  }
}

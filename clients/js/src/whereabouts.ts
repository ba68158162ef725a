/**
 * Whereabouts: one's own carets and whether one is typing, for the others to see.
 *
 * They are told only while nothing of one's own is unconfirmed (before that the server
 * does not know the text that they are in), and never faster than the server takes them.
 */

import { MAX_SELECTIONS, type OwnPresence, type WireSelection } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import type { Selection } from "./engine/selection.js";
import { Timer, type Clock } from "./browser/clock.js";

/** Somebody who has not typed for so long, in milliseconds, is not typing. */
const TYPING_FOR = 2_000;
/** The shortest time between two messages, in milliseconds. */
const INTERVAL = 100;

export class Whereabouts {
  readonly #clock: Clock;
  readonly #pause: Timer;
  readonly #pace: Timer;
  #selections: readonly Selection[] = [];
  #untold = false;
  #toldTyping = false;
  #nextAt = 0;
  #interval = INTERVAL;

  /** @param due is called when there is something to tell and it may be told */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#pause = new Timer(clock, due);
    this.#pace = new Timer(clock, due);
  }

  get typing(): boolean {
    return this.#pause.running;
  }

  select(selections: readonly Selection[]): void {
    const same =
      selections.length === this.#selections.length &&
      selections.every((selection, i) => this.#selections[i]?.equals(selection));
    if (same) return;
    this.#selections = selections;
    this.#untold = true;
  }

  /** The text has changed under the carets: the others see theirs moved by themselves. */
  transform(operation: Operation): void {
    this.#selections = this.#selections.map((selection) => selection.transform(operation));
  }

  typed(): void {
    this.#pause.start(TYPING_FOR);
  }

  /** A new connection knows nothing yet. */
  welcomed(presencePerSecond: number): void {
    this.#interval = Math.max(INTERVAL, 1000 / presencePerSecond);
    this.#untold = this.#selections.length > 0;
    this.#toldTyping = false;
  }

  /** The carets, to go along with an edit. */
  along(): WireSelection[] {
    this.#untold = false;
    return this.#selections.slice(0, MAX_SELECTIONS).map((selection) => selection.toWire());
  }

  /** Whether there is something to tell now; if it is only too soon, `due` is called when it is time. */
  ready(): boolean {
    if (!this.#untold && this.#toldTyping === this.typing) return false;
    const wait = this.#nextAt - this.#clock.now();
    if (wait <= 0) return true;
    if (!this.#pace.running) this.#pace.start(wait);
    return false;
  }

  /** What to tell, in the text at `revision`. */
  message(revision: number): OwnPresence {
    this.#nextAt = this.#clock.now() + this.#interval;
    this.#toldTyping = this.typing;
    return { type: "presence", revision, selections: this.along(), typing: this.typing };
  }

  stop(): void {
    this.#pace.stop();
    this.#pause.stop();
  }
}

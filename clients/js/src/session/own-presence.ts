/**
 * OwnPresence: what the server knows of the user's own carets, and of whether they type.
 *
 * No I/O, no clock.  Invariant: what differs from what was told last on this connection is due.
 */

import { MAX_SELECTIONS, type OwnPresence as Message, type WireSelection } from "./messages.js";
import { SELF, type Presence, type Presences } from "./presence.js";
import { Pace, REST } from "./timing.js";

/** Says where the user's carets are, in the pace that the server wants. */
export class OwnPresence {
  readonly #presences: Presences;
  readonly #pace = new Pace();
  #isShown = false;
  #isTold = true;
  #isDataTold = true;
  #isTypingTold = false;
  #typesUntil = -Infinity;

  constructor(presences: Presences) {
    this.#presences = presences;
  }

  /** Nothing was told yet on this connection, on which it may be so many times a second. */
  begin(perSecond: number): void {
    this.#pace.limit(perSecond);
    this.#isTold = false;
    this.#isDataTold = (this.#mine?.data ?? null) === null;
  }

  /** The user typed, which is told along with what they typed. */
  edited(now: number): void {
    this.#typesUntil = now + REST;
  }

  /** The user moved a caret, or shows something else beside it. */
  selected(isTyping: boolean, isDataNew: boolean, now: number): void {
    this.#isShown = true;
    this.#isTold = false;
    if (isDataNew) this.#isDataTold = false;
    if (isTyping) this.#typesUntil = now + REST;
  }

  /** When to tell it. */
  get due(): number {
    if (this.#isShown && !this.#isTold) return this.#pace.readyAt;
    return this.#isTypingTold ? Math.max(this.#pace.readyAt, this.#typesUntil) : Infinity;
  }

  /** What tells it, in the text at `revision`. */
  tell(revision: number, now: number): Message {
    this.#pace.spend(now);
    this.#isTold = this.#isDataTold = true;
    this.#isTypingTold = now < this.#typesUntil;
    const data = this.#mine?.data ?? null;
    const said: Message = { type: "presence", revision, selections: this.#selections(), typing: this.#isTypingTold };
    return data === null ? said : { ...said, data };
  }

  /** The carets, to be told along with an edit; null where there are none.  What is beside them doesn't go along. */
  tellAlong(): WireSelection[] | null {
    const selections = this.#selections();
    if (selections.length === 0) return null;
    this.#isTold = this.#isDataTold;
    this.#isTypingTold = true;
    return selections;
  }

  /** What it was told along with is refused: nobody has heard of it. */
  refused(): void {
    this.#isTold = false;
  }

  get #mine(): Presence | undefined {
    return this.#presences.get(SELF)[0];
  }

  #selections(): WireSelection[] {
    return (this.#mine?.selections ?? []).slice(0, MAX_SELECTIONS).map((one) => one.toWire());
  }
}

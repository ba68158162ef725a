/**
 * Busy: whether a person is in the middle of something in an editor that a change of it would break.
 *
 * That is composing with an input method, as people write Japanese, accents, and on a phone every
 * word; and dragging what is selected.
 */

/** What has been left like that so long without a key is not waited for any more, in milliseconds. */
export const PATIENCE = 10_000;

const SIGNS = ["keydown", "compositionstart", "compositionupdate", "input", "dragstart", "drag"] as const;

export class Busy {
  readonly #freed: () => void;
  readonly #knowsComposing: (() => boolean) | null;
  readonly #listening = new AbortController();
  #isComposing = false;
  #isDragging = false;
  #hasLeft = true;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param freed called when the person may have finished; what they did is in the element then.
   * @param knowsComposing whether an input method composes, of an editor that knows better than its element.
   */
  constructor(element: HTMLElement, freed: () => void, knowsComposing: (() => boolean) | null = null) {
    this.#freed = freed;
    this.#knowsComposing = knowsComposing;
    const { signal } = this.#listening;
    const listen = (name: keyof HTMLElementEventMap, listener: (event: Event) => void): void =>
      element.addEventListener(name, listener, { signal });
    for (const sign of SIGNS) listen(sign, () => this.stay());
    listen("compositionstart", () => (this.#isComposing = true));
    listen("compositionend", () => this.#compose(false));
    listen("focusout", () => this.#compose(false));
    // Safari forgets to say that a dead key's letter is composed.
    listen("input", (event) => {
      if ("isComposing" in event && !event.isComposing) this.#isComposing = false;
    });
    listen("dragstart", () => (this.#isDragging = true));
    listen("dragend", () => this.#drop());
    // Where the drop takes away the node that was dragged, nobody says that the dragging has ended.
    element.ownerDocument.addEventListener("drop", () => setTimeout(() => this.#drop()), { signal });
  }

  /** Whether a change would break something now. */
  get isBusy(): boolean {
    return !this.#hasLeft && (this.#isDragging || (this.#knowsComposing?.() ?? this.#isComposing));
  }

  /** The person is there. */
  stay(): void {
    clearTimeout(this.#leaving);
    this.#hasLeft = false;
    this.#leaving = setTimeout(() => this.#leave(), PATIENCE);
  }

  destroy(): void {
    this.#listening.abort();
    clearTimeout(this.#leaving);
  }

  #compose(isComposing: false): void {
    this.#isComposing = isComposing;
    this.#freed();
  }

  #drop(): void {
    if (!this.#isDragging) return;
    this.#isDragging = false;
    this.#freed();
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#freed();
  }
}

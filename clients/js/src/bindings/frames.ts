/**
 * Frames: something is done once a frame, right before the browser draws it, whatever calls for it.
 *
 * A page that nobody looks at draws no frames: there it is done a little later.
 */

/** How long a frame is waited for, in milliseconds. */
const UNSEEN = 100;

export class Frames {
  readonly #window: Window;
  readonly #draw: () => void;
  #isAsked = false;
  #frame = 0;
  #timer = 0;

  constructor(window: Window, draw: () => void) {
    this.#window = window;
    this.#draw = draw;
  }

  /** Draw in the next frame. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const draw = (): void => {
      this.cancel();
      this.#draw();
    };
    this.#frame = this.#window.requestAnimationFrame(draw);
    this.#timer = this.#window.setTimeout(draw, UNSEEN);
  }

  cancel(): void {
    this.#window.cancelAnimationFrame(this.#frame);
    this.#window.clearTimeout(this.#timer);
    this.#isAsked = false;
  }
}

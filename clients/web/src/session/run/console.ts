/** What a program printed, with what it complained of told apart. */

import { h } from "../../dom.js";
import type { Piece } from "../../run/protocol.js";

export class ConsoleView {
  readonly element = h("pre", { class: "run-output", role: "log", "aria-label": "What it printed", "aria-live": "off" });
  #last: HTMLElement | null = null;

  clear(): void {
    this.element.replaceChildren();
    this.#last = null;
  }

  print(pieces: readonly Piece[]): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
    for (const { stream, text } of pieces) {
      if (this.#last?.className === stream) this.#last.append(text);
      else this.#say(stream, text);
    }
    if (isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  /** What the page says about it, which it did not print. */
  remark(text: string): void {
    this.#say("remark", text);
    this.element.scrollTop = this.element.scrollHeight;
  }

  #say(kind: Piece["stream"] | "remark", text: string): void {
    this.#last = h("span", { class: kind }, text);
    this.element.append(this.#last);
  }
}

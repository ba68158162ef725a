/** The output of a program; its standard error looks different. */

import { h } from "../../dom.js";
import type { Piece } from "../../run/protocol.js";

type Kind = Piece["stream"] | "remark";

export class ConsoleView {
  readonly element = h("pre", { class: "run-output", role: "log", "aria-label": "Program output", "aria-live": "off" });
  /** Shown with the next frame, because laying out much text takes longer than printing it. */
  #waiting: (readonly [kind: Kind, text: string])[] = [];
  #last: HTMLElement | null = null;

  clear(): void {
    this.#waiting = [];
    this.element.replaceChildren();
    this.#last = null;
  }

  print(pieces: readonly Piece[]): void {
    for (const { stream, text } of pieces) this.#add(stream, text);
  }

  /** Add a remark of the page, which the program did not print. */
  remark(text: string): void {
    this.#add("remark", text);
  }

  #add(kind: Kind, text: string): void {
    if (this.#waiting.length === 0) requestAnimationFrame(() => this.#show());
    this.#waiting.push([kind, text]);
  }

  #show(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
    for (const [kind, text] of this.#waiting) {
      if (this.#last?.className !== kind) this.element.append((this.#last = h("span", { class: kind })));
      this.#last.append(text);
    }
    this.#waiting = [];
    if (isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }
}

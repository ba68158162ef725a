/** A title that is edited in place: Enter or leaving the field saves it; Escape cancels. */

import { Attempt } from "./attempt.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { LIMITS } from "./limits.js";

export class Renaming {
  readonly button = h("button", { type: "button", class: "quiet icon-only", click: () => this.#open() }, icon("pencil"));
  readonly field = h("input", {
    type: "text",
    class: "title-field",
    hidden: true,
    "aria-label": "New title",
    maxlength: LIMITS.title,
    autocomplete: "off",
    enterkeyhint: "done",
    blur: () => void this.#save(),
  });
  readonly #attempt = new Attempt();
  readonly failure = this.#attempt.failure;
  readonly #shown: HTMLElement;
  readonly #rename: (title: string) => Promise<void>;
  #title = "";
  #isAllowed = true;
  #isOpen = false;

  /** @param shown the element that is hidden while the field is open */
  constructor(shown: HTMLElement, rename: (title: string) => Promise<void>) {
    this.#shown = shown;
    this.#rename = rename;
    this.field.addEventListener("keydown", ({ key, isComposing }) => {
      if (isComposing) return;
      if (key === "Enter") void this.#save();
      if (key === "Escape") this.#close();
    });
  }

  /** Show the current title; an open field keeps what was typed. */
  show(title: string): void {
    this.#title = title;
    this.button.title = `Rename ${title}`;
    this.button.setAttribute("aria-label", this.button.title);
  }

  allow(isAllowed: boolean): void {
    this.#isAllowed = isAllowed;
    if (isAllowed) this.button.hidden = this.#isOpen;
    else this.#close();
  }

  #open(): void {
    this.#isOpen = true;
    this.#shown.hidden = this.button.hidden = true;
    this.field.hidden = false;
    this.field.value = this.#title;
    this.field.select();
    this.field.focus();
  }

  #close(): void {
    const hadFocus = document.activeElement === this.field;
    this.#isOpen = false;
    this.#shown.hidden = false;
    this.button.hidden = !this.#isAllowed;
    if (hadFocus) this.button.focus();
    this.field.hidden = true;
    this.field.removeAttribute("aria-invalid");
    this.#attempt.forget();
  }

  /** Save the title; an empty one leaves the old one. */
  async #save(): Promise<void> {
    if (!this.#isOpen) return;
    const title = this.field.value.trim();
    const isAnother = title !== "" && title !== this.#title;
    if (!isAnother || (await this.#attempt.make(() => this.#rename(title)))) this.#close();
    else if (this.failure.textContent !== "") this.field.setAttribute("aria-invalid", "true");
  }
}

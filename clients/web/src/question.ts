/** Asks before an action that can't be undone, next to the button that starts it. */

import { h } from "./dom.js";

export interface Question {
  /** Its name for screen readers. */
  readonly label: string;
  readonly words: string;
  readonly no: string;
  readonly yes: string;
  /** Called on "yes"; shows its own failures. */
  readonly act: () => Promise<void>;
}

/** The question that a button asks; hidden unless it waits for its answer. */
export function questionOf(button: HTMLButtonElement, { label, words, no, yes, act }: Question): HTMLElement {
  const close = (): void => {
    question.hidden = true;
    button.hidden = false;
    button.focus();
  };
  const ask = (): void => {
    question.hidden = false;
    button.hidden = true;
    noButton.focus();
  };
  const noButton = h("button", { type: "button", class: "quiet", click: close }, no);
  const yesButton = h("button", { type: "button", class: "danger", click: () => void act().then(close) }, yes);
  const question = h("span", { class: "question", role: "group", "aria-label": label, hidden: true }, h("span", {}, words), noButton, yesButton);
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // Otherwise the panel around it would close too.
    event.preventDefault();
    close();
  });
  button.addEventListener("click", ask);
  return question;
}

/** What can't be taken back is asked about first, in words, near the button that begins it. */

import { h } from "./dom.js";

export interface Question {
  /** What a screen reader calls it. */
  readonly label: string;
  readonly words: string;
  readonly no: string;
  readonly yes: string;
  /** Done on "yes"; says itself where it does not work. */
  readonly act: () => Promise<void>;
}

/** The question that a button asks; it is seen only while it waits for its answer. */
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
    // It would close the panel around it as well.
    event.preventDefault();
    close();
  });
  button.addEventListener("click", ask);
  return question;
}

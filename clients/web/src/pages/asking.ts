/** A form that asks the server for something, once at a time, and says what has become of it. */

import { CallFailed } from "../api/call.js";
import { h, type Child } from "../dom.js";

export interface Asking {
  /** What the button says. */
  readonly verb: string;
  /** Where it succeeds and the form stays, it answers what is to be said. */
  readonly ask: () => Promise<string | void>;
  readonly look?: "primary" | "plain" | "danger";
}

/**
 * A field is marked where it has caused the failure: its control's `data-causes` holds the codes.
 */
export function askingForm({ verb, ask, look = "primary" }: Asking, ...fields: Child[]): HTMLFormElement {
  const button = h("button", { type: "submit", class: look }, verb);
  const failure = h("p", { class: "failure", role: "alert" });
  const success = h("p", { class: "success", role: "status" });
  const form = h("form", {}, ...fields, button, h("div", { class: "outcome" }, failure, success));
  // A disabled button would lose the focus.
  const isAsking = (asking: boolean): void => button.setAttribute("aria-disabled", String(asking));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    isAsking(true);
    failure.textContent = success.textContent = "";
    for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    try {
      success.textContent = (await ask()) ?? "";
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      failure.textContent = error.message;
      mark(form, error.code);
    } finally {
      isAsking(false);
    }
  };
  form.addEventListener("submit", (event) => void submit(event));
  return form;
}

function mark(form: HTMLFormElement, code: string): void {
  const control = form.querySelector<HTMLInputElement>(`[data-causes~="${CSS.escape(code)}"]`);
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
}

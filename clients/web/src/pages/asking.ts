/** A form that sends one request at a time, and shows how it went. */

import { CallFailed } from "../api/call.js";
import { h, type Child } from "../dom.js";

export interface Asking {
  /** The words on the button. */
  readonly verb: string;
  /** Sends the request; if the form stays, it returns what to say. */
  readonly ask: () => Promise<string | void>;
  readonly look?: "primary" | "plain" | "danger";
}

/**
 * A field that caused the failure is marked: its control's `data-causes` has the codes.
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

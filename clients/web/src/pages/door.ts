/** What the pages outside of a session have in common: the frame, a form that asks the server, fields. */

import { CallFailed } from "../api.js";
import { h, type Child } from "../dom.js";
import { themeButton } from "../theme.js";

export function door(heading: string, ...content: Child[]): HTMLElement {
  return h(
    "div",
    { class: "door" },
    h("header", { class: "door-bar" }, h("a", { class: "brand", href: "/" }, "OT Collab"), themeButton),
    h("main", {}, h("h1", { tabindex: -1 }, heading), ...content),
  );
}

export function field(label: string, control: HTMLElement, width: "whole" | "half" = "whole"): HTMLLabelElement {
  return h("label", { class: `field ${width}` }, h("span", {}, label), control);
}

export function nameField(name: string): HTMLInputElement {
  return h("input", { name: "name", value: name, maxlength: 64, autocomplete: "nickname", placeholder: "Guest" });
}

/** A form that asks the server for something, once at a time, and says so where it fails. */
export function askingForm(
  verb: string,
  ask: () => Promise<void>,
  ...fields: HTMLElement[]
): HTMLFormElement {
  const button = h("button", { type: "submit", class: "primary" }, verb);
  const failure = h("p", { class: "failure", role: "alert" });
  // A disabled button would lose the focus.
  const isAsking = (asking: boolean): void => button.setAttribute("aria-disabled", String(asking));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    isAsking(true);
    failure.textContent = "";
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      failure.textContent = error.message;
    } finally {
      isAsking(false);
    }
  };
  return h("form", { submit: (event) => void submit(event) }, ...fields, button, failure);
}

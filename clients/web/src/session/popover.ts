/** A small panel below the button that opens it; Escape or a click elsewhere closes it. */

import { h } from "../dom.js";

/** How far it stays from the window's edge and from its button, in pixels. */
const MARGIN = 8;

export function popoverOf(button: HTMLButtonElement, label: string, action: "show" | "toggle"): HTMLElement {
  const panel = h("div", { class: "popover", popover: "auto", role: "dialog", "aria-label": label });
  button.popoverTargetElement = panel;
  button.popoverTargetAction = action;
  panel.addEventListener("beforetoggle", () => {
    const { bottom, right } = button.getBoundingClientRect();
    panel.style.setProperty("--top", `${bottom + MARGIN}px`);
    panel.style.setProperty("--right", `${Math.max(MARGIN, document.documentElement.clientWidth - right)}px`);
  });
  return panel;
}

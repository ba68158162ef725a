/** The share button: one click copies the link, and shows it. */

import { copy } from "../clipboard.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { joinPath } from "../routes.js";
import { popoverOf } from "./popover.js";

/** @returns the button, and the panel that it opens */
export function share(link: string): HTMLElement[] {
  const url = new URL(joinPath(link), location.href).href;
  const button = h("button", { type: "button", class: "primary small" }, icon("link"), "Share");
  const panel = popoverOf(button, "Share link", "show");
  const shown = h("input", { type: "text", readonly: true, value: url, "aria-label": "Share link" });
  const outcome = h("p", { class: "note", role: "status" });
  const copyLink = async (): Promise<void> => {
    outcome.textContent = "";
    const copied = await copy(url);
    outcome.replaceChildren(
      ...(copied ? [icon("check"), "Copied. Whoever has this link can edit."] : ["Copy it from here: whoever has it can edit."]),
    );
    if (!copied) shown.select();
  };
  button.addEventListener("click", () => void copyLink());
  const again = h("button", { type: "button", click: () => void copyLink() }, icon("copy"), "Copy");
  panel.append(h("h2", {}, "Share this session"), h("div", { class: "row" }, shown, again), outcome);
  return [button, panel];
}

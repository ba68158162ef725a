/** What the pages outside of a session share: the frame with its bar, and fields. */

import { account } from "../account.js";
import { h, type Child } from "../dom.js";
import { icon } from "../icons.js";
import { signPath } from "../routes.js";
import { themeButton } from "../theme.js";
import { LIMITS } from "../limits.js";

/** Leads to the account, or to sign in; the page that is shown puts it into its bar. */
const accountLink = h("a", { class: "account-link" });

function showAccount(): void {
  const { user } = account;
  accountLink.href = user ? "/account" : signPath("signin", "/");
  if (user) accountLink.replaceChildren(icon("person"), h("span", { class: "for-ears" }, "Your account: "), user.username);
  else accountLink.replaceChildren("Sign in");
}

account.on("changed", showAccount);
showAccount();

export function door(heading: string, ...content: Child[]): HTMLElement {
  return frame(h("main", {}, h("h1", { tabindex: -1 }, heading), ...content));
}

/** The same, with room for lists. */
export function hall(...content: Child[]): HTMLElement {
  return frame(h("main", { class: "hall" }, ...content));
}

function frame(main: HTMLElement): HTMLElement {
  return h(
    "div",
    { class: "door" },
    h(
      "header",
      { class: "door-bar" },
      h("a", { class: "brand", href: "/" }, "OT Collab"),
      h("div", { class: "row" }, accountLink, themeButton),
    ),
    main,
  );
}

export function field(label: string, control: HTMLElement, width: "whole" | "half" = "whole"): HTMLLabelElement {
  return h("label", { class: `field ${width}` }, h("span", {}, label), control);
}

/** A field with a hint about what is wanted. */
export function hintedField(label: string, control: HTMLElement, hint: string): HTMLLabelElement {
  const element = field(label, control);
  element.append(h("span", { class: "hint" }, hint));
  return element;
}

export function nameField(name: string): HTMLInputElement {
  return h("input", { name: "name", value: name, maxlength: LIMITS.name, autocomplete: "nickname", placeholder: "Guest" });
}

/** What a page says first. */
export function noticeOf(notice: string): HTMLElement | null {
  return notice ? h("p", { class: "notice" }, notice) : null;
}

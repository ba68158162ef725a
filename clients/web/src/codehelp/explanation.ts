/** A diagnostic in words, with a link to the explanation of its rule. */

import { h } from "../dom.js";

export function explanation(diagnostic: { message: string; code: string | null; url: string | null }): HTMLElement {
  return h("span", { class: "explanation" }, diagnostic.message, diagnostic.code === null ? null : " ", ruleOf(diagnostic));
}

/** The rule, as a link to its explanation if there is one. */
export function ruleOf({ code, url }: { code: string | null; url: string | null }): HTMLElement | null {
  if (code === null) return null;
  if (url === null) return h("span", { class: "rule" }, code);
  return h("a", { class: "rule", href: url, target: "_blank", rel: "noopener noreferrer", title: "About this rule" }, code);
}

/** What a diagnostic is, in words, and where its rule is explained. */

import { h } from "../dom.js";

export function explanation(diagnostic: { message: string; code: string | null; url: string | null }): HTMLElement {
  return h("span", { class: "explanation" }, diagnostic.message, diagnostic.code === null ? null : " ", ruleOf(diagnostic));
}

/** The rule, as a link to its explanation where there is one. */
export function ruleOf({ code, url }: { code: string | null; url: string | null }): HTMLElement | null {
  if (code === null) return null;
  if (url === null) return h("span", { class: "rule" }, code);
  return h("a", { class: "rule", href: url, target: "_blank", rel: "noopener noreferrer", title: "What this rule is about" }, code);
}

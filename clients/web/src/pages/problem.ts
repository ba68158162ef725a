/** There is nothing behind this address: why, and what to do. */

import { h } from "../dom.js";
import type { Go, Page } from "../page.js";
import { door } from "./door.js";

export function problemPage(go: Go, problem: string, advice: string): Page {
  const away = h("button", { type: "button", class: "primary", click: () => go("/") }, "Go to the start page");
  const element = door(problem, h("p", { class: "lead" }, advice), away);
  return { title: "OT Collab", element, shown: () => element.querySelector("h1")?.focus() };
}

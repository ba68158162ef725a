/** The page for an address that leads nowhere: why, and what to do. */

import { h } from "../dom.js";
import type { Go, Page } from "../page.js";
import { door } from "./door.js";

export function missingPage(go: Go, why: string, advice: string): Page {
  const away = h("button", { type: "button", class: "primary", click: () => go("/") }, "Go to start page");
  const element = door(why, h("p", { class: "lead" }, advice), away);
  return { title: "OT Collab", element, shown: () => element.querySelector("h1")?.focus() };
}

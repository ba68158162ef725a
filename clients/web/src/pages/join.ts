/** Coming in by a share link: a name, and Enter. */

import { CallFailed, join } from "../api.js";
import { h } from "../dom.js";
import type { Go, Page } from "../page.js";
import { remember, remembered } from "../remembered.js";
import { joinPath } from "../routes.js";
import { keep, visitOf } from "../visits.js";
import { askingForm, door, field, nameField } from "./door.js";
import { problemPage } from "./problem.js";

export function joinPage(link: string, go: Go): Page {
  const name = nameField(remembered("name") ?? "");
  const enter = async (): Promise<void> => {
    const chosen = name.value.trim();
    try {
      const access = await join(link, chosen || "Guest");
      remember("name", chosen);
      keep(visitOf(link, access));
      go(joinPath(link));
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== "no_such_link") throw error;
      const problem = problemPage(go, error.message, "Ask whoever sent it to you for another one.");
      element.replaceWith(problem.element);
      problem.shown?.();
    }
  };
  const lead = h("p", { class: "lead" }, "You have been invited to write code together. The others see the name you choose.");
  const element = door("Join the session", lead, askingForm("Join", enter, field("Your name", name)));
  return { title: "Join – OT Collab", element, shown: () => name.select() };
}

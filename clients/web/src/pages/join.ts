/** Joining by a share link: as the user who is signed in, or as a guest with a name. */

import { account } from "../account.js";
import type { User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { join } from "../api/sessions.js";
import { h } from "../dom.js";
import type { Go, Page } from "../page.js";
import { remember, remembered } from "../remembered.js";
import { joinPath, sessionPath, signPath } from "../routes.js";
import { keep, visitOf } from "../visits.js";
import { askingForm } from "./asking.js";
import { door, field, nameField } from "./door.js";
import { missingPage } from "./missing.js";

export function joinPage(link: string, user: User | null, go: Go): Page {
  const name = nameField(remembered("name") ?? "");
  const asUser = async (): Promise<void> => {
    const { session } = await join(link, {}, account.token);
    go(sessionPath(session.id));
  };
  const asGuest = async (): Promise<void> => {
    const chosen = name.value.trim();
    const access = await join(link, { name: chosen || "Guest" });
    remember("name", chosen);
    keep(visitOf(link, access));
    go(joinPath(link));
  };
  const ask = async (): Promise<void> => {
    try {
      await (user ? asUser() : asGuest());
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== "no_such_link") throw error;
      const missing = missingPage(go, error.message, "Ask the person who sent it for a new one.");
      element.replaceWith(missing.element);
      missing.shown?.();
    }
  };
  const lead = user ? `Others will see you as ${user.username}.` : "Others will see the name you choose.";
  const form = askingForm({ verb: "Join", ask }, user ? null : field("Your name", name));
  const element = door(
    "Join session",
    h("p", { class: "lead" }, `You’re invited to write code together. ${lead}`),
    form,
    user
      ? null
      : h("p", { class: "aside" }, "Have an account? ", h("a", { href: signPath("signin", joinPath(link)) }, "Sign in"), " to join as yourself."),
  );
  const shown = (): void => (user ? form.querySelector("button")?.focus() : name.select());
  return { title: "Join – OT Collab", element, shown };
}

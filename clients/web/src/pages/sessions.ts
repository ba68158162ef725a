/** The start page for users: their sessions, and a form for a new one. */

import { account } from "../account.js";
import { me, type User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { createSession } from "../api/sessions.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import type { Go, Page } from "../page.js";
import { sessionPath } from "../routes.js";
import { askingForm } from "./asking.js";
import { hall, noticeOf } from "./door.js";
import { recentSessions } from "./recent.js";
import { SessionList } from "./session-list.js";
import { wishFields } from "./wishes.js";

export function sessionsPage(user: User, go: Go, notice: string): Page {
  const list = new SessionList(user);
  const wishes = wishFields();
  const ask = async (): Promise<void> => {
    const { id } = await createSession(wishes.read(), account.token);
    go(sessionPath(id));
  };
  const form = askingForm({ verb: "Create", ask }, ...wishes.fields);
  form.id = "new-session";
  form.hidden = true;
  const button = h(
    "button",
    { type: "button", class: "primary", "aria-expanded": "false", "aria-controls": form.id },
    icon("plus"),
    "New session",
  );
  const open = (opened: boolean): void => {
    form.hidden = !opened;
    button.setAttribute("aria-expanded", String(opened));
    (opened ? wishes.title : button).focus();
  };
  button.addEventListener("click", () => open(form.hidden === true));
  form.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") open(false);
  });
  const heading = h("h1", { tabindex: -1 }, "Your sessions");
  return {
    title: "Your sessions – OT Collab",
    element: hall(
      noticeOf(notice),
      h("div", { class: "hall-head" }, heading, button),
      form,
      list.element,
      recentSessions("Joined as a guest in this browser"),
    ),
    shown: () => {
      heading.focus();
      list.load();
      void takeOverName();
    },
    left: () => list.left(),
  };
}

/** Fetch the user: the account may have been changed elsewhere. */
async function takeOverName(): Promise<void> {
  try {
    await account.renamed(await me(account.token));
  } catch (error) {
    // The list is fetched at the same time, and shows the failure.
    if (!(error instanceof CallFailed)) throw error;
  }
}

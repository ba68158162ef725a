/** The start page for people who are not signed in: start a room, or go back to one. */

import { createRoom } from "../api/sessions.js";
import { h } from "../dom.js";
import type { Go, Page } from "../page.js";
import { remember, remembered } from "../remembered.js";
import { joinPath } from "../routes.js";
import { keep, visitOf } from "../visits.js";
import { askingForm } from "./asking.js";
import { door, field, nameField, noticeOf } from "./door.js";
import { recentSessions } from "./recent.js";
import { wishFields } from "./wishes.js";

export function startPage(go: Go, notice: string): Page {
  const name = nameField(remembered("name") ?? "");
  const wishes = wishFields();
  const ask = async (): Promise<void> => {
    const chosen = name.value.trim();
    const room = await createRoom({ ...wishes.read(), name: chosen || "Guest" });
    remember("name", chosen);
    keep(visitOf(room.link, room));
    go(joinPath(room.link));
  };
  const form = askingForm({ verb: "Start a room", ask }, field("Your name", name), ...wishes.fields);
  const aside = h(
    "p",
    { class: "aside" },
    "To keep your sessions and decide who can view and edit them, ",
    h("a", { href: "/signup" }, "sign up"),
    " or ",
    h("a", { href: "/signin" }, "sign in"),
    ".",
  );
  const lead = h("p", { class: "lead" }, "Start a room, share its link and type. Everybody sees it at once.");
  return {
    title: "OT Collab",
    element: door("Write code together", noticeOf(notice), lead, form, aside, recentSessions("Recent sessions")),
    shown: () => (name.value ? wishes.title : name).focus(),
  };
}

/** The start page: make a room, or go back to one. */

import { createRoom } from "../api.js";
import { h } from "../dom.js";
import { languageName, LANGUAGES } from "../editor/languages.js";
import { icon } from "../icons.js";
import type { Go, Page } from "../page.js";
import { remember, remembered } from "../remembered.js";
import { joinPath } from "../routes.js";
import { ago } from "../time.js";
import { forgetVisit, keep, unsentVisits, visitOf, visits, type Visit } from "../visits.js";
import { askingForm, door, field, nameField } from "./door.js";

export function startPage(go: Go): Page {
  const name = nameField(remembered("name") ?? "");
  const title = h("input", { name: "title", maxlength: 200, placeholder: "Untitled", autocomplete: "off" });
  const language = h(
    "select",
    { name: "language" },
    ...LANGUAGES.map(({ id, name }) => h("option", { value: id, selected: id === remembered("language") }, name)),
  );
  const start = async (): Promise<void> => {
    const chosen = name.value.trim();
    const called = title.value.trim();
    const room = await createRoom({
      language: language.value,
      name: chosen || "Guest",
      ...(called && { title: called }),
    });
    remember("name", chosen);
    remember("language", language.value);
    keep(visitOf(room.link, room));
    go(joinPath(room.link));
  };
  const form = askingForm(
    "Start a room",
    start,
    field("Your name", name),
    field("Title", title, "half"),
    field("Language", language, "half"),
  );
  const lead = h("p", { class: "lead" }, "Start a room, share its link, and type: everybody sees it at once.");
  return {
    title: "OT Collab",
    element: door("Write code together", lead, form, recentSessions()),
    shown: () => (name.value ? title : name).focus(),
  };
}

function recentSessions(): HTMLElement {
  const section = h("section", { class: "recent", "aria-labelledby": "recent-heading" });
  const show = (): void => {
    const list = visits();
    const unsent = unsentVisits();
    section.hidden = list.length === 0;
    section.replaceChildren(
      h("h2", { id: "recent-heading" }, "Recent sessions"),
      h("ul", {}, ...list.map((visit) => recentSession(visit, unsent.has(visit.session), show))),
    );
  };
  show();
  return section;
}

function recentSession(visit: Visit, unsent: boolean, changed: () => void): HTMLElement {
  const { title, link, language, name, opened, session } = visit;
  const forget = (): void => {
    forgetVisit(session);
    changed();
  };
  const unsentNote = h("span", { class: "note warning" }, icon("cloudOff"), "Unsent edits: open it to send them");
  // With unsent edits it can't be forgotten: they would never arrive.
  const label = `Forget ${title}`;
  const button = h("button", { type: "button", class: "quiet icon-only", "aria-label": label, title: label, click: forget });
  button.append(icon("cross"));
  return h(
    "li",
    {},
    h(
      "a",
      { href: joinPath(link) },
      h("span", { class: "recent-title" }, title),
      h("span", { class: "note" }, `${languageName(language)} · as ${name} · ${ago(opened)}`),
      unsent ? unsentNote : null,
    ),
    unsent ? null : button,
  );
}

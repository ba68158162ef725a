/** The sessions that this browser has been in as a guest. */

import { h } from "../dom.js";
import { languageName } from "../editor/languages.js";
import { icon } from "../icons.js";
import { joinPath } from "../routes.js";
import { ago } from "../time.js";
import { forgetVisit, unsentVisits, visits, type Visit } from "../visits.js";

export function recentSessions(heading: string): HTMLElement {
  const section = h("section", { class: "recent", "aria-labelledby": "recent-heading" });
  const show = (): void => {
    const list = visits();
    const unsent = unsentVisits();
    section.hidden = list.length === 0;
    section.replaceChildren(
      h("h2", { id: "recent-heading" }, heading),
      h("ul", { class: "list" }, ...list.map((visit) => recentSession(visit, unsent.has(visit.session), show))),
    );
  };
  show();
  return section;
}

/** Says that a session has edits that were typed while the server was away. */
export function unsentNote(): HTMLElement {
  return h("span", { class: "note warning" }, icon("cloudOff"), "Unsent edits. Open to send them.");
}

function recentSession(visit: Visit, unsent: boolean, changed: () => void): HTMLElement {
  const { title, link, language, name, opened, session } = visit;
  const forget = (): void => {
    forgetVisit(session);
    changed();
  };
  // A visit with unsent edits can't be forgotten: they would be lost.
  const label = `Forget ${title}`;
  const button = h("button", { type: "button", class: "quiet icon-only", "aria-label": label, title: label, click: forget });
  button.append(icon("cross"));
  return h(
    "li",
    {},
    h(
      "a",
      { href: joinPath(link) },
      h("span", { class: "list-title" }, title),
      h("span", { class: "note" }, `${languageName(language)} · as ${name} · ${ago(opened)}`),
      unsent ? unsentNote() : null,
    ),
    unsent ? null : button,
  );
}

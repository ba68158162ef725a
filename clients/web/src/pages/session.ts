/** The session page: the editor, and around it who is here and what becomes of the typing. */

import { connect, type Connection } from "ot-collab";
import { h } from "../dom.js";
import { Editor } from "../editor/editor.js";
import { languageName } from "../editor/languages.js";
import { icon } from "../icons.js";
import type { Go, Page } from "../page.js";
import { survivesClosing } from "../remembered.js";
import { joinPath } from "../routes.js";
import { endedView } from "../session/ended.js";
import { PeopleView } from "../session/people.js";
import { share } from "../session/share.js";
import { StateView } from "../session/state.js";
import { UnsavedView } from "../session/unsaved.js";
import { themeButton } from "../theme.js";
import { tokenOf } from "../token.js";
import { forgetVisit, keep, type Visit } from "../visits.js";

export function sessionPage(visit: Visit, go: Go): Page {
  const { session, participant, name, link } = visit;
  keep({ ...visit, opened: Date.now() });
  const connection = connect({ session, participant, name, token: tokenOf(visit) });
  const state = new StateView(connection);
  const people = new PeopleView(connection);
  const unsaved = new UnsavedView(connection);
  const ended = endedView(connection, {
    reopen: () => go(location.pathname),
    start: () => go("/"),
    rejoin: () => {
      forgetVisit(session);
      go(joinPath(link));
    },
  });
  const title = h("h1", { class: "session-title" });
  const language = h("span", {});
  const viewing = h("span", { class: "viewing", hidden: true }, icon("eye"), "View only: you can read, not edit");
  const position = h("span", { class: "position" }, "Ln 1, Col 1");
  const place = h("main", { class: "editor" });
  const editor = new Editor(place, connection, ({ line, column }) => {
    position.textContent = `Ln ${line}, Col ${column}`;
  });
  const element = h(
    "div",
    { class: "session" },
    h(
      "header",
      { class: "bar" },
      h("a", { class: "brand", href: "/", title: "To the start page" }, "OT", h("span", { class: "for-ears" }, " Collab: to the start page")),
      title,
      state.element,
      h("div", { class: "tools" }, people.element, ...share(link), themeButton),
    ),
    ended,
    place,
    unsaved.element,
    h("footer", { class: "foot" }, people.typing, viewing, h("span", { class: "space" }), position, language),
    h("p", { id: "editor-help", hidden: true }, "Tab indents. Press Escape, then Tab, to leave the editor."),
  );

  const describe = (): void => {
    const now = connection.session ?? visit;
    title.textContent = now.title;
    title.title = now.title;
    language.textContent = languageName(now.language);
    document.title = page.title = `${now.title} – OT Collab`;
    editor.setTitle(now.title);
    editor.setInviting(connection.editable);
    viewing.hidden = connection.role !== "viewer";
    void editor.setLanguage(now.language);
  };
  const stopUnloads = warnBeforeLosing(connection);
  const page = {
    title: `${visit.title} – OT Collab`,
    element,
    shown: () => editor.focus(),
    left: () => {
      stopUnloads();
      state.left();
      connection.close();
      editor.destroy();
    },
  };
  connection.on("session", describe);
  connection.on("status", () => editor.setInviting(connection.editable));
  describe();
  return page;
}

/** Where unsent edits would end with the tab, ask before it is closed. */
function warnBeforeLosing(connection: Connection): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!survivesClosing() && !connection.status.synchronized) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}

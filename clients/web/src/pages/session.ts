/** The session page: the editor, and around it the people here and the state of the edits. */

import { connect, type Connection } from "ot-collab";
import { codeHelp } from "../codehelp/help.js";
import { h } from "../dom.js";
import { Editor } from "../editor/editor.js";
import type { Entry } from "../entry.js";
import type { Go, Page } from "../page.js";
import { survivesClosing } from "../remembered.js";
import { joinPath } from "../routes.js";
import { AssistantPanel } from "../session/assistant/panel.js";
import { endedView } from "../session/ended.js";
import { LanguageView } from "../session/language.js";
import { LockView } from "../session/lock.js";
import { Panels } from "../session/panels.js";
import { PeopleView } from "../session/people.js";
import { RightsView } from "../session/rights.js";
import { RunPanel } from "../session/run/panel.js";
import { sharing } from "../session/sharing/panel.js";
import { StateView } from "../session/state.js";
import { TitleView } from "../session/title.js";
import { UnsavedView } from "../session/unsaved.js";
import { themeButton } from "../theme.js";
import { forgetVisit } from "../visits.js";

export function sessionPage(entry: Entry, go: Go): Page {
  const { session, participant, name, link, token } = entry;
  const connection = connect({ session, participant, token, ...(name !== null && { name }) });
  const now = (): { title: string; language: string } => connection.session ?? entry;
  const state = new StateView(connection);
  const people = new PeopleView(connection);
  const rights = new RightsView(connection);
  const unsaved = new UnsavedView(connection);
  const panels = new Panels();
  const help = codeHelp(connection, entry);
  panels.add(help.panel);
  const lock = new LockView(connection);
  const runs = new RunPanel(connection, entry, panels);
  const ended = endedView(connection, link !== null, {
    reopen: () => go(location.pathname),
    start: () => go("/"),
    rejoin: () => {
      forgetVisit(session);
      go(link === null ? "/" : joinPath(link));
    },
  });
  const title = new TitleView(connection, entry);
  const language = new LanguageView(connection, entry);
  const position = h("span", { class: "position" }, "Ln 1, Col 1");
  const place = h("main", { class: "editor" });
  const share = sharing(connection, entry, () => go("/", `You left “${now().title}”.`));
  const editor = new Editor(place, connection, help.extension, ({ line, column }) => {
    position.textContent = `Ln ${line}, Col ${column}`;
  });
  const assistant = new AssistantPanel(connection, entry, editor);
  panels.add(assistant);
  const element = h(
    "div",
    { class: "session" },
    h(
      "header",
      { class: "bar" },
      h("a", { class: "brand", href: "/", title: "Start page" }, "OT", h("span", { class: "for-ears" }, " Collab: start page")),
      title.element,
      state.element,
      h("div", { class: "tools" }, people.element, share, themeButton),
    ),
    ended,
    place,
    lock.element,
    unsaved.element,
    panels.element,
    h("footer", { class: "foot" }, people.typing, rights.element, h("span", { class: "space" }), position, language.element),
    h("p", { id: "editor-help", hidden: true }, "Tab indents. Press Escape, then Tab, to leave the editor."),
  );

  // Before the editor, where these keys mean something else.
  const runByKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) runs.toggle();
  };
  element.addEventListener("keydown", runByKey, { capture: true });

  const describe = (): void => {
    const { title, language } = now();
    document.title = page.title = `${title} – OT Collab`;
    editor.setTitle(title);
    editor.setInviting(connection.editable);
    editor.setLocked(connection.locked);
    place.classList.toggle("locked", connection.locked);
    void editor.setLanguage(language);
  };
  const stopUnloads = warnBeforeLosing(connection);
  const page = {
    title: `${entry.title} – OT Collab`,
    element,
    shown: () => editor.focus(),
    left: () => {
      stopUnloads();
      state.left();
      rights.left();
      help.panel.left();
      assistant.left();
      runs.left();
      connection.close();
      editor.destroy();
    },
  };
  connection.on("session", describe);
  connection.on("status", ({ state }) => {
    editor.setInviting(connection.editable);
    // Somebody without access can neither know who is here nor share the session.
    people.element.hidden = share.hidden = state === "closed";
  });
  describe();
  return page;
}

/** Ask before the tab is closed, if unsent edits would be lost with it. */
function warnBeforeLosing(connection: Connection): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!survivesClosing() && !connection.status.synchronized) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}

/** The session page: the editor, and around it the people here and the state of the edits. */

import { connect, type Session } from "ot-collab";
import { codeHelp } from "../codehelp/help.js";
import { h } from "../dom.js";
import { Editor } from "../editor/editor.js";
import type { Entry } from "../entry.js";
import type { Go, Page } from "../page.js";
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
  const { session: id, participant, name, link, token } = entry;
  const session = connect({ session: id, participant, token, ...(name !== null && { name }) });
  const now = (): { title: string; language: string } => session.info ?? entry;
  const state = new StateView(session);
  const people = new PeopleView(session);
  const rights = new RightsView(session);
  const unsaved = new UnsavedView(session, (operation) => editor.make(operation));
  const panels = new Panels();
  const help = codeHelp(session, entry);
  panels.add(help.panel);
  const lock = new LockView(session);
  const runs = new RunPanel(session, entry, panels);
  const ended = endedView(session, link !== null, {
    reopen: () => go(location.pathname),
    start: () => go("/"),
    rejoin: () => {
      forgetVisit(id);
      go(link === null ? "/" : joinPath(link));
    },
  });
  const title = new TitleView(session, entry);
  const language = new LanguageView(session, entry);
  const position = h("span", { class: "position" }, "Ln 1, Col 1");
  const place = h("main", { class: "editor" });
  const share = sharing(session, entry, () => go("/", `You left “${now().title}”.`));
  const editor = new Editor(place, session, help.extension, ({ line, column }) => {
    position.textContent = `Ln ${line}, Col ${column}`;
  });
  const assistant = new AssistantPanel(session, entry, editor);
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
    editor.setInviting(session.editable);
    editor.setLocked(session.locked);
    place.classList.toggle("locked", session.locked);
    void editor.setLanguage(language);
  };
  const stopUnloads = warnBeforeLosing(session);
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
      session.close();
      editor.destroy();
    },
  };
  session.on("session", describe);
  session.on("status", ({ state }) => {
    editor.setInviting(session.editable);
    // Somebody without access can neither know who is here nor share the session.
    people.element.hidden = share.hidden = state === "closed";
  });
  describe();
  return page;
}

/** Ask before the tab is closed, if anything typed would be lost with it. */
function warnBeforeLosing(session: Session): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!session.status.safe) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}

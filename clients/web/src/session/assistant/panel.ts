/** The assistant's panel: asking it to write, its proposals, and its tasks. */

import type { Session } from "ot-collab";
import { Assistant } from "../../api/assistant.js";
import { h } from "../../dom.js";
import type { Editor } from "../../editor/editor.js";
import type { Entry } from "../../entry.js";
import type { Panel } from "../panels.js";
import { ProposalsView } from "./proposals.js";
import { TasksView } from "./tasks.js";
import { Work } from "./work.js";
import { WritingForm } from "./writing.js";

export class AssistantPanel implements Panel {
  readonly id = "assistant";
  readonly title = "Assistant";
  readonly element: HTMLElement;
  readonly badge = h("span");
  readonly #work: Work;
  readonly #unconfigured = h(
    "p",
    { class: "note", hidden: true },
    "This server has no assistant. Its operator can add one with an Anthropic API key in ",
    h("code", {}, "OT_ASSISTANT_KEY"),
    " and ",
    h("code", {}, "pip install 'ot-collab[ai]'"),
    ". Without it, “Find mistakes” still works for Python.",
  );

  constructor(session: Session, entry: Entry, editor: Editor) {
    const assistant = new Assistant(entry.session, entry.token);
    const work = (this.#work = new Work(session, assistant));
    const writing = new WritingForm(session, assistant, editor, work);
    const proposals = new ProposalsView(session, assistant, editor, work);
    const tasks = new TasksView(session, assistant, work);
    this.element = h(
      "div",
      { class: "assistant" },
      h("div", { class: "assistant-doing" }, this.#unconfigured, writing.element, proposals.element),
      tasks.element,
    );
    session.on("session", () => {
      for (const view of [writing, proposals, tasks]) view.show();
    });
    session.on("participants", (participants) => {
      const writes = [...participants.values()].some(({ kind }) => kind === "assistant");
      this.badge.textContent = writes ? "writing" : "";
    });
    work.changed(() => (this.#unconfigured.hidden = work.configured !== false));
    for (const view of [writing, proposals, tasks]) view.show();
  }

  toggled(open: boolean): void {
    this.#work.watch(open);
  }

  left(): void {
    this.#work.watch(false);
  }
}

/** The assistant's panel: what it is to write, what it finds, and what it has done. */

import type { Connection } from "ot-collab";
import { Assistant } from "../../api/assistant.js";
import { h } from "../../dom.js";
import type { Editor } from "../../editor/editor.js";
import type { Entry } from "../../entry.js";
import type { Panel } from "../panels.js";
import { FindingsView } from "./findings.js";
import { RunsView } from "./runs.js";
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
    "This server has no assistant that writes. Whoever runs it gets one with a key of the Anthropic API in ",
    h("code", {}, "OT_ASSISTANT_KEY"),
    " and ",
    h("code", {}, "pip install 'ot-collab[ai]'"),
    ". Mistakes in Python are found without it.",
  );

  constructor(connection: Connection, entry: Entry, editor: Editor) {
    const assistant = new Assistant(entry.session, entry.token);
    const work = (this.#work = new Work(connection, assistant));
    const writing = new WritingForm(connection, assistant, editor, work);
    const findings = new FindingsView(connection, assistant, editor, work);
    const runs = new RunsView(connection, assistant, work);
    this.element = h(
      "div",
      { class: "assistant" },
      h("div", { class: "assistant-doing" }, this.#unconfigured, writing.element, findings.element),
      runs.element,
    );
    connection.on("session", () => {
      for (const view of [writing, findings, runs]) view.show();
    });
    connection.on("participants", (participants) => {
      const writes = [...participants.values()].some(({ kind }) => kind === "assistant");
      this.badge.textContent = writes ? "writing" : "";
    });
    work.changed(() => (this.#unconfigured.hidden = work.configured !== false));
    for (const view of [writing, findings, runs]) view.show();
  }

  toggled(open: boolean): void {
    this.#work.watch(open);
  }

  left(): void {
    this.#work.watch(false);
  }
}

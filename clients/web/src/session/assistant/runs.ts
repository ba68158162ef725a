/** What the assistant was asked before, by whom, and taking back what it has written then. */

import type { Connection } from "ot-collab";
import type { Assistant, Run } from "../../api/assistant.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago } from "../../time.js";
import { mayChange } from "../roles.js";
import type { Work } from "./work.js";

const OUTCOMES: Readonly<Record<Run["state"], string>> = {
  running: "at work",
  done: "",
  cancelled: "stopped",
  failed: "failed",
  interrupted: "interrupted",
};

export class RunsView {
  readonly #list = h("ul", { class: "runs", "aria-label": "What the assistant was asked" });
  readonly #attempt = new Attempt();
  readonly element = h("div", {}, this.#list, this.#attempt.failure);
  readonly #connection: Connection;
  readonly #assistant: Assistant;
  readonly #work: Work;

  constructor(connection: Connection, assistant: Assistant, work: Work) {
    this.#connection = connection;
    this.#assistant = assistant;
    this.#work = work;
    work.changed(() => this.show());
  }

  show(): void {
    this.#list.replaceChildren(...this.#work.runs.map((run) => this.#row(run)));
  }

  #row(run: Run): HTMLElement {
    const asked = run.instruction || "Find mistakes";
    const facts = [run.participant.name, ago(Date.parse(run.started_at)), OUTCOMES[run.state]];
    if (run.undone !== null) facts.push("taken back");
    return h(
      "li",
      { class: "row" },
      h("span", { class: "asked", title: asked }, asked),
      h("span", { class: "note" }, facts.filter((fact) => fact !== "").join(" · ")),
      this.#mayUndo(run) ? this.#undoButton(run, asked) : null,
    );
  }

  #mayUndo({ kind, state, last_revision, undone }: Run): boolean {
    const wrote = last_revision !== null || state === "interrupted";
    return kind === "generate" && state !== "running" && wrote && undone === null && mayChange(this.#connection);
  }

  #undoButton({ id }: Run, asked: string): HTMLElement {
    const undo = async (): Promise<void> => {
      await this.#attempt.make(() => this.#assistant.undo(id));
      await this.#work.refresh();
    };
    const label = `Take back what was written for “${asked}”`;
    return h("button", { type: "button", "aria-label": label, click: () => void undo() }, icon("undo"), "Take back");
  }
}

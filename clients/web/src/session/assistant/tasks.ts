/** The assistant's tasks: what it was asked, by whom, and a button to undo what it wrote. */

import type { Session } from "ot-collab";
import type { Assistant, Task } from "../../api/assistant.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago } from "../../time.js";
import { mayChange } from "../roles.js";
import type { Work } from "./work.js";

const OUTCOMES: Readonly<Record<Task["state"], string>> = {
  running: "working",
  done: "",
  cancelled: "stopped",
  failed: "failed",
  interrupted: "interrupted",
};

export class TasksView {
  readonly #list = h("ul", { class: "tasks", "aria-label": "Assistant tasks" });
  readonly #attempt = new Attempt();
  readonly element = h("div", {}, this.#list, this.#attempt.failure);
  readonly #session: Session;
  readonly #assistant: Assistant;
  readonly #work: Work;

  constructor(session: Session, assistant: Assistant, work: Work) {
    this.#session = session;
    this.#assistant = assistant;
    this.#work = work;
    work.changed(() => this.show());
  }

  show(): void {
    this.#list.replaceChildren(...this.#work.tasks.map((task) => this.#row(task)));
  }

  #row(task: Task): HTMLElement {
    const asked = task.instruction || "Find mistakes";
    const facts = [task.participant.name, ago(Date.parse(task.started_at)), OUTCOMES[task.state]];
    if (task.undone !== null) facts.push("undone");
    return h(
      "li",
      { class: "row" },
      h("span", { class: "asked", title: asked }, asked),
      h("span", { class: "note" }, facts.filter((fact) => fact !== "").join(" · ")),
      this.#mayUndo(task) ? this.#undoButton(task, asked) : null,
    );
  }

  #mayUndo({ kind, state, last_revision, undone }: Task): boolean {
    const wrote = last_revision !== null || state === "interrupted";
    return kind === "generate" && state !== "running" && wrote && undone === null && mayChange(this.#session);
  }

  #undoButton({ id }: Task, asked: string): HTMLElement {
    const undo = async (): Promise<void> => {
      await this.#attempt.make(() => this.#assistant.undo(id));
      await this.#work.refresh();
    };
    const label = `Undo “${asked}”`;
    return h("button", { type: "button", "aria-label": label, click: () => void undo() }, icon("undo"), "Undo");
  }
}

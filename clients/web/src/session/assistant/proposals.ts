/** Proposals of the assistant or the linter: mistakes in the text, and changes that fix them. */

import type { Session } from "ot-collab";
import type { Assistant, Proposal } from "../../api/assistant.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import type { Editor, Mark } from "../../editor/editor.js";
import { icon } from "../../icons.js";
import { mayChange } from "../roles.js";
import type { Work } from "./work.js";

export class ProposalsView {
  readonly element: HTMLElement;
  readonly #session: Session;
  readonly #assistant: Assistant;
  readonly #editor: Editor;
  readonly #work: Work;
  readonly #attempt = new Attempt();
  readonly #find = h("button", { type: "button", click: () => void this.#look() }, icon("search"), "Find mistakes");
  readonly #outcome = h("span", { class: "note", role: "status" });
  readonly #list = h("ul", { class: "proposals", "aria-label": "Proposals" });
  #marks: Mark[] = [];

  constructor(session: Session, assistant: Assistant, editor: Editor, work: Work) {
    this.#session = session;
    this.#assistant = assistant;
    this.#editor = editor;
    this.#work = work;
    this.element = h(
      "div",
      {},
      h("div", { class: "row" }, this.#find, this.#outcome),
      this.#attempt.failure,
      this.#list,
    );
    work.changed(() => this.show());
  }

  show(): void {
    this.#find.hidden = !mayChange(this.#session);
  }

  async #look(): Promise<void> {
    this.#outcome.textContent = "Looking…";
    let found: readonly Proposal[] = [];
    const worked = await this.#attempt.make(async () => {
      found = await this.#assistant.debug();
    });
    this.#outcome.textContent = worked ? summary(found.length) : "";
    if (!worked) return;
    for (const mark of this.#marks) this.#editor.unmark(mark);
    this.#marks = [];
    this.#list.replaceChildren(...found.map((proposal) => this.#row(proposal)));
    await this.#work.refresh();
  }

  #row(proposal: Proposal): HTMLElement {
    const { first_line, last_line, severity, category, explanation, replacement } = proposal;
    const mark = this.#editor.mark(first_line);
    this.#marks.push(mark);
    const lines = first_line === last_line ? `Line ${first_line}` : `Lines ${first_line} to ${last_line}`;
    const jump = h("button", { type: "button", class: "quiet", title: "Go to this line", click: () => this.#editor.goTo(mark) }, lines);
    return h(
      "li",
      { "data-severity": severity },
      h("p", {}, jump, h("strong", {}, `${capitalised(severity)}, ${category}: `), explanation),
      replacement === null ? null : this.#change(proposal, replacement),
    );
  }

  #change({ id }: Proposal, replacement: string): HTMLElement {
    const attempt = new Attempt();
    const done = h("span", { class: "note", role: "status" });
    const button = h("button", { type: "button" }, icon("check"), "Apply");
    const apply = async (): Promise<void> => {
      if (!(await attempt.make(() => this.#assistant.apply(id)))) return;
      button.hidden = true;
      done.textContent = "Applied";
    };
    button.addEventListener("click", () => void apply());
    const shown = replacement === "" ? h("p", { class: "note" }, "Delete these lines.") : h("pre", {}, replacement);
    return h("div", { class: "change" }, shown, h("div", { class: "row" }, button, done, attempt.failure));
  }
}

function summary(count: number): string {
  if (count === 0) return "No mistakes found.";
  return count === 1 ? "1 proposal" : `${count} proposals`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

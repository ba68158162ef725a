/** Asks the assistant to write at the selection, shows how far it is, and stops it. */

import type { Session } from "ot-collab";
import type { Assistant } from "../../api/assistant.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import type { Editor } from "../../editor/editor.js";
import { icon } from "../../icons.js";
import { agreement } from "../agreement.js";
import { mayChange } from "../roles.js";
import type { Work } from "./work.js";
import { LIMITS } from "../../limits.js";

export class WritingForm {
  readonly element: HTMLElement;
  readonly #session: Session;
  readonly #assistant: Assistant;
  readonly #editor: Editor;
  readonly #work: Work;
  readonly #attempt = new Attempt();
  readonly #stopping = new Attempt();
  readonly #instruction = h("textarea", {
    "aria-label": "Instruction for the assistant",
    placeholder: "What should the assistant write? It replaces your selection, or starts at your caret.",
    rows: 2,
    maxlength: LIMITS.instruction,
    keydown: (event) => this.#key(event as KeyboardEvent),
  });
  readonly #lock = h("input", { type: "checkbox", checked: true });
  readonly #write = h("button", { type: "submit", class: "primary" }, icon("pencil"), "Write");
  readonly #progress = h("span", { role: "status" });
  readonly #halt = h("button", { type: "button", click: () => void this.#stop() }, icon("stop"), "Stop writing");
  readonly #running: HTMLElement;
  readonly #form: HTMLFormElement;
  #characters = 0;

  constructor(session: Session, assistant: Assistant, editor: Editor, work: Work) {
    this.#session = session;
    this.#assistant = assistant;
    this.#editor = editor;
    this.#work = work;
    this.#running = h("div", { class: "row", hidden: true }, this.#progress, this.#halt, this.#stopping.failure);
    this.#form = h(
      "form",
      { class: "writing" },
      this.#instruction,
      h("div", { class: "row" }, this.#write, h("label", { class: "note" }, this.#lock, "Lock the session while it writes")),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#begin();
    });
    this.element = h("div", {}, this.#form, this.#running, this.#attempt.failure);
    work.changed(() => this.show());
  }

  show(): void {
    const { running, configured } = this.#work;
    this.#form.hidden = !(configured === true && mayChange(this.#session));
    this.#running.hidden = running === null;
    this.#write.setAttribute("aria-disabled", String(running !== null));
    if (running === null) return;
    const isOurs = running.participant.id === this.#session.participant;
    const who = isOurs ? "you" : running.participant.name;
    const far = this.#characters > 0 ? `: ${this.#characters} characters` : "";
    this.#progress.textContent = `Writing for ${who}${far}…`;
    this.#halt.hidden = !(mayChange(this.#session) && (isOurs || this.#session.role === "owner"));
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  async #begin(): Promise<void> {
    const instruction = this.#instruction.value.trim();
    if (!instruction) {
      this.#instruction.focus();
      return;
    }
    if (this.#work.running) return;
    this.#characters = 0;
    const worked = await this.#attempt.make(async () => {
      // So that the selection is in the text that the server has.
      await agreement(this.#session);
      const wish = {
        instruction,
        selection: this.#editor.selection,
        revision: this.#session.revision ?? 0,
        lock: this.#lock.checked,
      };
      await this.#assistant.generate(wish, (characters) => {
        this.#characters = characters;
        this.show();
      });
    });
    if (worked) this.#instruction.value = "";
    await this.#work.refresh();
  }

  async #stop(): Promise<void> {
    const task = this.#work.running;
    if (!task) return;
    await this.#stopping.make(() => this.#assistant.stop(task.id));
    await this.#work.refresh();
  }
}

/** What is shown of a run: how it goes or went, what it read, and what it printed. */

import type { NewRun } from "../../api/runs.js";
import { h } from "../../dom.js";
import { ConsoleView } from "./console.js";

export class RunView {
  readonly #state = h("p", { class: "run-state" });
  readonly #progress = h("progress", { "aria-label": "Loading", hidden: true });
  readonly #input = h("pre", {});
  readonly #given = h("details", { class: "run-given", hidden: true }, h("summary", {}, "What it read"), this.#input);
  readonly #console = new ConsoleView();
  /** @param which chooses the run */
  readonly element: HTMLElement;

  constructor(which: HTMLElement) {
    this.element = h(
      "div",
      { class: "run-shown" },
      h("div", { class: "run-bar" }, which, this.#state, this.#progress),
      this.#given,
      this.#console.element,
    );
  }

  clear(): void {
    this.tell("");
    this.#given.hidden = true;
    this.#console.clear();
  }

  /** @param share how much is done, of 1, where that is known */
  tell(words: string, share?: number): void {
    this.#state.textContent = words;
    this.#progress.hidden = share === undefined;
    if (share !== undefined) this.#progress.value = share;
  }

  print(pieces: NewRun["output"]): void {
    this.#console.print(pieces);
  }

  remark(words: string): void {
    this.#console.remark(words);
  }

  /** Show a run that is over. */
  fill(run: NewRun, words: string): void {
    this.clear();
    this.print(run.output);
    this.end(run, words);
    this.#input.textContent = run.input;
    this.#given.hidden = run.input === "";
  }

  /** What was printed so far was all. */
  end(run: NewRun, words: string): void {
    this.tell(words);
    if (run.cut) this.remark("\nThere was more, which is not kept.");
    else if (run.output.length === 0 && run.how === "ended") this.remark("It has printed nothing.");
  }
}

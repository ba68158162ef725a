/** Shows a run: its state, its input and its output. */

import type { NewRun } from "../../api/runs.js";
import { h } from "../../dom.js";
import { ConsoleView } from "./console.js";

export class RunView {
  readonly #state = h("p", { class: "run-state" });
  readonly #progress = h("progress", { "aria-label": "Loading", hidden: true });
  readonly #input = h("pre", {});
  readonly #given = h("details", { class: "run-given", hidden: true }, h("summary", {}, "Input of this run"), this.#input);
  readonly #console = new ConsoleView();
  /** @param which the field to choose a run */
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

  /** @param share how much is done, from 0 to 1, if that is known */
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

  /** Show a run that has ended. */
  fill(run: NewRun, words: string): void {
    this.clear();
    this.print(run.output);
    this.end(run, words);
    this.#input.textContent = run.input;
    this.#given.hidden = run.input === "";
  }

  /** The run has ended: what was printed so far is everything. */
  end(run: NewRun, words: string): void {
    this.tell(words);
    if (run.cut) this.remark("\nThe rest of the output was cut off.");
    else if (run.output.length === 0 && run.how === "ended") this.remark("No output.");
  }
}

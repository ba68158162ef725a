/** The list of problems below the editor, and how many there are. */

import type { EditorView } from "@codemirror/view";
import type { Connection } from "ot-collab";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import type { Panel } from "../session/panels.js";
import { ruleOf } from "./explanation.js";
import { problemsIn, type Placed } from "./lint.js";

/** How long the number of problems has to be the same before it is said, in milliseconds. */
const SETTLED_AFTER = 1_500;

const SEVERITIES: Readonly<Record<string, string>> = { error: "Error", warning: "Warning", info: "Hint", hint: "Hint" };
/** Who is looked for problems in, by language; in all others nobody looks. */
const LOOKED_AT: ReadonlySet<string> = new Set(["python", "javascript", "typescript"]);

export class ProblemsPanel implements Panel {
  readonly id = "problems";
  readonly title = "Problems";
  readonly badge = h("span");
  readonly #list = h("ul", { class: "problems" });
  readonly #nothing = h("p", { class: "note" });
  readonly element = h("div", { class: "problems-place" }, this.#list, this.#nothing);
  readonly #connection: Connection;
  #drawing = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #drawn: readonly string[] = [];
  #said = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.on("session", () => this.#explainNothing());
    this.#explainNothing();
  }

  left(): void {
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#settling);
  }

  /** Show what is in the editor now; it may be called with every change. */
  changed(view: EditorView): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#draw(view));
  }

  #draw(view: EditorView): void {
    const found = problemsIn(view.state);
    const drawn = found.map((one) => lookOf(one, view));
    if (drawn.length === this.#drawn.length && drawn.every((look, index) => look === this.#drawn[index])) return;
    this.#drawn = drawn;
    this.badge.textContent = found.length > 0 ? String(found.length) : "";
    const at = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    this.#list.replaceChildren(...found.map((one, index) => this.#row(one, index, view)));
    this.#list.hidden = found.length === 0;
    this.#nothing.hidden = found.length > 0;
    // Whoever goes through the list by keyboard stays in it.
    if (at >= 0) [...this.#list.querySelectorAll<HTMLElement>(".problem")].at(Math.min(at, found.length - 1))?.focus();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#announce(found.length), SETTLED_AFTER);
  }

  #row(placed: Placed, index: number, view: EditorView): HTMLElement {
    const { problem } = placed;
    // Rows stay as long as they look the same; what they stand for may have been found anew since.
    const withIt = (act: (now: Placed) => void) => (): void => {
      const now = problemsIn(view.state)[index];
      if (now && lookOf(now, view) === this.#drawn[index]) act(now);
    };
    const mend = ({ problem: { fix }, from }: Placed): void => fix?.apply(view, from);
    return h(
      "li",
      { "data-severity": problem.severity },
      h(
        "button",
        { type: "button", class: "quiet problem", click: withIt((now) => goTo(now, view)) },
        h("span", { class: "severity" }, SEVERITIES[problem.severity] ?? problem.severity),
        h("span", { class: "problem-message" }, problem.message),
        h("span", { class: "problem-place" }, placeOf(placed, view)),
      ),
      ruleOf(problem),
      problem.fix && h("button", { type: "button", class: "small fix", title: problem.fix.name, click: withIt(mend) }, "Fix"),
    );
  }

  #announce(count: number): void {
    if (count === this.#said) return;
    this.#said = count;
    announce(count === 0 ? "No problems any more" : count === 1 ? "1 problem" : `${count} problems`);
  }

  #explainNothing(): void {
    const language = this.#connection.session?.language ?? "";
    this.#nothing.textContent = LOOKED_AT.has(language)
      ? "No problems found."
      : "Problems are looked for in Python, JavaScript and TypeScript only.";
  }
}

/** All that a row shows; two that look alike are as good as each other. */
function lookOf(placed: Placed, view: EditorView): string {
  const { severity, message, fix } = placed.problem;
  return `${placeOf(placed, view)} ${severity} ${message} ${fix !== null}`;
}

function placeOf({ from }: Placed, { state }: EditorView): string {
  const line = state.doc.lineAt(from);
  return `Ln ${line.number}, Col ${from - line.from + 1}`;
}

function goTo({ from, to }: Placed, view: EditorView): void {
  view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
  view.focus();
}

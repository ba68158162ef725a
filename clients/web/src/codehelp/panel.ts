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
  #drawn = "";
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
    const drawn = found.map((one) => `${placeOf(one, view)} ${one.problem.message} ${one.problem.fix !== null}`).join("\n");
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.badge.textContent = found.length > 0 ? String(found.length) : "";
    const at = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    this.#list.replaceChildren(...found.map((one) => row(one, view)));
    this.#list.hidden = found.length === 0;
    this.#nothing.hidden = found.length > 0;
    // Whoever goes through the list by keyboard stays in it.
    if (at >= 0) [...this.#list.querySelectorAll<HTMLElement>(".problem")].at(Math.min(at, found.length - 1))?.focus();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#announce(found.length), SETTLED_AFTER);
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

function row(placed: Placed, view: EditorView): HTMLElement {
  const { problem } = placed;
  const severity = SEVERITIES[problem.severity] ?? problem.severity;
  const go = (): void => goTo(placed, view);
  const fix = problem.fix;
  return h(
    "li",
    { "data-severity": problem.severity },
    h(
      "button",
      { type: "button", class: "quiet problem", click: go },
      h("span", { class: "severity" }, severity),
      h("span", { class: "problem-message" }, problem.message),
      h("span", { class: "problem-place" }, placeOf(placed, view)),
    ),
    ruleOf(problem),
    fix && h("button", { type: "button", class: "small fix", title: fix.name, click: () => fix.apply(view) }, "Fix"),
  );
}

function placeOf({ from }: Placed, { state }: EditorView): string {
  const line = state.doc.lineAt(from);
  return `Ln ${line.number}, Col ${from - line.from + 1}`;
}

/** Go there, if it is still there. */
function goTo({ problem }: Placed, view: EditorView): void {
  const now = problemsIn(view.state).find((one) => one.problem === problem);
  if (!now) return;
  view.dispatch({ selection: { anchor: now.from, head: now.to }, scrollIntoView: true });
  view.focus();
}

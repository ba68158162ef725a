/** The list of diagnostics below the editor, and their number. */

import type { ChangeDesc } from "@codemirror/state";
import type { EditorView, ViewUpdate } from "@codemirror/view";
import type { Session } from "ot-collab";
import { catchUp } from "ot-collab/codemirror";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import type { Panel } from "../session/panels.js";
import { ruleOf } from "./explanation.js";
import { diagnosticsIn, type Placed } from "./lint.js";

/** How long the number of diagnostics must be the same before it is announced, in milliseconds. */
const SETTLED_AFTER = 1_500;

const SEVERITIES: Readonly<Record<string, string>> = { error: "Error", warning: "Warning", info: "Hint", hint: "Hint" };
/** The languages that have diagnostics. */
const CHECKED: ReadonlySet<string> = new Set(["python", "javascript", "typescript"]);

export class DiagnosticsPanel implements Panel {
  readonly id = "diagnostics";
  readonly title = "Diagnostics";
  readonly badge = h("span");
  readonly #list = h("ul", { class: "diagnostics" });
  readonly #nothing = h("p", { class: "note" });
  readonly element = h("div", { class: "diagnostics-place" }, this.#list, this.#nothing);
  readonly #session: Session;
  #drawing = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #rows: readonly Row[] = [];
  #said = 0;

  constructor(session: Session) {
    this.#session = session;
    session.on("session", () => this.#explainNothing());
    this.#explainNothing();
  }

  left(): void {
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#settling);
  }

  /** Show the diagnostics that are in the editor now; to be called with every change. */
  changed({ view, changes }: ViewUpdate): void {
    for (const row of this.#rows) row.move(changes);
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#draw(view));
  }

  #draw(view: EditorView): void {
    cancelAnimationFrame(this.#drawing);
    const found = diagnosticsIn(view.state);
    const at = this.#rows.findIndex(({ element }) => element.contains(document.activeElement));
    const before = this.#rows.length;
    const left = new Set(this.#rows);
    this.#rows = found.map((placed) => {
      const row = [...left].find((one) => one.fits(placed)) ?? this.#row(placed, view);
      left.delete(row);
      row.show(placed, view);
      return row;
    });
    for (const { element } of left) element.remove();
    this.#rows.forEach(({ element }, index) => {
      const there = this.#list.children[index] ?? null;
      if (there !== element) this.#list.insertBefore(element, there);
    });
    // Somebody who moves through the list by keyboard stays in it.
    if (at >= 0 && !this.#list.contains(document.activeElement)) this.#rows.at(Math.min(at, found.length - 1))?.focus();
    if (found.length === before) return;
    this.badge.textContent = found.length > 0 ? String(found.length) : "";
    this.#list.hidden = found.length === 0;
    this.#nothing.hidden = found.length > 0;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#announce(found.length), SETTLED_AFTER);
  }

  #row(placed: Placed, view: EditorView): Row {
    const row: Row = new Row(placed, (act) => {
      catchUp(view);
      this.#draw(view); // it may have moved
      if (this.#rows.includes(row)) act(row.placed, view);
    });
    return row;
  }

  #announce(count: number): void {
    if (count === this.#said) return;
    this.#said = count;
    announce(count === 0 ? "No diagnostics" : count === 1 ? "1 diagnostic" : `${count} diagnostics`);
  }

  #explainNothing(): void {
    const { info, limits } = this.#session;
    const language = info?.language ?? "";
    const isOff = language === "python" && limits?.diagnostics === false;
    const found = isOff ? "Diagnostics for Python are turned off on this server." : "No errors or warnings.";
    this.#nothing.textContent = CHECKED.has(language)
      ? found
      : "Diagnostics are available for Python, JavaScript and TypeScript.";
  }
}

/**
 * A diagnostic in the list, with its current place in the text.
 *
 * Its element stays the same as long as the diagnostic is there, so that a press of its button
 * counts even if others type meanwhile.
 */
class Row {
  readonly element: HTMLElement;
  readonly #place = h("span", { class: "diagnostic-place" });
  readonly #goingThere: HTMLElement;
  #placed: Placed;

  /** @param press called with the action of a button that was pressed */
  constructor(placed: Placed, press: (act: (placed: Placed, view: EditorView) => void) => void) {
    const { diagnostic } = placed;
    this.#placed = placed;
    this.#goingThere = h(
      "button",
      { type: "button", class: "quiet diagnostic", click: () => press(goTo) },
      h("span", { class: "severity" }, SEVERITIES[diagnostic.severity] ?? diagnostic.severity),
      h("span", { class: "diagnostic-message" }, diagnostic.message),
      this.#place,
    );
    this.element = h(
      "li",
      { "data-severity": diagnostic.severity },
      this.#goingThere,
      ruleOf(diagnostic),
      diagnostic.fix && h("button", { type: "button", class: "small fix", title: diagnostic.fix.name, click: () => press(fix) }, "Fix"),
    );
  }

  get placed(): Placed {
    return this.#placed;
  }

  /** Whether this row shows this diagnostic: at its place, with its words. */
  fits({ diagnostic: { severity, message, code, fix }, from }: Placed): boolean {
    const { diagnostic } = this.#placed;
    const isSame = severity === diagnostic.severity && message === diagnostic.message && code === diagnostic.code;
    return isSame && fix?.name === diagnostic.fix?.name && from === this.#placed.from;
  }

  /** Follow the diagnostic when the text changes. */
  move(changes: ChangeDesc): void {
    this.#placed = { ...this.#placed, from: changes.mapPos(this.#placed.from, 1) };
  }

  show(placed: Placed, view: EditorView): void {
    this.#placed = placed;
    const place = placeOf(placed, view);
    if (this.#place.textContent !== place) this.#place.textContent = place;
  }

  focus(): void {
    this.#goingThere.focus();
  }
}

function placeOf({ from }: Placed, { state }: EditorView): string {
  const line = state.doc.lineAt(from);
  return `Ln ${line.number}, Col ${from - line.from + 1}`;
}

function fix({ diagnostic, from }: Placed, view: EditorView): void {
  diagnostic.fix?.apply(view, from);
}

function goTo({ from, to }: Placed, view: EditorView): void {
  view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
  view.focus();
}

/**
 * Diagnostics in the editor: underlined, marked in the margin, explained on hover.
 *
 * Those of Python come from the server and are the same for everybody. JavaScript and TypeScript
 * are checked here, by the parser that colours them. The editor moves them with every change.
 */

import {
  forEachDiagnostic,
  linter,
  lintGutter,
  nextDiagnostic,
  previousDiagnostic,
  setDiagnostics,
  setDiagnosticsEffect,
  type Diagnostic,
} from "@codemirror/lint";
import { isolateHistory } from "@codemirror/commands";
import { syntaxTree } from "@codemirror/language";
import type { EditorState, Extension, Text } from "@codemirror/state";
import { EditorView, keymap, ViewPlugin, type PluginValue, type ViewUpdate } from "@codemirror/view";
import type { Session } from "ot-collab";
import { catchUp, DocOffsets, show } from "ot-collab/codemirror";
import { announce } from "../announce.js";
import { explanation } from "./explanation.js";
import { syntaxDiagnostics } from "./syntax.js";

/** The languages whose syntax is checked here. */
const LOOKED_AT_HERE: ReadonlySet<string> = new Set(["javascript", "typescript"]);
/** How long a text must be unchanged before it is checked, in milliseconds. */
const REST = 300;

/** A diagnostic as the editor keeps it. */
export interface Shown extends Diagnostic {
  /** The code of the rule that was broken, if any. */
  readonly code: string | null;
  /** Where the rule is explained. */
  readonly url: string | null;
  /** Fixes it where it is now; the name says how. */
  readonly fix: { readonly name: string; readonly apply: (view: EditorView, from: number) => void } | null;
}

/** A diagnostic where it is now, in code units. */
export interface Placed {
  readonly diagnostic: Shown;
  readonly from: number;
  readonly to: number;
}

/** @param changed called when other diagnostics are shown, or the same ones elsewhere */
export function diagnostics(session: Session, changed: (update: ViewUpdate) => void): Extension {
  return [
    linter(null, { tooltipFilter: (found) => [...found] }),
    lintGutter(),
    keymap.of([
      { key: "F8", run: nextDiagnostic },
      { key: "Shift-F8", run: previousDiagnostic },
    ]),
    ViewPlugin.define((view) => new Watch(view, session)),
    EditorView.updateListener.of((update) => {
      const isOther = update.transactions.some(({ effects }) => effects.some((effect) => effect.is(setDiagnosticsEffect)));
      if (isOther || update.docChanged) changed(update);
    }),
  ];
}

/** The diagnostics in the editor, in the order of its text. */
export function diagnosticsIn(state: EditorState): Placed[] {
  const found: Placed[] = [];
  forEachDiagnostic(state, (diagnostic, from, to) => found.push({ diagnostic: diagnostic as Shown, from, to }));
  return found;
}

class Watch implements PluginValue {
  readonly #view: EditorView;
  readonly #session: Session;
  readonly #stop: (() => void)[];
  #language: string | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, session: Session) {
    this.#view = view;
    this.#session = session;
    this.#stop = [session.on("diagnostics", () => this.#showTold()), session.on("session", () => this.#learnLanguage())];
    this.#learnLanguage();
  }

  update(update: ViewUpdate): void {
    const parsed = syntaxTree(update.state) !== syntaxTree(update.startState);
    if (this.#isLookedAtHere && (update.docChanged || parsed)) this.#lookSoon();
  }

  destroy(): void {
    for (const stop of this.#stop) stop();
    clearTimeout(this.#resting);
  }

  get #isLookedAtHere(): boolean {
    return this.#language !== null && LOOKED_AT_HERE.has(this.#language);
  }

  #learnLanguage(): void {
    const language = this.#session.info?.language ?? null;
    if (language === this.#language) return;
    this.#language = language;
    if (this.#isLookedAtHere) this.#lookSoon();
    else this.#showTold();
  }

  #lookSoon(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#look(), REST);
  }

  #look(): void {
    this.#show((state) =>
      syntaxDiagnostics(state).map((diagnostic) => ({ ...diagnostic, severity: "error", code: null, url: null, fix: null })),
    );
  }

  /** Show the diagnostics that the server sent. */
  #showTold(): void {
    if (!this.#isLookedAtHere) this.#show(({ doc }) => this.#told(doc));
  }

  /** The diagnostics that the server sent, in the session's text. */
  #told(doc: Text): Shown[] {
    const offsets = new DocOffsets(doc);
    return this.#session.diagnostics.map(({ start, stop, severity, code, message, url, fix }) => ({
      from: offsets.toUnits(start),
      to: offsets.toUnits(stop),
      severity,
      message,
      code,
      url: url ?? null,
      fix: fix ? { name: fix.message, apply: (view, from) => this.#fix(view, from, message) } : null,
    }));
  }

  #show(found: (state: EditorState) => readonly Shown[]): void {
    show(this.#view, "diagnostics", (state) => {
      const withActions = found(state).map((diagnostic) => ({
        ...diagnostic,
        renderMessage: () => explanation(diagnostic),
        ...(diagnostic.fix && { actions: [{ name: "Fix", apply: diagnostic.fix.apply }] }),
      }));
      return setDiagnostics(state, withActions).effects ?? [];
    });
  }

  /** Apply the fix of a diagnostic as one edit, if the text is still the one that it was made for. */
  #fix(view: EditorView, from: number, message: string): void {
    catchUp(view);
    const offsets = new DocOffsets(view.state.doc);
    const start = offsets.toPoints(from);
    const fix = this.#session.diagnostics.find((diagnostic) => diagnostic.start === start && diagnostic.message === message)?.fix;
    if (!fix || view.state.readOnly) {
      announce(fix ? "You can’t edit this text" : "The text has changed, so this fix no longer applies");
      return;
    }
    const changes = fix.edits.map(({ start, stop, text: insert }) => ({
      from: offsets.toUnits(start),
      to: offsets.toUnits(stop),
      insert,
    }));
    view.dispatch({ changes, userEvent: "input.fix", annotations: isolateHistory.of("full") });
    announce("Fixed");
  }
}

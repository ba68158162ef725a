/**
 * CodeMirror 6: an extension that keeps an editor and a session at one text.
 *
 * What is done in the editor goes to the session as operations; what comes from there
 * goes into the editor as transactions that are marked `Transaction.remote` and stay out of
 * the undo history, so that undo takes back one's own work only.  That a refused edit was taken
 * back is part of that: else undo would do so a second time.
 */

import { Compartment, EditorState, StateEffect, Transaction, type Extension } from "@codemirror/state";
import { ViewPlugin, type EditorView, type PluginValue, type ViewUpdate } from "@codemirror/view";
import type { Session } from "../session/session.js";
import { OTError } from "../engine/errors.js";
import { NotEditable, TooLarge } from "../session/errors.js";
import type { Changed } from "../session/events.js";
import type { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";
import { diff } from "../engine/diff.js";
import { CaretsView, caretsTheme } from "./carets-view.js";
import { toChanges, toOperation } from "./changes.js";
import { cleanInput } from "./clean.js";
import { DocOffsets } from "./offsets.js";

export { DocOffsets, toChanges };

const redraw = StateEffect.define<null>();

/**
 * Edit a session together.
 *
 * The editor shows `session.text` from then on, whatever it showed before; it can't be
 * edited while `session.editable` is false.  It does not close the session.
 */
export function collaboration(session: Session): Extension {
  const readOnly = new Compartment();
  const binding = ViewPlugin.define((view) => new Binding(view, session, readOnly), {
    decorations: ({ carets }) => carets.decorations,
  });
  return [readOnly.of(EditorState.readOnly.of(!session.editable)), cleanInput, binding, caretsTheme];
}

class Binding implements PluginValue {
  readonly #view: EditorView;
  readonly #session: Session;
  readonly #readOnly: Compartment;
  readonly #stop: (() => void)[];
  readonly carets: CaretsView;
  /** False while the editor shows something else than the session's text. */
  #inStep = true;

  constructor(view: EditorView, session: Session, readOnly: Compartment) {
    this.#view = view;
    this.#session = session;
    this.#readOnly = readOnly;
    this.carets = new CaretsView(session);
    const drawCarets = (): void => this.#drawCarets();
    const setReadOnly = (): void => this.#setReadOnly();
    this.#stop = [
      session.on("changed", (changes) => this.#receive(changes)),
      session.on("presence", drawCarets),
      session.on("participants", drawCarets),
      session.on("status", setReadOnly),
      session.on("session", setReadOnly),
    ];
    this.#fallBehind();
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && !transaction.annotation(Transaction.remote)) this.#send(transaction);
    }
    if (update.docChanged) this.carets.map(update.changes);
    if (this.#inStep && (update.docChanged || update.selectionSet)) this.#select(update.state);
  }

  destroy(): void {
    for (const stop of this.#stop) stop();
    this.#stop.length = 0;
  }

  #send({ changes, startState }: Transaction): void {
    if (!this.#inStep) return;
    try {
      this.#session.edit(toOperation(changes, startState.doc));
    } catch (error) {
      if (!(error instanceof NotEditable || error instanceof TooLarge || error instanceof OTError)) throw error;
      this.#fallBehind();
    }
  }

  /** The editor shows `session.text` again after the last of them, and nothing is told before. */
  #receive(changes: readonly Changed[]): void {
    if (!this.#inStep) return;
    this.#inStep = false;
    try {
      for (const { operation, isOwn } of runsOf(changes)) this.#apply(operation, isOwn);
    } finally {
      this.#inStep = true;
    }
    this.#select(this.#view.state);
  }

  #apply(operation: Operation, isOwn = false): void {
    this.#view.dispatch({
      changes: toChanges(operation, this.#view.state.doc),
      annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(isOwn)],
      filter: false,
    });
  }

  /** The editor can't be changed in the middle of an update: it catches up right after. */
  #fallBehind(): void {
    this.#inStep = false;
    queueMicrotask(() => {
      if (this.#inStep || this.#stop.length === 0) return;
      const operation = diff(this.#view.state.doc.toString(), this.#session.text);
      if (!operation.isNoop) this.#apply(operation);
      this.#inStep = true;
      this.#setReadOnly();
      this.#select(this.#view.state);
      this.#drawCarets();
    });
  }

  #select({ doc, selection }: EditorState): void {
    const offsets = new DocOffsets(doc);
    this.#session.select(
      selection.ranges.map(({ anchor, head }) => new Selection(offsets.toPoints(anchor), offsets.toPoints(head))),
    );
  }

  #drawCarets(): void {
    if (!this.#inStep) return;
    this.carets.draw(this.#view.state.doc);
    this.#view.dispatch({ effects: redraw.of(null) });
  }

  #setReadOnly(): void {
    const readOnly = !this.#session.editable;
    if (this.#view.state.readOnly === readOnly) return;
    this.#view.dispatch({ effects: this.#readOnly.reconfigure(EditorState.readOnly.of(readOnly)) });
  }
}

interface Run {
  readonly operation: Operation;
  /** Whether it takes back one's own edits: that is on the undo history, as they are. */
  readonly isOwn: boolean;
}

/** The changes with as few operations as the undo history takes. */
function runsOf(changes: readonly Changed[]): Run[] {
  const runs: Run[] = [];
  for (const { operation, cause } of changes) {
    const isOwn = cause === "refused";
    const last = runs.at(-1);
    if (last?.isOwn === isOwn) runs[runs.length - 1] = { operation: last.operation.compose(operation), isOwn };
    else runs.push({ operation, isOwn });
  }
  return runs;
}

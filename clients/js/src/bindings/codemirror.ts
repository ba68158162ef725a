/**
 * CodeMirror 6: an extension that keeps an editor and a connection at one text.
 *
 * What is done in the editor goes to the connection as operations; what comes from there
 * goes into the editor as transactions that are marked `Transaction.remote` and stay out of
 * the undo history, so that undo takes back one's own work only.  That a refused edit was taken
 * back is part of that: else undo would do so a second time.
 */

import { Compartment, EditorState, StateEffect, Transaction, type Extension } from "@codemirror/state";
import { ViewPlugin, type EditorView, type PluginValue, type ViewUpdate } from "@codemirror/view";
import type { Connection } from "../connection.js";
import { OTError } from "../engine/errors.js";
import { NotEditable } from "../session/errors.js";
import type { Arrived } from "../events.js";
import type { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";
import { diff } from "../engine/diff.js";
import { CaretsView, caretsTheme } from "./carets-view.js";
import { offsetsOf, toChanges, toOperation } from "./changes.js";
import { cleanInput } from "./clean.js";

const redraw = StateEffect.define<null>();

/**
 * Edit a session together.
 *
 * The editor shows `connection.text` from then on, whatever it showed before; it can't be
 * edited while `connection.editable` is false.  It does not close the connection.
 */
export function collaboration(connection: Connection): Extension {
  const readOnly = new Compartment();
  const binding = ViewPlugin.define((view) => new Binding(view, connection, readOnly), {
    decorations: ({ carets }) => carets.decorations,
  });
  return [readOnly.of(EditorState.readOnly.of(!connection.editable)), cleanInput, binding, caretsTheme];
}

class Binding implements PluginValue {
  readonly #view: EditorView;
  readonly #connection: Connection;
  readonly #readOnly: Compartment;
  readonly #stop: (() => void)[];
  readonly carets: CaretsView;
  /** False while the editor shows something else than the connection's text. */
  #inStep = true;

  constructor(view: EditorView, connection: Connection, readOnly: Compartment) {
    this.#view = view;
    this.#connection = connection;
    this.#readOnly = readOnly;
    this.carets = new CaretsView(connection);
    const drawCarets = (): void => this.#drawCarets();
    const setReadOnly = (): void => this.#setReadOnly();
    this.#stop = [
      connection.on("operations", (arrived) => this.#receive(arrived)),
      connection.on("presence", drawCarets),
      connection.on("participants", drawCarets),
      connection.on("status", setReadOnly),
      connection.on("session", setReadOnly),
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
      this.#connection.edit(toOperation(changes, startState.doc, this.#connection.length));
    } catch (error) {
      if (!(error instanceof NotEditable || error instanceof OTError)) throw error;
      this.#fallBehind();
    }
  }

  #receive({ operations, refused }: Arrived): void {
    if (this.#inStep) this.#apply(operations.reduce((first, second) => first.compose(second)), refused);
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
      const operation = diff(this.#view.state.doc.toString(), this.#connection.text);
      if (!operation.isNoop) this.#apply(operation);
      this.#inStep = true;
      this.#setReadOnly();
      this.#select(this.#view.state);
      this.#drawCarets();
    });
  }

  #select({ doc, selection }: EditorState): void {
    const offsets = offsetsOf(doc, this.#connection.length);
    this.#connection.select(
      selection.ranges.map(({ anchor, head }) => new Selection(offsets.toPoints(anchor), offsets.toPoints(head))),
    );
  }

  #drawCarets(): void {
    if (!this.#inStep) return;
    this.carets.draw(this.#view.state.doc);
    this.#view.dispatch({ effects: redraw.of(null) });
  }

  #setReadOnly(): void {
    const readOnly = !this.#connection.editable;
    if (this.#view.state.readOnly === readOnly) return;
    this.#view.dispatch({ effects: this.#readOnly.reconfigure(EditorState.readOnly.of(readOnly)) });
  }
}

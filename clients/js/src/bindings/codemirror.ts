/**
 * CodeMirror 6: an extension that keeps an editor and a session at one text.
 *
 * What is done in the editor goes to the session as operations, at once.  What comes from there,
 * and all that follows from it, goes into the editor once a frame, together, and is measured before
 * the frame is drawn: what a person reads stays where it is.  Where they compose or drag something,
 * what others do to its line waits until that is done, and all that comes later with it.
 *
 * Others' work is marked `Transaction.remote` and stays out of the undo history, so that undo takes
 * back one's own only.  That a refused edit was taken back is part of that: else undo would do so a
 * second time.
 */

import { Compartment, EditorState, StateEffect, Transaction, type Extension, type TransactionSpec } from "@codemirror/state";
import { ViewPlugin, type EditorView, type PluginValue, type ViewUpdate } from "@codemirror/view";
import type { Session } from "../session/session.js";
import { OTError } from "../engine/errors.js";
import { NotEditable, TooLarge } from "../session/errors.js";
import type { Changed } from "../session/events.js";
import { Selection } from "../engine/selection.js";
import { diff } from "../engine/diff.js";
import { Busy } from "./busy.js";
import { CaretsView, caretsTheme } from "./carets-view.js";
import { toChanges, toOperation, toSpec } from "./changes.js";
import { cleanInput } from "./clean.js";
import { Frames } from "./frames.js";
import { DocOffsets } from "./offsets.js";
import { Waiting, type Stretch } from "./waiting.js";

export { DocOffsets, toChanges };

const redraw = StateEffect.define<null>();

/**
 * Edit a session together.
 *
 * The editor shows `session.text` from then on, whatever it showed before, a frame later at most
 * unless somebody composes or drags something; it can't be edited while `session.editable` is false.
 * It does not close the session.
 */
export function collaboration(session: Session): Extension {
  const readOnly = new Compartment();
  const binding = ViewPlugin.define((view) => new Binding(view, session, readOnly), {
    decorations: ({ carets }) => carets.decorations,
  });
  return [readOnly.of(EditorState.readOnly.of(!session.editable)), cleanInput, binding, caretsTheme];
}

/** What to show in an editor whose text is `session.text`. */
export type Effects = (state: EditorState) => StateEffect<unknown> | readonly StateEffect<unknown>[];

/**
 * Show something in an editor with `collaboration`, in the next frame, together with all else.
 *
 * @param what of several calls for one thing in a frame the last one counts.
 */
export function show(view: EditorView, what: string, effects: Effects): void {
  const binding = bindings.get(view);
  if (binding) binding.show(what, effects);
  // A plugin of an editor that is being made.
  else queueMicrotask(() => bindings.get(view)?.show(what, effects));
}

/** The same, but before the next key: whether one may type waits for no frame. */
export function showAtOnce(view: EditorView, what: string, effects: Effects): void {
  show(view, what, effects);
  queueMicrotask(() => bindings.get(view)?.draw());
}

/** Let an editor with `collaboration` show `session.text` at once, whatever is being done in it. */
export function catchUp(view: EditorView): void {
  bindings.get(view)?.draw([]);
}

const bindings = new WeakMap<EditorView, Binding>();

class Binding implements PluginValue {
  readonly #view: EditorView;
  readonly #session: Session;
  readonly #readOnly: Compartment;
  #isReadOnly: boolean | null = null;
  readonly #busy: Busy;
  readonly #frames: Frames;
  readonly #stop: (() => void)[];
  readonly carets: CaretsView;
  readonly #waiting = new Waiting();
  /** What to show once nothing waits. */
  readonly #toShow = new Map<string, Effects>();
  /** False while the editor shows something that the session knows nothing of. */
  #inStep = true;

  constructor(view: EditorView, session: Session, readOnly: Compartment) {
    this.#view = view;
    this.#session = session;
    this.#readOnly = readOnly;
    this.carets = new CaretsView(session);
    // CodeMirror knows of input methods that no element hears of; what an element hears, it hears first.
    const isComposing = (): boolean => view.compositionStarted && view.hasFocus;
    this.#busy = new Busy(view.dom, () => this.#freed(), isComposing);
    this.#frames = new Frames(view.dom.ownerDocument.defaultView ?? window, () => this.draw());
    const drawCarets = (): void => this.show("carets", () => redraw.of(null));
    const setReadOnly = (): void => {
      if (this.#isReadOnly !== !session.editable) showAtOnce(view, "read-only", () => this.#setReadOnly());
    };
    this.#stop = [
      session.on("changed", (changes) => this.#receive(changes)),
      session.on("presence", drawCarets),
      session.on("participants", drawCarets),
      session.on("status", setReadOnly),
      session.on("session", setReadOnly),
    ];
    bindings.set(view, this);
    drawCarets();
    setReadOnly();
    this.#fallBehind();
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && !transaction.annotation(Transaction.remote)) this.#send(transaction);
    }
    if (update.docChanged) this.carets.map(update.changes);
    const isRedrawn = update.transactions.some(({ effects }) => effects.some((effect) => effect.is(redraw)));
    if (isRedrawn) this.carets.draw(update.state.doc);
    if (this.#inStep && (update.docChanged || update.selectionSet)) this.#select(update.state);
  }

  destroy(): void {
    for (const stop of this.#stop) stop();
    this.#busy.destroy();
    this.#frames.cancel();
    bindings.delete(this.#view);
    this.#stop.length = 0;
  }

  show(what: string, effects: Effects): void {
    this.#toShow.set(what, effects);
    this.#frames.ask();
  }

  #send({ changes, startState }: Transaction): void {
    if (!this.#inStep) return;
    this.#busy.stay();
    try {
      this.#session.edit(this.#waiting.edit(toOperation(changes, startState.doc)));
      this.carets.follow();
    } catch (error) {
      if (!(error instanceof NotEditable || error instanceof TooLarge || error instanceof OTError)) throw error;
      this.#fallBehind();
    }
  }

  #receive(changes: readonly Changed[]): void {
    if (!this.#inStep) return;
    this.#waiting.add(changes);
    this.carets.follow();
    this.#frames.ask();
  }

  /** At once: after one syllable the next may begin before there is a frame. */
  #freed(): void {
    if (!this.#waiting.isEmpty) queueMicrotask(() => this.draw());
  }

  /** Show what may be shown now: all but what touches one of `held`, and what came after that. */
  draw(held: readonly Stretch[] = this.#held()): void {
    if (!this.#inStep || this.#stop.length === 0) return;
    try {
      this.#dispatch(this.#transactions(held));
    } catch (error) {
      this.#fallBehind();
      throw error;
    }
    if (held.length > 0) this.#frames.ask();
  }

  #transactions(held: readonly Stretch[]): Transaction[] {
    const transactions: Transaction[] = [];
    let { state } = this.#view;
    const add = (spec: TransactionSpec): void => {
      const transaction = state.update(spec);
      transactions.push(transaction);
      state = transaction.state;
    };
    for (const arrived of this.#waiting.take(held)) add(toSpec(arrived, state.doc));
    if (held.length > 0) return transactions;
    const toShow = [...this.#toShow.values()];
    this.#toShow.clear();
    const effects = toShow.flatMap((effects) => effects(state));
    if (effects.length > 0) add({ effects });
    return transactions;
  }

  /** The lines that have to be left alone, in code points. */
  #held(): Stretch[] {
    if (!this.#busy.isBusy) return [];
    const { doc, selection } = this.#view.state;
    const offsets = new DocOffsets(doc);
    return selection.ranges.map(({ from, to }) => [
      offsets.toPoints(doc.lineAt(from).from),
      offsets.toPoints(doc.lineAt(to).to),
    ]);
  }

  /**
   * All in one update of the view, with the layout known before and after it.
   *
   * The editor keeps in its place what it has measured: an update of what it has not measured yet moves the view.
   */
  #dispatch(transactions: readonly Transaction[]): void {
    if (transactions.length === 0) return;
    this.#view.elementAtHeight(0);
    this.#view.dispatch(transactions);
    this.#view.elementAtHeight(0);
  }

  /** The editor can't be changed in the middle of an update: it catches up right after. */
  #fallBehind(): void {
    this.#inStep = false;
    queueMicrotask(() => {
      if (this.#inStep || this.#stop.length === 0) return;
      this.#waiting.take();
      const { state } = this.#view;
      const operation = diff(state.doc.toString(), this.#session.text);
      if (!operation.isNoop) this.#dispatch([state.update(toSpec({ operation, isOwn: false }, state.doc))]);
      this.#inStep = true;
      this.#select(this.#view.state);
      this.#frames.ask();
    });
  }

  #select({ doc, selection }: EditorState): void {
    const offsets = new DocOffsets(doc);
    this.#session.select(
      selection.ranges.map(({ anchor, head }) =>
        this.#waiting.place(new Selection(offsets.toPoints(anchor), offsets.toPoints(head))),
      ),
    );
  }

  #setReadOnly(): StateEffect<unknown> {
    this.#isReadOnly = !this.#session.editable;
    return this.#readOnly.reconfigure(EditorState.readOnly.of(this.#isReadOnly));
  }
}

/**
 * A plain <textarea>: keeps its value and a session at one text, and its carets in place.
 *
 * The element tells only that its value has changed, so what was typed is found by comparing;
 * what arrived meanwhile is put on the other side of it.  While an input method composes, the
 * element is left alone: setting its value would end the composition.
 *
 * The browser's own undo forgets everything whenever a program sets the value, and would take
 * back what others wrote.  So undo and redo are done here, by the keys and by the browser's menu.
 */

import { corrections, Offsets, toWireText } from "../engine/codepoints.js";
import { TooLarge } from "../session/errors.js";
import type { Session } from "../session/session.js";
import type { Cause, Changed } from "../session/events.js";
import type { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";
import { splice } from "./splice.js";
import { transform, transformIndex } from "../engine/transform.js";
import { span, UndoManager } from "../engine/undo.js";

/** Bind the element until the returned function is called. It does not close the session. */
export function bindTextarea(element: HTMLTextAreaElement, session: Session): () => void {
  const binding = new Binding(element, session);
  const listening = new AbortController();
  const { signal } = listening;
  const settle = (): void => binding.settle();
  element.addEventListener("input", settle, { signal });
  element.addEventListener("keydown", (event) => binding.answer(event, undoKey(event)), { signal });
  element.addEventListener("beforeinput", (event) => binding.answer(event, UNDO_INPUT[event.inputType]), { signal });
  element.addEventListener("compositionstart", () => binding.compose(true), { signal });
  element.addEventListener("compositionend", () => binding.compose(false), { signal });
  element.ownerDocument.addEventListener("selectionchange", () => binding.select(), { signal });
  const stops = [
    session.on("changed", (changes) => binding.receive(changes)),
    session.on("status", () => binding.setReadOnly()),
    session.on("session", () => binding.setReadOnly()),
  ];
  return () => {
    listening.abort();
    for (const stop of stops) stop();
  };
}

type Direction = "undo" | "redo";

const UNDO_INPUT: Record<string, Direction | undefined> = { historyUndo: "undo", historyRedo: "redo" };

/** What is asked for by Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y, on a Mac by Cmd+Z and Cmd+Shift+Z. */
function undoKey({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): Direction | undefined {
  if (altKey || ctrlKey === metaKey) return undefined;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" && ctrlKey && !shiftKey ? "redo" : undefined;
}

/** Of a clock that doesn't go back, in seconds. */
const now = (): number => performance.now() / 1000;

class Binding {
  readonly #element: HTMLTextAreaElement;
  readonly #session: Session;
  readonly #manager = new UndoManager();
  /** The text that element and session had in common last. */
  #common: string;
  /** What has come from the session since then, and is not in the element yet, in order. */
  #arrived: Changed[] = [];
  #composing = false;

  constructor(element: HTMLTextAreaElement, session: Session) {
    this.#element = element;
    this.#session = session;
    this.#common = session.text;
    element.value = session.text;
    this.setReadOnly();
  }

  receive(changes: readonly Changed[]): void {
    this.#arrived.push(...changes);
    this.settle();
  }

  compose(composing: boolean): void {
    this.#composing = composing;
    this.settle();
  }

  setReadOnly(): void {
    this.#element.readOnly = !this.#session.editable;
  }

  /** Bring element and session to one text, whatever happened to either. */
  settle(): void {
    if (this.#composing) return;
    this.#clean();
    const typed = splice(this.#common, this.#element.value, this.#element.selectionEnd);
    const arrived = this.#arrived;
    this.#arrived = [];
    if (this.#session.editable) {
      this.#manager.record(typed, this.#common, now());
      let send = typed;
      for (const { operation, cause } of arrived) {
        const [show, rest] = transform(operation, send);
        this.#take(show, cause);
        send = rest;
      }
      this.#send(send);
    } else {
      this.#show(typed.invert(this.#common));
      for (const { operation, cause } of arrived) this.#take(operation, cause);
    }
    this.#common = this.#element.value;
    this.select();
  }

  #send(operation: Operation): void {
    try {
      this.#session.edit(operation);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      this.#take(operation.invert(this.#session.text), "refused");
    }
  }

  #take(operation: Operation, cause: Cause): void {
    if (cause === "refused") this.#manager.reject(operation, this.#element.value);
    else if (cause === "reset") this.#manager.reset(operation, this.#element.value);
    else this.#manager.receive(operation);
    this.#show(operation);
  }

  /** Undo or redo in the browser's stead, if that is what the event asks for. */
  answer(event: Event, direction: Direction | undefined): void {
    if (!direction || this.#composing) return;
    event.preventDefault();
    this.settle();
    if (this.#session.editable) this.#go(direction);
  }

  #go(direction: Direction): void {
    const operation = this.#manager[direction](this.#common);
    if (!operation) return;
    this.#session.edit(operation);
    this.#show(operation);
    this.#common = this.#element.value;
    const caret = new Offsets(this.#common, operation.targetLength).toUnits(span(operation).newStop);
    this.#element.setSelectionRange(caret, caret);
    this.select();
  }

  /** Tell where the caret is, if it is in this element. */
  select(): void {
    const { value, selectionStart, selectionEnd, selectionDirection, ownerDocument } = this.#element;
    if (this.#composing || value !== this.#common || ownerDocument.activeElement !== this.#element) return;
    const offsets = new Offsets(value, this.#session.length);
    const start = offsets.toPoints(selectionStart);
    const end = offsets.toPoints(selectionEnd);
    const backward = selectionDirection === "backward";
    this.#session.select([backward ? new Selection(end, start) : new Selection(start, end)]);
  }

  /** Correct what the wire does not take. The element has no carriage returns: offsets stay. */
  #clean(): void {
    const { value, selectionStart, selectionEnd } = this.#element;
    if (corrections(value).length > 0) this.#setValue(toWireText(value), selectionStart, selectionEnd);
  }

  #setValue(value: string, start: number, end: number): void {
    const { selectionDirection, ownerDocument } = this.#element;
    this.#element.value = value;
    // An element that is not in use has no caret to keep; to set one would take the focus in some browsers.
    if (ownerDocument.activeElement === this.#element) this.#element.setSelectionRange(start, end, selectionDirection);
  }

  /** Change the value; carets and scrolling stay where they were in the text. */
  #show(operation: Operation): void {
    if (operation.isNoop) return;
    const { value, selectionStart, selectionEnd, scrollTop } = this.#element;
    const after = operation.apply(value);
    const before = new Offsets(value, operation.baseLength);
    const [start, end] = [selectionStart, selectionEnd].map((unit) => transformIndex(operation, before.toPoints(unit)));
    const offsets = new Offsets(after, operation.targetLength);
    this.#setValue(after, offsets.toUnits(start ?? 0), offsets.toUnits(end ?? 0));
    this.#element.scrollTop = scrollTop;
  }
}

/**
 * UndoManager: one person's undo and redo, in a text that others edit too.
 *
 * Laws:
 *
 * 1. The person's own text goes, and what others wrote into it stays: no undo or redo ever
 *    deletes what others have put in.
 * 2. What others have put in at the place of a deletion isn't put in a second time.  So two who
 *    delete or replace the same text, and undo one after the other, get it once; the second step
 *    is then empty.  inverses.ts says what counts as the same text.
 * 3. What was refused is no step, nor is its taking back; and where the text becomes another
 *    one, the steps that still do something there are kept.
 * 4. None of this depends on how others' work was divided into operations.
 *
 * A stack holds the inverses of a person's own edits.  Between two of them it holds what
 * others did meanwhile, composed into one operation.  To take back the last edit, its
 * inverse is transformed over what came after it; that in turn is transformed over the
 * inverse and composed with the others' work below it.  Exact composition makes this right,
 * and nothing is paid until somebody undoes.
 *
 * The same, with the same names, is `ot_core/undo.py`.
 */

import { sourceOf, type TextSource } from "./codepoints.js";
import { diff } from "./diff.js";
import { alignLetters, transformInverse, type Align } from "./inverses.js";
import type { Operation } from "./operation.js";
import { simplified } from "./places.js";
import { inserted } from "./spans.js";
import { transformIndex } from "./transform.js";
import { Stack } from "./undo-stack.js";

/**
 * Records one's own edits and what others did, and says how to go back and forth.
 *
 * It knows nothing of connections: what one typed offline is undone like all else.
 *
 *     const undo = new UndoManager();
 *     undo.record(new Operation(["hello"]), "", 0);       // I type
 *     undo.receive(new Operation([2, "--", 3]));          // somebody else, into it
 *     undo.undo("he--llo");                               // apply this: [-2, 2, -3]
 *     undo.redo("--");                                    // ["he", 2, "llo"]
 */
export class UndoManager {
  readonly #undo: Stack;
  readonly #redo: Stack;
  readonly #groupSeconds: number;
  #at = -Infinity;
  /** Where the last edit was, in the text as it is now; null where nothing may be joined to it. */
  #touched: readonly [start: number, stop: number] | null = null;

  /** Keep `depth` steps; edits that touch, no more than `groupSeconds` apart, are one. */
  constructor(depth = 1000, groupSeconds = 0.5) {
    this.#undo = new Stack(depth);
    this.#redo = new Stack(depth);
    this.#groupSeconds = groupSeconds;
  }

  /** Whether there is a step to take back. */
  get canUndo(): boolean {
    return !this.#undo.isEmpty;
  }

  /** Whether there is a step to do again. */
  get canRedo(): boolean {
    return !this.#redo.isEmpty;
  }

  /**
   * Note an edit of one's own.  One that changes nothing is no step.
   *
   * @param text the text before it.
   * @param at when, in seconds of any clock that doesn't go back.
   * @throws LengthMismatch the operation was not made for the text, or the text is
   *   another one; nothing has changed.
   */
  record(operation: Operation, text: string | TextSource, at: number): void {
    const inverse = operation.invert(text);
    this.#undo.require(operation.baseLength);
    if (operation.isNoop) return;
    const { start, stop, newStop } = span(operation);
    this.#redo.clear();
    const isNear = this.#touched && start <= this.#touched[1] && stop >= this.#touched[0];
    const last = isNear && at - this.#at <= this.#groupSeconds ? this.#undo.pop() : null;
    this.#undo.push(last ? inverse.compose(last) : inverse);
    this.#at = at;
    this.#touched = [start, newStop];
  }

  /**
   * Note what somebody else did to the text as it is now.
   *
   * @throws LengthMismatch the operation was not made for it.
   */
  receive(operation: Operation): void {
    this.#undo.receive(operation);
    this.#redo.receive(operation);
    if (!this.#touched) return;
    const [start, stop] = this.#touched;
    this.#touched = [transformIndex(operation, start), transformIndex(operation, stop)];
  }

  /**
   * Note that edits of one's own were refused: they are no steps any more.
   *
   * A refused undo can be undone again.
   *
   * @param operation what takes the edits back (`Client.reject`).
   * @param text the text before that.
   * @throws LengthMismatch the operation was not made for the text, or the text is
   *   another one; nothing has changed.
   */
  reject(operation: Operation, text: string | TextSource): void {
    this.#correct(operation, text, alignLetters);
  }

  /**
   * Note that the text is another one: the steps that still do something there are kept.
   *
   * @param operation what leads from the text as it was to the other one (`diff`).
   * @param text the text as it was.
   * @throws LengthMismatch as for `reject`.
   */
  reset(operation: Operation, text: string | TextSource): void {
    this.#correct(operation, text, diff);
  }

  /**
   * The operation that takes the last step back, or null if there is none.
   *
   * @param text the text as it is now; apply the operation to it without recording it.
   * @throws LengthMismatch the text is another one.
   */
  undo(text: string | TextSource): Operation | null {
    return this.#go(this.#undo, this.#redo, text);
  }

  /**
   * The operation that does the last step taken back again, or null if there is none.
   *
   * @param text the text as it is now; apply the operation to it without recording it.
   * @throws LengthMismatch the text is another one.
   */
  redo(text: string | TextSource): Operation | null {
    return this.#go(this.#redo, this.#undo, text);
  }

  #correct(operation: Operation, text: string | TextSource, align: Align): void {
    let source = sourceOf(text);
    operation.requireBase(source.points);
    for (const stack of [this.#undo, this.#redo]) stack.require(source.points);
    operation = simplified(operation, source);
    // What was undone stands there again: it is done again.
    for (let inverse = this.#redo.top(); inverse; inverse = this.#redo.top()) {
      const [rest, left] = transformInverse(operation, inverse, [], inserted(operation), align);
      if (!left.isNoop) break;
      this.#go(this.#redo, this.#undo, source);
      operation = rest;
      source = sourceOf(inverse.apply(source.slice(0, source.points)));
    }
    this.#undo.correct(operation, align);
    this.#redo.correct(operation, align);
    this.#touched = null;
  }

  #go(here: Stack, there: Stack, text: string | TextSource): Operation | null {
    this.#touched = null;
    const source = sourceOf(text);
    here.require(source.points);
    // What others have done meanwhile is passed over.
    const operation = here.top();
    if (operation) {
      here.pop();
      there.push(operation.invert(source));
    }
    return operation;
  }
}

/** Where an operation begins, and where it ends in the old and in the new text, in code points. */
export function span({ components, baseLength, targetLength }: Operation): {
  start: number;
  stop: number;
  newStop: number;
} {
  const retained = (component: unknown): number => (typeof component === "number" && component > 0 ? component : 0);
  const rest = components.length > 1 ? retained(components.at(-1)) : 0;
  return { start: retained(components[0]), stop: baseLength - rest, newStop: targetLength - rest };
}

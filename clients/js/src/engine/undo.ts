/**
 * UndoManager: one person's undo and redo, in a text that others edit too.
 *
 * A stack holds the inverses of one's own edits, and between two of them what others did
 * meanwhile, composed to one operation.  Taking back the last edit means moving its inverse
 * over what came after it; others' work is moved over the inverse in turn, and joins what
 * lies below.  Exact composition makes that right, and the cost is only paid when somebody
 * undoes.
 *
 * So one's own text goes, and what others wrote into it stays.  The same, with the same
 * names, is `ot_core/undo.py`.
 */

import { sourceOf, type TextSource } from "./codepoints.js";
import { LengthMismatch } from "./errors.js";
import type { Operation } from "./operation.js";
import { transform, transformIndex } from "./transform.js";

/** One step back, and what others have done since it was recorded. */
interface Step {
  readonly inverse: Operation;
  since: Operation | null;
}

/** The length of the text as it is now, in code points. */
const lengthAt = ({ inverse, since }: Step): number => since?.targetLength ?? inverse.baseLength;

/** Steps, the last of which is on the text as it is now. */
class Stack {
  readonly #depth: number;
  readonly #steps: Step[] = [];

  constructor(depth: number) {
    this.#depth = depth;
  }

  get last(): Step | undefined {
    return this.#steps.at(-1);
  }

  /** The text as it is now has `length` code points, or something was not noted here. */
  require(length: number): void {
    const step = this.last;
    if (step && lengthAt(step) !== length) {
      throw new LengthMismatch(`the text has ${length} code points, not ${lengthAt(step)}`);
    }
  }

  clear(): void {
    this.#steps.length = 0;
  }

  push(inverse: Operation): void {
    this.#steps.push({ inverse, since: null });
    if (this.#steps.length > this.#depth) this.#steps.shift();
  }

  /** Others have changed the text. */
  receive(operation: Operation): void {
    const step = this.last;
    if (!step) return;
    operation.requireBase(lengthAt(step));
    step.since = step.since ? step.since.compose(operation) : operation;
  }

  /** The last inverse, on the text as it is now. */
  pop(): Operation | null {
    const step = this.#steps.pop();
    if (!step) return null;
    if (!step.since) return step.inverse;
    const [since, inverse] = transform(step.since, step.inverse);
    this.receive(since);
    return inverse;
  }
}

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
    return this.#undo.last !== undefined;
  }

  /** Whether there is a step to do again. */
  get canRedo(): boolean {
    return this.#redo.last !== undefined;
  }

  /**
   * Note an edit of one's own.  One that changes nothing is no step.
   *
   * What takes back an edit that was refused (`Client.reject`) is one as well.
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

  #go(here: Stack, there: Stack, text: string | TextSource): Operation | null {
    this.#touched = null;
    const source = sourceOf(text);
    for (;;) {
      here.require(source.points);
      const operation = here.pop();
      // What others have deleted meanwhile leaves nothing to take back.
      if (operation?.isNoop) continue;
      if (operation) there.push(operation.invert(source));
      return operation;
    }
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

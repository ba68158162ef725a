/**
 * UndoManager: one person's undo and redo, in a text that others edit too.
 *
 * A stack holds the inverses of one's own edits, and between two of them what others did
 * meanwhile, composed to one operation.  Taking back the last edit means moving its inverse
 * over what came after it; others' work is moved over the inverse in turn, and joins what
 * lies below.  Exact composition makes that right, and the cost is only paid when somebody
 * undoes.
 *
 * So one's own text goes, and what others wrote into it stays.
 *
 * A server may refuse what is not confirmed yet.  Its inverse then comes back, and must not be
 * met by the step that would have taken it back: so both stacks are remembered as they were
 * before the outstanding operation and before the buffer (see `Client`), and are what they were
 * again.  The same, with the same names, is `ot_core/undo.py`.
 */

import { codePointLength } from "./codepoints.js";
import { LengthMismatch } from "./errors.js";
import { Operation } from "./operation.js";
import { transform, transformIndex } from "./transform.js";

/** Components of unconfirmed work: beyond, a refusal forgets all steps, and not the last only. */
const FOLLOWED = 1000;

/** One step back, and what others have done since it was recorded. */
interface Step {
  readonly inverse: Operation;
  readonly since: Operation | null;
}

/** The length of the text as it is now, in code points. */
const lengthAt = ({ inverse, since }: Step): number => since?.targetLength ?? inverse.baseLength;

/** Steps, the last of which is on the text as it is now. */
class Stack {
  readonly #depth: number;
  readonly #steps: Step[];

  constructor(depth: number, steps: Step[] = []) {
    this.#depth = depth;
    this.#steps = steps;
  }

  /** A stack that goes its own way from here. */
  copy(): Stack {
    return new Stack(this.#depth, [...this.#steps]);
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
    const since = step.since ? step.since.compose(operation) : operation;
    this.#steps[this.#steps.length - 1] = { inverse: step.inverse, since };
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

/** The stacks before some edits that are not confirmed, and what has happened since. */
class Mark {
  readonly #undo: Stack;
  readonly #redo: Stack;
  /** Takes one's own edits back, from the text as it is now; null once it is followed no more. */
  #back: Operation | null;
  /** What others did, on the text without those edits. */
  #others: Operation;

  /** @param inverse of the first of those edits. */
  constructor(undo: Stack, redo: Stack, inverse: Operation) {
    this.#undo = undo.copy();
    this.#redo = redo.copy();
    this.#back = inverse;
    this.#others = Operation.noop(inverse.targetLength);
  }

  /** There was an edit of one's own, which `inverse` takes back. */
  edit(inverse: Operation): void {
    this.#follow(this.#back && inverse.compose(this.#back), this.#others);
  }

  /** Others have changed the text. */
  receive(operation: Operation): void {
    if (!this.#back) return;
    const [past, back] = transform(operation, this.#back);
    this.#follow(back, this.#others.compose(past));
  }

  /** The stacks without those edits, if that is what leads from `text` to `next`. */
  without(text: string, next: string): readonly [undo: Stack, redo: Stack] | null {
    if (this.#back?.apply(text) !== next) return null;
    for (const stack of [this.#undo, this.#redo]) stack.receive(this.#others);
    return [this.#undo, this.#redo];
  }

  #follow(back: Operation | null, others: Operation): void {
    const isShort = back && back.components.length + others.components.length <= FOLLOWED;
    this.#back = isShort ? back : null;
    this.#others = others;
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
  #undo: Stack;
  #redo: Stack;
  readonly #groupSeconds: number;
  #at = -Infinity;
  /** Where the last edit was, in the text as it is now; null where nothing may be joined to it. */
  #touched: readonly [start: number, stop: number] | null = null;
  /** Before what is outstanding, before the buffer. */
  readonly #unconfirmed: Mark[] = [];

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
   * @param text the text before it.
   * @param at when, in seconds of any clock that doesn't go back.
   * @throws LengthMismatch the operation was not made for the text, or the text is
   *   another one; nothing has changed.
   */
  record(operation: Operation, text: string, at: number): void {
    const inverse = operation.invert(text);
    this.#undo.require(operation.baseLength);
    if (operation.isNoop) return;
    this.#edit(inverse, this.#undo, this.#redo);
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
    for (const mark of this.#unconfirmed) mark.receive(operation);
    if (!this.#touched) return;
    const [start, stop] = this.#touched;
    this.#touched = [transformIndex(operation, start), transformIndex(operation, stop)];
  }

  /**
   * Note an acknowledgement: what was outstanding can't be refused any more.
   *
   * As `Client` has it, that was the first edit, an undo or redo included, since all was
   * confirmed; and what followed it, if anything, is outstanding now.
   */
  confirm(): void {
    this.#unconfirmed.shift();
  }

  /**
   * Note that what is not confirmed was refused, or that the server had another text.
   *
   * The stacks are as they were before it, moved over what others did since.  If that is not
   * where the operation leads to, they are empty: no step fits any more.
   *
   * @param operation what takes it back, as `Client.reject` returns it, or what leads to the
   *   other text.
   * @param text the text before that.
   * @throws LengthMismatch the operation was not made for the text, or the text is another
   *   one; nothing has changed.
   */
  reject(operation: Operation, text: string): void {
    const next = operation.apply(text);
    for (const stack of [this.#undo, this.#redo]) stack.require(operation.baseLength);
    const [mark] = this.#unconfirmed;
    const stacks = mark ? mark.without(text, next) : text === next && ([this.#undo, this.#redo] as const);
    if (stacks) [this.#undo, this.#redo] = stacks;
    else for (const stack of [this.#undo, this.#redo]) stack.clear();
    this.#unconfirmed.length = 0;
    this.#touched = null;
  }

  /**
   * The operation that takes the last step back, or null if there is none.
   *
   * @param text the text as it is now; apply the operation to it without recording it.
   * @throws LengthMismatch the text is another one.
   */
  undo(text: string): Operation | null {
    return this.#go(this.#undo, this.#redo, text);
  }

  /**
   * The operation that does the last step taken back again, or null if there is none.
   *
   * @param text the text as it is now; apply the operation to it without recording it.
   * @throws LengthMismatch the text is another one.
   */
  redo(text: string): Operation | null {
    return this.#go(this.#redo, this.#undo, text);
  }

  #go(here: Stack, there: Stack, text: string): Operation | null {
    this.#touched = null;
    const length = codePointLength(text);
    for (;;) {
      here.require(length);
      const [undo, redo] = [this.#undo.copy(), this.#redo.copy()];
      const operation = here.pop();
      // What others have deleted meanwhile leaves nothing to take back.
      if (operation?.isNoop) continue;
      if (operation) {
        const inverse = operation.invert(text);
        this.#edit(inverse, undo, redo);
        there.push(inverse);
      }
      return operation;
    }
  }

  /** Follow an edit that is not confirmed, and before which the stacks were these. */
  #edit(inverse: Operation, undo: Stack, redo: Stack): void {
    for (const mark of this.#unconfirmed) mark.edit(inverse);
    if (this.#unconfirmed.length < 2) this.#unconfirmed.push(new Mark(undo, redo, inverse));
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

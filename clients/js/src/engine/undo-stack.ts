/** Stack: the inverses of one person's edits, and what others did between them. */

import { LengthMismatch } from "./errors.js";
import { lengthAt, transformInverse, type Align, type Step } from "./inverses.js";
import type { Operation } from "./operation.js";
import { inserted, move, overlap } from "./spans.js";

/** Steps, the last of which is on the text as it is now. */
export class Stack {
  readonly #depth: number;
  #steps: Step[] = [];

  constructor(depth: number) {
    this.#depth = depth;
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }

  /** The text as it is now has `length` code points, or something was not noted here. */
  require(length: number): void {
    const step = this.#steps.at(-1);
    if (step && lengthAt(step) !== length) {
      throw new LengthMismatch(`the text has ${length} code points, not ${lengthAt(step)}`);
    }
  }

  clear(): void {
    this.#steps = [];
  }

  push(inverse: Operation): void {
    this.#steps.push({ inverse, since: null });
    if (this.#steps.length > this.#depth) this.#steps.shift();
  }

  /** Others have changed the text. */
  receive(operation: Operation): void {
    const step = this.#steps.at(-1);
    if (!step) return;
    operation.requireBase(lengthAt(step));
    step.since = step.since ? step.since.compose(operation) : operation;
  }

  /** Take off the last inverse; it is for the text as it is now. */
  pop(): Operation | null {
    const step = this.#steps.pop();
    if (!step) return null;
    if (!step.since) return step.inverse;
    const [since, inverse] = transformInverse(step.since, step.inverse, this.#steps);
    this.receive(since);
    return inverse;
  }

  /** The last inverse that does something to the text as it is now; it stays. */
  top(): Operation | null {
    for (;;) {
      const inverse = this.pop();
      if (inverse?.isNoop) continue;
      if (inverse) this.#steps.push({ inverse, since: null });
      return inverse;
    }
  }

  /** The text is another one, but by nobody's doing. */
  correct(operation: Operation, align: Align): void {
    let since = operation;
    let back = inserted(operation);
    const steps: Step[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const all = step.since?.compose(since) ?? since;
      const [past, inverse] = transformInverse(all, step.inverse, this.#steps, back, align);
      if (!inverse.isNoop) steps.push({ inverse, since: null });
      // What a step knows as its own has come back to that step alone.
      back = overlap(move(back, inverse), inserted(past));
      since = past;
    }
    this.#steps = steps.reverse();
  }
}

/**
 * Transformation: what becomes of an operation, or of an index, when another operation went first.
 */

import { append, lengthOf, Reader, type Component } from "./components.js";
import { LengthMismatch } from "./errors.js";
import { Operation } from "./operation.js";

/**
 * Rewrite two concurrent operations so that each can follow the other.
 *
 * Both start from the same text.  The results close the diamond:
 * `b_(a(text)) == a_(b(text))`.  Where both insert at one place b's text goes left:
 * pass the committed operation as `a`, the uncommitted one as `b`.
 *
 * @returns `[a_, b_]`
 * @throws LengthMismatch the two start from texts of different length.
 */
export function transform(a: Operation, b: Operation): [Operation, Operation] {
  a.requireBase(b.baseLength);
  const aNext: Component[] = [];
  const bNext: Component[] = [];
  const committed = new Reader(a.components);
  const uncommitted = new Reader(b.components);
  while (!committed.atEnd || !uncommitted.atEnd) {
    if (uncommitted.atInsert) {
      append(aNext, uncommitted.length);
      append(bNext, uncommitted.take());
    } else if (committed.atInsert) {
      append(bNext, committed.length);
      append(aNext, committed.take());
    } else {
      const length = Math.min(committed.length, uncommitted.length);
      const aKeeps = committed.take(length) === length;
      const bKeeps = uncommitted.take(length) === length;
      if (bKeeps) append(aNext, aKeeps ? length : -length);
      if (aKeeps) append(bNext, bKeeps ? length : -length);
    }
  }
  return [new Operation(aNext), new Operation(bNext)];
}

/**
 * Where an index of the old text is in the new one, both in code points.
 *
 * An index at the place of an insert stays left of it; one inside deleted text goes to
 * where the deletion began.  Order is kept: i <= j goes to i_ <= j_.
 *
 * @throws LengthMismatch the index lies outside of the old text.
 */
export function transformIndex(operation: Operation, index: number): number {
  if (!(0 <= index && index <= operation.baseLength)) {
    throw new LengthMismatch(`there is no index ${index} in ${operation.baseLength} code points`);
  }
  let before = 0;
  let after = 0;
  for (const component of operation.components) {
    if (before >= index) break;
    const length = lengthOf(component);
    if (typeof component === "string") {
      after += length;
    } else if (component < 0) {
      before += length;
    } else {
      after += Math.min(length, index - before);
      before += length;
    }
  }
  return after;
}

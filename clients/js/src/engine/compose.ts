/**
 * Composition: two operations, one after the other, as one.
 *
 * It works on components; `Operation.compose` is the door to it.
 */

import { append, Reader, type Component } from "./components.js";

/**
 * The components of "first `a`, then `b`": `b(a(text)) == composed(text)`.
 *
 * Associative, in components.  Where `a` deletes and `b` inserts at the same point
 * a's delete comes first; with that rule, and with `transform`'s, an uncommitted
 * operation comes out the same over the composition as over `a` and then `b`.
 *
 * Requires that a's target length is b's base length.
 */
export function compose(a: readonly Component[], b: readonly Component[]): Component[] {
  const composed: Component[] = [];
  const first = new Reader(a);
  const second = new Reader(b);
  while (!first.atEnd || !second.atEnd) {
    if (first.atDelete) {
      append(composed, first.take());
    } else if (second.atInsert) {
      append(composed, second.take());
    } else {
      const length = Math.min(first.length, second.length);
      const made = first.take(length); // retained or inserted
      const used = second.take(length); // retained or deleted
      if (used === length) append(composed, made);
      else if (made === length) append(composed, used);
      // else b deletes what a inserted, and neither is left
    }
  }
  return composed;
}

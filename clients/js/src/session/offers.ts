/**
 * Offers: what was given back to the user, as it could be put into the text shown again.  No I/O.
 *
 * Invariant: each offer is an operation on the text shown, moved with every change of it.
 */

import { advance } from "../engine/codepoints.js";
import type { Operation } from "../engine/operation.js";
import { transform } from "../engine/transform.js";
import { parted, piecesOf, stretchesOf } from "./parts.js";

/** How many are moved along; of older ones only the text is left. */
const MOST = 20;

/** The offers that nobody has dismissed, oldest first. */
export class Offers {
  readonly #operations = new Map<string, Operation>();

  /** This was given back; what comes again under its id takes its place. */
  add(id: string, operation: Operation): void {
    this.#operations.set(id, operation);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > MOST) this.#operations.delete(oldest!);
  }

  /** Its user needs it no more. */
  dismiss(id: string): void {
    this.#operations.delete(id);
  }

  /** The text shown changed. */
  move(operation: Operation): void {
    for (const [id, offer] of this.#operations) this.#operations.set(id, transform(operation, offer)[1]);
  }

  /** What each would do to `text`, the text shown. */
  all(text: string): ReadonlyMap<string, Operation> {
    return new Map([...this.#operations].map(([id, offer]) => [id, withoutWhatStands(offer, text)]));
  }
}

/**
 * An operation on `text` without the inserts whose text stands at their place already.
 *
 * Somebody else may have put it back: of twenty people who have the same offer one is enough.
 */
export function withoutWhatStands(operation: Operation, text: string): Operation {
  const pieces = piecesOf(operation);
  const missing = new Set<number>();
  let unit = 0;
  let point = 0;
  for (const stretch of stretchesOf(pieces)) {
    const { at, inserted, deleted } = pieces[stretch[0]!]!;
    unit = advance(text, unit, at - point);
    point = at;
    const before = text.slice(Math.max(0, unit - inserted.length), unit);
    const stands = stretch.length === 1 && inserted && !deleted && (before === inserted || text.startsWith(inserted, unit));
    if (!stands) for (const index of stretch) missing.add(index);
  }
  return parted(operation, pieces, missing)[0];
}

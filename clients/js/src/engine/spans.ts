/** Spans: pieces of a text, and where an operation takes them.  All in code points, ascending. */

import { lengthOf } from "./components.js";
import type { Operation } from "./operation.js";

/** Where a piece of a text begins and ends. */
export type Span = readonly [start: number, stop: number];

/** The pieces of the new text that an operation puts in. */
export const inserted = (operation: Operation): Span[] =>
  walk(operation)
    .filter(([old]) => old[0] === old[1])
    .map(([, new_]) => new_);

/** The pieces of the old text that an operation takes out. */
export const deleted = (operation: Operation): Span[] =>
  walk(operation)
    .filter(([, new_]) => new_[0] === new_[1])
    .map(([old]) => old);

/** Where those parts of some pieces are that an operation keeps. */
export const move = (spans: readonly Span[], operation: Operation): Span[] =>
  kept(operation).flatMap(([old, new_]) => shifted(overlap(spans, [old]), new_[0] - old[0]));

/** Where those parts of some pieces of the new text were that are not inserted. */
export const moveBack = (spans: readonly Span[], operation: Operation): Span[] =>
  kept(operation).flatMap(([old, new_]) => shifted(overlap(spans, [new_]), old[0] - new_[0]));

/** The pieces that lie in both. */
export function overlap(some: readonly Span[], others: readonly Span[]): Span[] {
  const found: Span[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const [one, other] = [some[i], others[j]];
    if (!one || !other) return found;
    const start = Math.max(one[0], other[0]);
    const stop = Math.min(one[1], other[1]);
    if (start < stop) found.push([start, stop]);
    if (one[1] < other[1]) i++;
    else j++;
  }
}

const shifted = (spans: Span[], by: number): Span[] => spans.map(([start, stop]): Span => [start + by, stop + by]);

const kept = (operation: Operation): [old: Span, new_: Span][] =>
  walk(operation).filter((pair) => pair.every(([start, stop]) => start < stop));

/** What each component covers of the old text, and of the new one. */
function walk({ components }: Operation): [old: Span, new_: Span][] {
  let old = 0;
  let new_ = 0;
  return components.map((component) => {
    const before = [old, new_] as const;
    const length = lengthOf(component);
    if (typeof component !== "string") old += length;
    if (typeof component === "string" || component > 0) new_ += length;
    return [
      [before[0], old],
      [before[1], new_],
    ];
  });
}

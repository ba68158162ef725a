/**
 * Which items of two sequences are the same: lines, words or code points, for `diff`.
 *
 * Items that occur exactly once on each side are anchors; the longest run of them that keeps
 * their order is taken (the idea of Bram Cohen's patience diff).  The gaps between anchors are
 * searched in the same way, `DEEPEST` levels deep at most.  A gap without anchors is searched
 * for its shortest edit, as far as the budget goes.
 *
 * Invariant: a step is paid for before it is taken, so that no input makes this slow.  What
 * the budget can't afford is not matched, and the caller replaces it.
 *
 * Step by step this is `ot_core/matching.py`, so that both find the same.
 */

import { Budget, commonHead, commonTail, shortest, type Items, type Run } from "./shortest.js";

/** The items between two runs: start and stop in old, start and stop in new. */
export type Gap = readonly [old: number, oldEnd: number, new_: number, newEnd: number];

/** How deep gaps lie in gaps: people's texts need three or four; only contrived ones need more. */
const DEEPEST = 8;
/** The steps that a gap costs, besides those for its items. */
const GAP = 8;

/** Runs of equal items, in ascending order, that leave little to replace. */
export function matches(old: Items, new_: Items, budget: Budget): Run[] {
  const runs: Run[] = [];
  const bare: Gap[] = [];
  let gaps: Gap[] = [[0, old.length, 0, new_.length]];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const inner: Gap[] = [];
    for (const whole of gaps) {
      const gap = withoutCommonEnds(old, new_, whole, runs);
      const [i, iEnd, j, jEnd] = gap;
      if (i === iEnd || j === jEnd || size(gap) === 2) continue;
      const anchors = budget.spend(GAP + (size(gap) >> 1)) ? anchorsOf(old, new_, gap) : [];
      if (anchors.length > 0) follow(old, new_, gap, anchors, runs, inner);
      else bare.push(gap);
    }
    gaps = inner;
  }
  bare.push(...gaps);
  // Small gaps first: they cost little, and the large ones may spend what they leave.
  bare.sort(bySize);
  for (const [place, gap] of bare.entries()) {
    if (budget.left <= GAP) break;
    runs.push(...budget.share(bare.length - place, (share) => common(old, new_, gap, share)));
  }
  return joined(runs);
}

/** Ascending runs, with those that touch joined into one. */
export function joined(runs: readonly Run[]): Run[] {
  const ascending = runs.filter((run) => run[2] > 0).sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const result: Run[] = [];
  for (const [i, j, count] of ascending) {
    const [x, y, before] = result.at(-1) ?? [-1, -1, 0];
    if (x + before === i && y + before === j && before > 0) result[result.length - 1] = [x, y, before + count];
    else result.push([i, j, count]);
  }
  return result;
}

/** How many items a gap has, on both sides together. */
export const size = ([i, iEnd, j, jEnd]: Gap): number => iEnd - i + jEnd - j;

export const bySize = (a: Gap, b: Gap): number => size(a) - size(b);

/** Note the equal items at either end of a gap, and return what lies between them. */
function withoutCommonEnds(old: Items, new_: Items, [i, iEnd, j, jEnd]: Gap, runs: Run[]): Gap {
  const head = commonHead(old, i, new_, j, Math.min(iEnd - i, jEnd - j));
  runs.push([i, j, head]);
  const tail = commonTail(old, iEnd, new_, jEnd, Math.min(iEnd - i, jEnd - j) - head);
  runs.push([iEnd - tail, jEnd - tail, tail]);
  return [i + head, iEnd - tail, j + head, jEnd - tail];
}

/** Note the runs that begin at anchors, and the gaps before, between and after them. */
function follow(
  old: Items,
  new_: Items,
  [start, iEnd, startNew, jEnd]: Gap,
  anchors: readonly (readonly [number, number])[],
  runs: Run[],
  inner: Gap[],
): void {
  let i = start;
  let j = startNew;
  for (const [iAnchor, jAnchor] of anchors) {
    if (iAnchor < i) continue; // in the run of the one before
    inner.push([i, iAnchor, j, jAnchor]);
    const count = commonHead(old, iAnchor, new_, jAnchor, Math.min(iEnd - iAnchor, jEnd - jAnchor));
    runs.push([iAnchor, jAnchor, count]);
    i = iAnchor + count;
    j = jAnchor + count;
  }
  inner.push([i, iEnd, j, jEnd]);
}

/** The longest ascending sequence of pairs of items that occur once on each side. */
function anchorsOf(old: Items, new_: Items, [i, iEnd, j, jEnd]: Gap): [number, number][] {
  const rows = alone(old, i, iEnd);
  const columns = alone(new_, j, jEnd);
  // Patience sorting: the piles' top columns ascend; each card remembers the one before it.
  const tops: number[] = [];
  const piles: number[] = [];
  const cards: [row: number, column: number, before: number][] = [];
  for (const [item, row] of rows) {
    const column = columns.get(item);
    if (column === undefined) continue;
    const pile = firstNotBelow(tops, column);
    cards.push([row, column, piles[pile - 1] ?? -1]);
    tops[pile] = column;
    piles[pile] = cards.length - 1;
  }
  const run: [number, number][] = [];
  for (let card = piles.at(-1) ?? -1; card >= 0; ) {
    const [row, column, before] = cards[card]!;
    run.push([row, column]);
    card = before;
  }
  return run.reverse();
}

/** Where the items are that occur once in a range, in ascending order. */
function alone(items: Items, start: number, stop: number): Map<string, number> {
  const places = new Map<string, number>();
  const again = new Set<string>();
  for (let at = start; at < stop; at++) {
    const item = items[at]!;
    if (places.has(item)) again.add(item);
    places.set(item, at);
  }
  for (const item of again) places.delete(item);
  return places;
}

/** The first index whose number is not below `value`, in ascending numbers. */
function firstNotBelow(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Search a gap for its shortest edit, leaving out items that occur on one side only. */
function common(old: Items, new_: Items, gap: Gap, budget: Budget): Run[] {
  if (!budget.spend(GAP + (size(gap) >> 2))) return [];
  const [i, iEnd, j, jEnd] = gap;
  const rows = shared(old, i, iEnd, itemsOf(new_, j, jEnd));
  const columns = shared(new_, j, jEnd, itemsOf(old, i, iEnd));
  const found = shortest(
    rows.map((row) => old[row]!),
    columns.map((column) => new_[column]!),
    budget,
  );
  return found.flatMap(([x, y, count]) =>
    Array.from({ length: count }, (_, k): Run => [rows[x + k]!, columns[y + k]!, 1]),
  );
}

function itemsOf(items: Items, start: number, stop: number): Set<string> {
  const found = new Set<string>();
  for (let at = start; at < stop; at++) found.add(items[at]!);
  return found;
}

function shared(items: Items, start: number, stop: number, others: ReadonlySet<string>): number[] {
  const places: number[] = [];
  for (let at = start; at < stop; at++) if (others.has(items[at]!)) places.push(at);
  return places;
}

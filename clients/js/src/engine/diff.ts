/**
 * diff: an operation that turns one text into another, small and never slow.
 *
 * Lines are matched first; then words, where no line matched; then code points, where no word
 * matched.  What is equal by mere chance is not kept: it would cut a passage that a person
 * wrote in one go into crumbs.
 *
 * All of it draws on one budget, a fixed number of steps plus some for the length of the
 * texts, and every gap gets a share.  Where the share doesn't suffice, the gap is replaced.
 *
 * Step by step this is `ot_core/diff.py`, so that both find the same operation.
 */

import { codePointLength } from "./codepoints.js";
import type { Component } from "./components.js";
import { bySize, joined, matches, size, type Gap } from "./matching.js";
import { Operation } from "./operation.js";
import { Budget, commonHead, commonTail, shortest, type Run } from "./shortest.js";

/** How many steps a diff may take, plus one for every `EACH` code points. */
const STEPS = 250_000;
const EACH = 4;
/** What a gap is searched by, one after the other. */
const LEVELS = ["lines", "words", "code points"] as const;
const LINE_END = "\\n\\v\\f\\r\\x1c-\\x1e\\x85\\u2028\\u2029";
const LINE = new RegExp(`[^${LINE_END}]*(?:\\r\\n|[${LINE_END}])|[^${LINE_END}]+$`, "gu");
const WORD = /[\p{L}\p{N}_]+[^\p{L}\p{N}_\n]*|\n|[^\p{L}\p{N}_\n]+/gu;
const ALPHANUMERIC = /^[\p{L}\p{N}]/u;
/** The steps that a gap costs, plus one for every `SPLIT` code points where it is split. */
const GAP = 32;
const SPLIT = 32;
/** At most this many code points can be equal by chance; longer runs are always kept. */
const CHANCE = 8;

/**
 * The operation that turns `before` into `after`: `diff("to be", "to bee or not")` is `[5, "e or not"]`.
 *
 * @throws InvalidOperation `after` holds a lone surrogate where it differs.
 */
export function diff(before: string, after: string): Operation {
  const [old, new_] = [new Text(before), new Text(after)];
  const budget = new Budget(STEPS + Math.floor((old.length + new_.length) / EACH));
  const components: Component[] = [];
  let oldAt = 0;
  let newAt = 0;
  for (const [i, j, count] of [...kept(old, new_, budget), end(old, new_)]) {
    if (i > oldAt) components.push(oldAt - i);
    if (j > newAt) components.push(new_.slice(newAt, j));
    if (count > 0) components.push(count);
    oldAt = i + count;
    newAt = j + count;
  }
  return new Operation(components);
}

/** A text by its code points: the string itself, where each of them is one code unit. */
class Text {
  readonly points: string | string[];

  constructor(readonly text: string) {
    this.points = codePointLength(text) === text.length ? text : [...text];
  }

  get length(): number {
    return this.points.length;
  }

  slice(start: number, stop: number): string {
    const part = this.points.slice(start, stop);
    return typeof part === "string" ? part : part.join("");
  }
}

const end = (old: Text, new_: Text): Run => [old.length, new_.length, 0];

/** The runs of code points to keep, in ascending order. */
function kept(old: Text, new_: Text, budget: Budget): Run[] {
  if (old.text === new_.text) return [[0, 0, old.length]];
  // Whole lines at either end: what is left of a line that was cut would match no other.
  const least = Math.min(old.length, new_.length);
  let head = commonHead(old.points, 0, new_.points, 0, least);
  while (head > 0 && old.points[head - 1] !== "\n") head--;
  let tail = commonTail(old.points, old.length, new_.points, new_.length, least - head);
  let begin = old.length - tail;
  while (begin < old.length && old.points[begin] !== "\n") begin++;
  tail = begin < old.length ? old.length - begin - 1 : 0;
  const runs: Run[] = [
    [0, 0, head],
    [old.length - tail, new_.length - tail, tail],
  ];
  refine(old, new_, [head, old.length - tail, head, new_.length - tail], 0, budget, runs);
  return joined(runs);
}

/** Note the runs to keep in a gap: by lines, words or code points, then in the gaps left. */
function refine(old: Text, new_: Text, gap: Gap, level: number, budget: Budget, runs: Run[]): void {
  const [i, iEnd, j, jEnd] = gap;
  if (i === iEnd || j === jEnd || !budget.spend(GAP)) return;
  const most = Math.min(iEnd - i, jEnd - j);
  const head = commonHead(old.points, i, new_.points, j, most);
  const tail = commonTail(old.points, iEnd, new_.points, jEnd, most);
  if (head + tail === most) {
    // A single insert or delete, which can only be in one place.
    runs.push([i, j, head], [iEnd - tail, jEnd - tail, tail]);
  } else if (LEVELS[level] === "code points") {
    runs.push(...byDesign(characters(old, new_, gap, head, tail, budget), old, gap));
  } else if (budget.spend(Math.floor(size(gap) / SPLIT))) {
    const found = byDesign(items(old, new_, gap, LEVELS[level] === "lines" ? LINE : WORD, budget), old, gap);
    runs.push(...found);
    // Small gaps first, as in `matches`.
    const gaps = between(found, gap).sort(bySize);
    for (const [place, inner] of gaps.entries()) {
      budget.share(gaps.length - place, (share) => refine(old, new_, inner, level + 1, share, runs));
    }
  }
}

/** The lines or words that are equal, as runs of code points. */
function items(old: Text, new_: Text, [i, iEnd, j, jEnd]: Gap, pattern: RegExp, budget: Budget): Run[] {
  const a = old.slice(i, iEnd).match(pattern) ?? [];
  const b = new_.slice(j, jEnd).match(pattern) ?? [];
  if (!budget.spend((a.length + b.length) >> 1)) return [];
  const found = budget.share(2, (share) => matches(a, b, share));
  const starts = startsOf(a, i);
  const places = startsOf(b, j);
  return found.map(([x, y, count]) => [starts[x]!, places[y]!, starts[x + count]! - starts[x]!]);
}

/** Where each of the pieces starts that follow one another from `start` on; and where the last one ends. */
function startsOf(pieces: readonly string[], start: number): number[] {
  const starts = [start];
  for (const piece of pieces) starts.push((start += codePointLength(piece)));
  return starts;
}

/** The equal code points of some words, of which `head` and `tail` are known. */
function characters(old: Text, new_: Text, gap: Gap, head: number, tail: number, budget: Budget): Run[] {
  const [i, iEnd, j, jEnd] = gap;
  const most = Math.min(iEnd - i, jEnd - j);
  tail = Math.min(tail, most - head);
  const a = old.points.slice(i + head, iEnd - tail);
  const b = new_.points.slice(j + head, jEnd - tail);
  const inner = shortest(a, b, budget, (a.length + b.length) >> 1);
  if (inner.length === 0 && 2 * (head + tail) < most) {
    // So little is alike that it was written anew.  Keep only what is no word at either end.
    if (head <= CHANCE) head = beforeWord(head, (at) => old.points[i + at]!);
    if (tail <= CHANCE) tail = beforeWord(tail, (at) => old.points[iEnd - 1 - at]!);
  }
  const found = inner.map(([x, y, count]): Run => [i + head + x, j + head + y, count]);
  return joined([[i, j, head], ...found, [iEnd - tail, jEnd - tail, tail]]);
}

/** How many of some code points come before the first letter or digit. */
function beforeWord(count: number, point: (at: number) => string): number {
  let at = 0;
  while (at < count && !ALPHANUMERIC.test(point(at))) at++;
  return at;
}

/** The gaps before, between and after the runs in a gap. */
function between(runs: readonly Run[], [start, iEnd, startNew, jEnd]: Gap): Gap[] {
  let [i, j] = [start, startNew];
  return [...runs, [iEnd, jEnd, 0] as const].map(([x, y, count]) => {
    const gap: Gap = [i, x, j, y];
    i = x + count;
    j = y + count;
    return gap;
  });
}

/** Leave out runs that are equal by chance, judged by what is replaced on either side. */
function byDesign(runs: readonly Run[], old: Text, [start, iEnd, startNew, jEnd]: Gap): Run[] {
  let [i, j] = [start, startNew];
  const kept: Run[] = [];
  const befores: Gap[] = []; // the gap before each of them
  for (const run of [...runs, [iEnd, jEnd, 0] as const]) {
    const [x, y, count] = run;
    let before: Gap = [i, x, j, y];
    while (kept.length > 0 && isChance(old, kept.at(-1)!, befores.at(-1)!, before)) {
      kept.pop();
      [i, , j] = befores.pop()!;
      before = [i, x, j, y];
    }
    kept.push(run);
    befores.push(before);
    i = x + count;
    j = y + count;
  }
  return kept.slice(0, -1);
}

/**
 * Whether the run between two gaps is so short that nobody kept it on purpose.
 *
 * So it is if twice as much was replaced on either side, or if it is one letter, and
 * letters were deleted and inserted beside it.
 */
function isChance(old: Text, [start, , count]: Run, before: Gap, after: Gap): boolean {
  if (count > CHANCE) return false;
  const [deleted, inserted] = [before[1] - before[0], before[3] - before[2]];
  const [deletedAfter, insertedAfter] = [after[1] - after[0], after[3] - after[2]];
  if (2 * count <= Math.min(deleted, inserted, deletedAfter, insertedAfter)) return true;
  const isLetter = count === 1 && ALPHANUMERIC.test(old.points[start]!);
  const isInside = deleted + inserted > 0 && deletedAfter + insertedAfter > 0;
  return isLetter && isInside && deleted + deletedAfter > 0 && inserted + insertedAfter > 0;
}

/**
 * The shortest edit between two sequences (Eugene Myers' O(ND) algorithm, 1986), as far as a budget goes.
 *
 * Invariant: a step is paid for before it is taken, so that no input makes this slow.
 *
 * Step by step this is a part of `ot_core/matching.py`, so that both find the same.
 */

/** Equal items. */
export type Run = readonly [old: number, new_: number, count: number];
/** A text by its code units, or a list of items. */
export type Items = ArrayLike<string>;

/** The steps it costs to see how far equal items go, plus one for every `COMPARED` items. */
const SNAKE = 3;
const COMPARED = 16;
/** The smallest share of a budget, in steps, that is worth having. */
const LEAST = 256;
/** The longest edit that is searched for, in items. */
const MOST = 10_000;

/** The steps left to take; each is one turn of an inner loop, or as much work. */
export class Budget {
  constructor(public left: number) {}

  /** Take so many steps and return true, or return false if fewer are left. */
  spend(steps: number): boolean {
    if (steps > this.left) return false;
    this.left -= steps;
    return true;
  }

  /** Do `work` with one of `parts` equal shares, or `LEAST` steps; what it leaves comes back. */
  share<T>(parts: number, work: (budget: Budget) => T): T {
    const share = new Budget(Math.min(Math.max(Math.floor(this.left / parts), LEAST), this.left));
    this.left -= share.left;
    const result = work(share);
    this.left += share.left;
    return result;
  }
}

/**
 * The runs that the shortest edit keeps, from the last to the first.
 *
 * There are none where that edit has more than `longest` items or costs more than the budget:
 * an edit of d items costs about d² / 2 steps.
 */
export function shortest(old: Items, new_: Items, budget: Budget, longest: number = MOST): Run[] {
  const rows = old.length;
  const columns = new_.length;
  if (rows === 0 || columns === 0) return [];
  const most = Math.min(longest, rows + columns, Math.floor(Math.sqrt(2 * budget.left)));
  // On the diagonal k an index in old is by k ahead of that in new, but that k is counted
  // from the middle of a list: how far in old the edits so far get there.
  const middle = most + 1;
  const furthest = new Int32Array(2 * most + 3).fill(-1);
  furthest[middle + 1] = 0;
  // Snakes are runs of equal items; each knows the one before it on its way.
  const last = new Int32Array(2 * most + 3).fill(-1);
  const snakes: [...Run, number][] = [];
  // Diagonals that have left the square at its bottom or its right need no more visits.
  let below = 0;
  let above = 0;
  for (let edits = 0; edits <= most; edits++) {
    if (!budget.spend(edits + 1 - ((below + above) >> 1))) break;
    const end = middle + edits - above;
    for (let k = middle - edits + below; k <= end; k += 2) {
      let x = furthest[k - 1]! + 1;
      let snake = last[k - 1]!;
      if (furthest[k + 1]! >= x) {
        x = furthest[k + 1]!;
        snake = last[k + 1]!;
      }
      let y = x - k + middle;
      if (x < rows && y < columns && old[x] === new_[y]) {
        const count = commonHead(old, x, new_, y, Math.min(rows - x, columns - y));
        if (!budget.spend(SNAKE + Math.floor(count / COMPARED))) return [];
        snakes.push([x, y, count, snake]);
        snake = snakes.length - 1;
        x += count;
        y += count;
      }
      furthest[k] = x;
      last[k] = snake;
      if (x >= rows) {
        if (y >= columns) return way(snakes, snake);
        above += 2;
      } else if (y >= columns) {
        below += 2;
      }
    }
  }
  return [];
}

/** A snake and those that lead to it, from the last to the first. */
function way(snakes: readonly (readonly [...Run, number])[], snake: number): Run[] {
  const runs: Run[] = [];
  while (snake >= 0) {
    const [x, y, count, before] = snakes[snake]!;
    runs.push([x, y, count]);
    snake = before;
  }
  return runs;
}

/** How many items are equal from two indexes on, at most `most`. */
export function commonHead(old: Items, i: number, new_: Items, j: number, most: number): number {
  let count = 0;
  while (count < most && old[i + count] === new_[j + count]) count++;
  return count;
}

/** How many items are equal before two indexes, at most `most`. */
export function commonTail(old: Items, i: number, new_: Items, j: number, most: number): number {
  let count = 0;
  while (count < most && old[i - 1 - count] === new_[j - 1 - count]) count++;
  return count;
}

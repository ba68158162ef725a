"""Which items of two sequences are the same: lines, words or code points, for `diff`.

Items that occur exactly once on each side are anchors; the longest run of them that keeps
their order is taken (the idea of Bram Cohen's patience diff).  The gaps between anchors are
searched in the same way, `DEEPEST` levels deep at most.  A gap without anchors is searched
for its shortest edit (Eugene Myers' O(ND) algorithm, 1986), as far as the budget goes.

Invariant: a step is paid for before it is taken, so that no input makes this slow.  What
the budget can't afford is not matched, and the caller replaces it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from math import isqrt
from typing import Final, final

__all__ = [
    "Budget",
    "Gap",
    "Run",
    "common_head",
    "common_tail",
    "joined",
    "matches",
    "shortest",
    "size",
]

Run = tuple[int, int, int]
"""Equal items: index in old, index in new, count."""
Gap = tuple[int, int, int, int]
"""The items between two runs: start and stop in old, start and stop in new."""

DEEPEST: Final = 8
"""How deep gaps lie in gaps: people's texts need three or four; only contrived ones need more."""
GAP: Final = 8
"""The steps that a gap costs, besides those for its items."""
SNAKE: Final = 3
"""The steps it costs to see how far equal items go, plus one for every `COMPARED` items."""
COMPARED: Final = 16
LEAST: Final = 256
"""The smallest share of a budget, in steps, that is worth having."""
MOST: Final = 10_000
"""The longest edit that is searched for, in items."""


@final
class Budget:
    """The steps left to take; each is one turn of an inner loop, or as much work in C."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take `steps` steps and return True, or return False if fewer are left."""
        if steps > self.left:
            return False
        self.left -= steps
        return True

    def part(self, parts: int) -> Budget:
        """Split off one of `parts` equal shares, or `LEAST` steps, as a budget of its own."""
        steps = min(max(self.left // parts, LEAST), self.left)
        self.left -= steps
        return Budget(steps)


def matches(old: list[str], new: list[str], budget: Budget) -> list[Run]:
    """Return runs of equal items, in ascending order, that leave little to replace."""
    runs: list[Run] = []
    bare: list[Gap] = []
    gaps: list[Gap] = [(0, len(old), 0, len(new))]
    for _ in range(DEEPEST):
        inner: list[Gap] = []
        for gap in gaps:
            gap = _without_common_ends(old, new, gap, runs)
            i, i_end, j, j_end = gap
            if i == i_end or j == j_end or size(gap) == 2:
                continue
            anchors = _anchors(old, new, gap) if budget.spend(GAP + size(gap) // 2) else []
            if anchors:
                _follow(old, new, gap, anchors, runs, inner)
            else:
                bare.append(gap)
        gaps = inner
    bare += gaps
    # Small gaps first: they cost little, and the large ones may spend what they leave.
    bare.sort(key=size)
    for place, gap in enumerate(bare):
        if budget.left <= GAP:
            break
        part = budget.part(len(bare) - place)
        runs += _common(old, new, gap, part)
        budget.left += part.left
    return joined(runs)


def joined(runs: list[Run]) -> list[Run]:
    """Return ascending runs with those that touch joined into one."""
    result: list[Run] = []
    i_end = j_end = -1
    for i, j, count in sorted(runs):
        if not count:
            continue
        if i == i_end and j == j_end:
            i, j, before = result.pop()
            count += before
        result.append((i, j, count))
        i_end, j_end = i + count, j + count
    return result


def size(gap: Gap) -> int:
    """Count the items of a gap, on both sides together."""
    return gap[1] - gap[0] + gap[3] - gap[2]


def _without_common_ends(old: list[str], new: list[str], gap: Gap, runs: list[Run]) -> Gap:
    """Note the equal items at either end of a gap, and return what lies between them."""
    i, i_end, j, j_end = gap
    if i < i_end and j < j_end and old[i] == new[j]:
        head = common_head(old, i, new, j, min(i_end - i, j_end - j))
        runs.append((i, j, head))
        i, j = i + head, j + head
    if i < i_end and j < j_end and old[i_end - 1] == new[j_end - 1]:
        tail = common_tail(old, i_end, new, j_end, min(i_end - i, j_end - j))
        i_end, j_end = i_end - tail, j_end - tail
        runs.append((i_end, j_end, tail))
    return i, i_end, j, j_end


def _follow(
    old: list[str],
    new: list[str],
    gap: Gap,
    anchors: list[tuple[int, int]],
    runs: list[Run],
    inner: list[Gap],
) -> None:
    """Note the runs that begin at anchors, and the gaps before, between and after them."""
    i, i_end, j, j_end = gap
    for i_anchor, j_anchor in anchors:
        if i_anchor < i:
            continue  # in the run of the one before
        inner.append((i, i_anchor, j, j_anchor))
        most = min(i_end - i_anchor, j_end - j_anchor)
        count = common_head(old, i_anchor, new, j_anchor, most)
        runs.append((i_anchor, j_anchor, count))
        i, j = i_anchor + count, j_anchor + count
    inner.append((i, i_end, j, j_end))


def _anchors(old: list[str], new: list[str], gap: Gap) -> list[tuple[int, int]]:
    """Return the longest ascending sequence of pairs of items that occur once on each side."""
    i, i_end, j, j_end = gap
    rows, columns = old[i:i_end], new[j:j_end]
    alone = _alone(rows) & _alone(columns)
    if not alone:
        return []
    place = {item: column for column, item in enumerate(columns, j) if item in alone}
    # Patience sorting: the piles' top columns ascend; each card remembers the one before it.
    tops: list[int] = []
    piles: list[int] = []
    cards: list[tuple[int, int, int]] = []
    for row, item in enumerate(rows, i):
        if item not in alone:
            continue
        column = place[item]
        if not tops or column > tops[-1]:
            cards.append((row, column, piles[-1] if piles else -1))
            tops.append(column)
            piles.append(len(cards) - 1)
        else:
            pile = bisect_left(tops, column)
            cards.append((row, column, piles[pile - 1] if pile else -1))
            tops[pile] = column
            piles[pile] = len(cards) - 1
    run: list[tuple[int, int]] = []
    card = piles[-1]
    while card >= 0:
        row, column, card = cards[card]
        run.append((row, column))
    return run[::-1]


def _alone(items: list[str]) -> set[str]:
    return {item for item, count in Counter(items).items() if count == 1}


def _common(old: list[str], new: list[str], gap: Gap, budget: Budget) -> list[Run]:
    """Search a gap for its shortest edit, leaving out items that occur on one side only."""
    i, i_end, j, j_end = gap
    if not budget.spend(GAP + size(gap) // 4):
        return []
    common = set(old[i:i_end]) & set(new[j:j_end])
    rows = [row for row in range(i, i_end) if old[row] in common]
    columns = [column for column in range(j, j_end) if new[column] in common]
    found = shortest([old[row] for row in rows], [new[column] for column in columns], budget)
    return [(rows[x + k], columns[y + k], 1) for x, y, count in found for k in range(count)]


def shortest(old: list[str], new: list[str], budget: Budget, most: int = MOST) -> list[Run]:
    """Return the runs that the shortest edit keeps, from the last to the first.

    None are returned where that edit has more than `most` items or costs more than the
    budget: an edit of d items costs about d² / 2 steps.
    """
    rows, columns = len(old), len(new)
    if not rows or not columns:
        return []
    most = min(most, rows + columns, isqrt(2 * budget.left))
    # On the diagonal k an index in old is by k ahead of that in new, but that k is counted
    # from the middle of a list: how far in old the edits so far get there.
    middle = most + 1
    furthest = [-1] * (2 * most + 3)
    furthest[middle + 1] = 0
    # Snakes are runs of equal items; each knows the one before it on its way.
    last = [-1] * (2 * most + 3)
    snakes: list[tuple[int, int, int, int]] = []
    # Diagonals that have left the square at its bottom or its right need no more visits.
    below = above = 0
    for edits in range(most + 1):
        if not budget.spend(edits + 1 - (below + above) // 2):
            break
        for k in range(middle - edits + below, middle + edits + 1 - above, 2):
            x, snake = furthest[k - 1] + 1, last[k - 1]
            if furthest[k + 1] >= x:
                x, snake = furthest[k + 1], last[k + 1]
            y = x - k + middle
            if x < rows and y < columns and old[x] == new[y]:
                count = common_head(old, x, new, y, min(rows - x, columns - y))
                if not budget.spend(SNAKE + count // COMPARED):
                    return []
                snakes.append((x, y, count, snake))
                snake = len(snakes) - 1
                x, y = x + count, y + count
            furthest[k], last[k] = x, snake
            if x >= rows:
                if y >= columns:
                    return _way(snakes, snake)
                above += 2
            elif y >= columns:
                below += 2
    return []


def _way(snakes: list[tuple[int, int, int, int]], snake: int) -> list[Run]:
    """Return a snake and those that lead to it, from the last to the first."""
    runs: list[Run] = []
    while snake >= 0:
        x, y, count, snake = snakes[snake]
        runs.append((x, y, count))
    return runs


def common_head(old: Sequence[str], i: int, new: Sequence[str], j: int, most: int) -> int:
    """Count the equal items from two indexes on, at most `most`; slices are compared in C."""
    count, size = 0, 1
    while count < most:
        size = min(size, most - count)
        if old[i + count : i + count + size] != new[j + count : j + count + size]:
            break
        count += size
        size *= 2
    # Unless all are equal, the first difference lies within the last slice.
    high = min(count + size - 1, most)
    while count < high:
        middle = (count + high + 1) // 2
        if old[i + count : i + middle] == new[j + count : j + middle]:
            count = middle
        else:
            high = middle - 1
    return count


def common_tail(old: Sequence[str], i: int, new: Sequence[str], j: int, most: int) -> int:
    """Count the equal items before two indexes, at most `most`."""
    count, size = 0, 1
    while count < most:
        size = min(size, most - count)
        if old[i - count - size : i - count] != new[j - count - size : j - count]:
            break
        count += size
        size *= 2
    high = min(count + size - 1, most)
    while count < high:
        middle = (count + high + 1) // 2
        if old[i - middle : i - count] == new[j - middle : j - count]:
            count = middle
        else:
            high = middle - 1
    return count

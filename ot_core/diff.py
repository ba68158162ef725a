"""`diff`: an operation that turns one text into another, small and never slow.

Common ends are set aside first.  What is left is matched line by line: lines that
occur once on either side anchor the rest, along the longest run that keeps their
order (the idea of Bram Cohen's patience diff), and the gaps between anchors are
worked through the same way, `DEEPEST` times at most.  Each time costs O(n log n), so
the whole does; what has no anchor is replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ot_core.components import Component
from ot_core.operation import Operation

__all__ = ["diff"]

DEEPEST: Final = 8
"""Gaps in gaps: people's texts need three or four; only a contrived one would go on."""


def diff(old: str, new: str) -> Operation:
    """Return an operation that turns `old` into `new`.

    >>> diff("to be", "to bee or not")
    Operation([5, 'e or not'])

    Raises:
        InvalidOperation: `new` holds a lone surrogate where it differs.
    """
    components: list[Component] = []
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    old_at = new_at = 0
    for i, j, count in _matches(old_lines, new_lines):
        _replace(components, "".join(old_lines[old_at:i]), "".join(new_lines[new_at:j]))
        _keep(components, sum(map(len, old_lines[i : i + count])))
        old_at, new_at = i + count, j + count
    return Operation(components)


def _keep(components: list[Component], count: int) -> None:
    if count:
        components.append(count)


def _replace(components: list[Component], old: str, new: str) -> None:
    """Replace a stretch without its common ends."""
    head = _common_head(old, new)
    rest = min(len(old), len(new)) - head
    tail = _common_head(old[len(old) - rest :][::-1], new[len(new) - rest :][::-1])
    _keep(components, head)
    if len(old) > head + tail:
        components.append(head + tail - len(old))
    if len(new) > head + tail:
        components.append(new[head : len(new) - tail])
    _keep(components, tail)


def _common_head(old: str, new: str) -> int:
    """Count the equal code points at the start, by halving: slices are compared in C."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield runs of equal lines (index in old, index in new, count), in order; then the end."""
    stack = [(0, 0, len(old), 0, len(new))]
    runs: list[tuple[int, int, int]] = []
    while stack:
        depth, i, i_end, j, j_end = stack.pop()
        head = _common(old, new, range(i, i_end), range(j, j_end))
        if head:
            runs.append((i, j, head))
        i, j = i + head, j + head
        tail = _common(old, new, range(i, i_end)[::-1], range(j, j_end)[::-1])
        if tail:
            runs.append((i_end - tail, j_end - tail, tail))
        i_end, j_end = i_end - tail, j_end - tail
        if depth == DEEPEST:
            continue
        anchors = _anchors(old, new, range(i, i_end), range(j, j_end))
        for i_anchor, j_anchor in anchors:
            stack.append((depth + 1, i, i_anchor, j, j_anchor))
            i, j = i_anchor, j_anchor
        if anchors:
            stack.append((depth + 1, i, i_end, j, j_end))
    runs.sort()
    yield from runs
    yield len(old), len(new), 0


def _common(old: Sequence[str], new: Sequence[str], rows: range, columns: range) -> int:
    """Count the equal lines at the start of two ranges."""
    count = 0
    for i, j in zip(rows, columns, strict=False):
        if old[i] != new[j]:
            break
        count += 1
    return count


def _anchors(
    old: Sequence[str], new: Sequence[str], rows: range, columns: range
) -> list[tuple[int, int]]:
    """Return the longest ascending run of pairs of lines that are alone on either side."""
    in_old = Counter(old[i] for i in rows)
    in_new = Counter(new[j] for j in columns)
    place = {new[j]: j for j in columns if in_new[new[j]] == 1}
    # Patience: piles whose top columns ascend; each card remembers the one under it.
    tops: list[int] = []
    cards: list[tuple[int, int, int]] = []
    piles: list[int] = []
    for i in rows:
        j = place.get(old[i])
        if j is None or in_old[old[i]] != 1:
            continue
        pile = bisect_left(tops, j)
        cards.append((i, j, piles[pile - 1] if pile else -1))
        tops[pile : pile + 1] = [j]
        piles[pile : pile + 1] = [len(cards) - 1]
    run: list[tuple[int, int]] = []
    card = piles[-1] if piles else -1
    while card >= 0:
        i, j, card = cards[card]
        run.append((i, j))
    return run[::-1]

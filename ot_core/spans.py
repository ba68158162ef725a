"""Spans: pieces of a text, and where an operation takes them.  All in code points, ascending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ot_core.operation import Operation

__all__ = ["Span", "deleted", "inserted", "move", "move_back", "overlap"]

Span = tuple[int, int]
"""Where a piece of a text begins and ends."""


def inserted(operation: Operation) -> list[Span]:
    """Return the pieces of the new text that an operation puts in."""
    return [new for old, new in _walk(operation) if old[0] == old[1]]


def deleted(operation: Operation) -> list[Span]:
    """Return the pieces of the old text that an operation takes out."""
    return [old for old, new in _walk(operation) if new[0] == new[1]]


def move(spans: Sequence[Span], operation: Operation) -> list[Span]:
    """Return where those parts of some pieces are that an operation keeps.

    >>> move([(0, 2), (3, 5)], Operation([1, "xy", 3, -1]))
    [(0, 1), (3, 4), (5, 6)]
    """
    return [
        (start - old[0] + new[0], stop - old[0] + new[0])
        for old, new in _kept(operation)
        for start, stop in overlap(spans, [old])
    ]


def move_back(spans: Sequence[Span], operation: Operation) -> list[Span]:
    """Return where those parts of some pieces of the new text were that are not inserted.

    >>> move_back([(0, 4)], Operation([1, "xy", 3, -1]))
    [(0, 1), (1, 2)]
    """
    return [
        (start - new[0] + old[0], stop - new[0] + old[0])
        for old, new in _kept(operation)
        for start, stop in overlap(spans, [new])
    ]


def overlap(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return the pieces that lie in both."""
    found: list[Span] = []
    i = j = 0
    while i < len(some) and j < len(others):
        start, stop = max(some[i][0], others[j][0]), min(some[i][1], others[j][1])
        if start < stop:
            found.append((start, stop))
        if some[i][1] < others[j][1]:
            i += 1
        else:
            j += 1
    return found


def _kept(operation: Operation) -> Iterator[tuple[Span, Span]]:
    return (pair for pair in _walk(operation) if all(start < stop for start, stop in pair))


def _walk(operation: Operation) -> Iterator[tuple[Span, Span]]:
    """Yield what each component covers of the old text, and of the new one."""
    old = new = 0
    for component in operation.components:
        before = old, new
        if isinstance(component, str):
            new += len(component)
        elif component < 0:
            old -= component
        else:
            old += component
            new += component
        yield (before[0], old), (before[1], new)

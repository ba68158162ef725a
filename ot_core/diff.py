"""`diff`: an operation that turns one text into another, small and never slow.

Lines are matched first; then words, where no line matched; then code points, where no word
matched.  What is equal by mere chance is not kept: it would cut a passage that a person
wrote in one go into crumbs.

All of it draws on one budget, a fixed number of steps plus some for the length of the
texts, and every gap gets a share.  Where the share doesn't suffice, the gap is replaced.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from ot_core.components import Component, check
from ot_core.matching import (
    Budget,
    Gap,
    Run,
    common_head,
    common_tail,
    joined,
    matches,
    shortest,
    size,
)
from ot_core.operation import Operation

__all__ = ["diff"]

STEPS: Final = 250_000
"""How many steps a diff may take, plus one for every `EACH` code points."""
EACH: Final = 4
LINES: Final = 0
WORDS: Final = 1
CHARACTERS: Final = 2
WORD: Final = re.compile(r"\w+[^\w\n]*|\n|[^\w\n]+")
GAP: Final = 32
"""The steps that a gap costs, plus one for every `SPLIT` code points where it is split."""
SPLIT: Final = 32
CHANCE: Final = 8
"""At most this many code points can be equal by chance; longer runs are always kept."""


def diff(old: str, new: str) -> Operation:
    """Return an operation that turns `old` into `new`.

    >>> diff("to be", "to bee or not")
    Operation([5, 'e or not'])

    Raises:
        InvalidOperation: `new` holds a lone surrogate where it differs.
    """
    budget = Budget(STEPS + (len(old) + len(new)) // EACH)
    components: list[Component] = []
    old_at = new_at = 0
    for i, j, count in [*_kept(old, new, budget), (len(old), len(new), 0)]:
        if i > old_at:
            components.append(old_at - i)
        if j > new_at:
            components.append(check(new[new_at:j]))
        if count:
            components.append(count)
        old_at, new_at = i + count, j + count
    return Operation.sound(components, len(old), len(new))


def _kept(old: str, new: str, budget: Budget) -> list[Run]:
    """Return the runs of code points to keep, in ascending order."""
    if old == new:
        return [(0, 0, len(old))]
    # Whole lines at either end: what is left of a line that was cut would match no other.
    head = common_head(old, 0, new, 0, min(len(old), len(new)))
    head = old.rfind("\n", 0, head) + 1
    tail = common_tail(old, len(old), new, len(new), min(len(old), len(new)) - head)
    begin = old.find("\n", len(old) - tail) + 1
    tail = len(old) - begin if begin else 0
    runs: list[Run] = [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
    _refine(old, new, (head, len(old) - tail, head, len(new) - tail), LINES, budget, runs)
    return joined(runs)


def _refine(old: str, new: str, gap: Gap, by: int, budget: Budget, runs: list[Run]) -> None:
    """Note the runs to keep in a gap: by lines, words or code points, then in the gaps left."""
    i, i_end, j, j_end = gap
    if i == i_end or j == j_end or not budget.spend(GAP):
        return
    most = min(i_end - i, j_end - j)
    head = common_head(old, i, new, j, most)
    tail = common_tail(old, i_end, new, j_end, most)
    if head + tail == most:
        # A single insert or delete, which can only be in one place.
        runs += [(i, j, head), (i_end - tail, j_end - tail, tail)]
    elif by == CHARACTERS:
        runs += _by_design(_characters(old, new, gap, head, tail, budget), old, gap)
    elif budget.spend(size(gap) // SPLIT):
        kept = _by_design(_items(old, new, gap, by, budget), old, gap)
        runs += kept
        # Small gaps first, as in `matches`.
        gaps = sorted(_between(kept, gap), key=size)
        for place, inner in enumerate(gaps):
            part = budget.part(len(gaps) - place)
            _refine(old, new, inner, by + 1, part, runs)
            budget.left += part.left


def _items(old: str, new: str, gap: Gap, by: int, budget: Budget) -> list[Run]:
    """Return the lines or words that are equal, as runs of code points."""
    i, i_end, j, j_end = gap
    if by == LINES:
        a, b = old[i:i_end].splitlines(keepends=True), new[j:j_end].splitlines(keepends=True)
    else:
        a, b = WORD.findall(old, i, i_end), WORD.findall(new, j, j_end)
    if not budget.spend((len(a) + len(b)) // 2):
        return []
    part = budget.part(2)
    found = matches(a, b, part)
    budget.left += part.left
    starts = list(accumulate(map(len, a), initial=i))
    places = list(accumulate(map(len, b), initial=j))
    return [(starts[x], places[y], starts[x + n] - starts[x]) for x, y, n in found]


def _characters(old: str, new: str, gap: Gap, head: int, tail: int, budget: Budget) -> list[Run]:
    """Return the equal code points of some words, of which `head` and `tail` are known."""
    i, i_end, j, j_end = gap
    most = min(i_end - i, j_end - j)
    tail = min(tail, most - head)
    a, b = old[i + head : i_end - tail], new[j + head : j_end - tail]
    inner = shortest(list(a), list(b), budget, (len(a) + len(b)) // 2)
    if not inner and 2 * (head + tail) < most:
        # So little is alike that it was written anew.  Keep only what is no word at either end.
        head = head if head > CHANCE else _before_word(old[i : i + head])
        tail = tail if tail > CHANCE else _before_word(old[i_end - tail : i_end][::-1])
    found = [(i + head + x, j + head + y, count) for x, y, count in inner]
    return joined([(i, j, head), *found, (i_end - tail, j_end - tail, tail)])


def _before_word(text: str) -> int:
    """Count the code points before the first letter or digit."""
    return next((at for at, letter in enumerate(text) if letter.isalnum()), len(text))


def _between(runs: list[Run], gap: Gap) -> list[Gap]:
    """Return the gaps before, between and after the runs in a gap."""
    i, i_end, j, j_end = gap
    gaps: list[Gap] = []
    for x, y, count in [*runs, (i_end, j_end, 0)]:
        gaps.append((i, x, j, y))
        i, j = x + count, y + count
    return gaps


def _by_design(runs: list[Run], old: str, gap: Gap) -> list[Run]:
    """Leave out runs that are equal by chance, judged by what is replaced on either side."""
    i, i_end, j, j_end = gap
    kept: list[Run] = []
    befores: list[Gap] = []  # the gap before each of them
    for x, y, count in [*runs, (i_end, j_end, 0)]:
        before = (i, x, j, y)
        while kept and _is_chance(old, kept[-1], befores[-1], before):
            kept.pop()
            i, _, j, _ = befores.pop()
            before = (i, x, j, y)
        kept.append((x, y, count))
        befores.append(before)
        i, j = x + count, y + count
    return kept[:-1]


def _is_chance(old: str, run: Run, before: Gap, after: Gap) -> bool:
    """Whether the run between two gaps is so short that nobody kept it on purpose.

    So it is if twice as much was replaced on either side, or if it is one letter, and
    letters were deleted and inserted beside it.
    """
    start, _, count = run
    if count > CHANCE:
        return False
    i, i_end, j, j_end = before
    deleted, inserted = i_end - i, j_end - j
    i, i_end, j, j_end = after
    if 2 * count <= min(deleted, inserted, i_end - i, j_end - j):
        return True
    is_letter = count == 1 and old[start].isalnum()
    is_inside = deleted + inserted > 0 and i_end - i + j_end - j > 0
    return is_letter and is_inside and deleted + i_end > i and inserted + j_end > j

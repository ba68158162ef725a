"""Inverses of edits, and how they meet what has happened since: no text is put in twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Final

from ot_core.components import Component
from ot_core.diff import diff
from ot_core.operation import Operation
from ot_core.places import Place, parts_of, places_of, texts_of
from ot_core.spans import Span, deleted, move, move_back, overlap
from ot_core.transform import transform

__all__ = ["Align", "Step", "align_letters", "transform_inverse"]

LEAST: Final = 3
"""So many letters, digits or signs are not equal by chance at the end of a longer text."""

NEAR: Final = 100
"""So many steps may have taken out together what is there."""

Align = Callable[[str, str], Operation]


@dataclass
class Step:
    """One step back, and what others have done since it was recorded."""

    inverse: Operation
    since: Operation | None = None

    @property
    def length(self) -> int:
        """The length of the text as it is now, in code points."""
        return self.inverse.base_length if self.since is None else self.since.target_length


def transform_inverse(
    since: Operation,
    inverse: Operation,
    below: Sequence[Step] = (),
    back: Sequence[Span] = (),
    align: Align = diff,
) -> tuple[Operation, Operation]:
    """Transform the inverse of an edit, and what has happened since that edit.

    This is `transform`, unless both put in text at one place:

    - If others have put in the same text there, or a longer one that begins or ends with it
      (by more than chance), the inverse doesn't put it in.  Nor does it if that is so of what
      it would put in there together with the next steps below.  For these, the others' text
      is that text.  But where it is one's own, which a step below would take out, it is as if
      it had been put in and deleted: what stands there stays the others'.
    - If some of what stands there has come `back`, without anybody's doing, it is the text
      that the inverse would put in, as far as they are alike.

    Args:
        since: what has happened since, on the text after the edit.
        inverse: what takes the edit back, on the same text.
        below: the steps below; the last one goes on from the text after the inverse.
        back: which pieces of the text after `since` have come back.
        align: leads from what the inverse would put in to what has come back.

    >>> both = Operation([1, "bc", 1]), Operation([1, "bc", 1])  # on "ad"
    >>> transform_inverse(*both)
    (Operation([4]), Operation([4]))
    >>> transform_inverse(*both, below=[Step(Operation([1, -1, 2]))])
    (Operation([1, -2, 'bc', 1]), Operation([4]))
    """
    ways: dict[Place, Operation | None] = {}
    for place, (text, spans) in texts_of(parts_of(inverse, places_of(since))).items():
        if way := _way(text, place, back, align):
            ways[place] = way
        elif way := _found(text, place.text) or _together(text, spans, place.text, below):
            ways[place] = None if _take_out(below, spans) else way
    if not ways:
        return transform(since, inverse)
    first: list[Component] = []  # what has happened, on a text that has what has come back
    second: list[Component] = []  # the inverse, on the same text
    dropped: list[Component] = []  # what takes out of the text after the inverse what is there
    for (place, theirs), (_, ours) in zip(
        groupby(parts_of(since, ways), itemgetter(0)),
        groupby(parts_of(inverse, ways), itemgetter(0)),
        strict=True,
    ):
        way = ways[place] if place is not None else None
        if way is None:
            first += [component for _, component in theirs]
        rest = [] if way is None else list(way.components)
        for _, component in ours:
            if isinstance(component, int):
                second.append(component)
                if component > 0:
                    dropped.append(component)
                if way is not None:
                    first.append(-abs(component))
            elif place is None:
                second.append(component)
                dropped.append(len(component))
            elif way is None:
                dropped.append(-len(component))
            else:
                dropped.append(len(component))
                _follow(rest, component, first, second)
        first += rest
    since, inverse = transform(Operation(first), Operation(second))
    return Operation(dropped).compose(since), inverse


def align_letters(old: str, new: str) -> Operation:
    """As `diff`, but if all letters of one text are in the other, in order, it keeps them all.

    >>> align_letters("ad", "abcd")
    Operation([1, 'bc', 1])
    """
    way = _by_inserts(old, new)
    if way is None and (way_back := _by_inserts(new, old)):
        way = way_back.invert(new)
    return way or diff(old, new)


def _by_inserts(old: str, new: str) -> Operation | None:
    """Return what leads from one text to another by inserts alone, if that is possible."""
    components: list[Component] = []
    at = 0
    for letter in new:
        if at < len(old) and old[at] == letter:
            at += 1
            components.append(1)
        else:
            components.append(letter)
    return Operation(components) if at == len(old) else None


def _way(text: str, place: Place, back: Sequence[Span], align: Align) -> Operation | None:
    """Return what leads from a text to that of a place and keeps what has come back, if any."""
    returned = ""
    others: list[Component] = []
    at = 0
    for start, stop in overlap([(place.at, place.at + len(place.text))], back):
        start, stop = start - place.at, stop - place.at
        others += [place.text[at:start], stop - start]
        returned += place.text[start:stop]
        at = stop
    way = align(text, returned)
    if not any(isinstance(part, int) and part > 0 for part in way.components):
        return None
    others.append(place.text[at:])
    return way.compose(Operation(part for part in others if part))


def _follow(
    way: list[Component], text: str, first: list[Component], second: list[Component]
) -> None:
    """Take the part of a way off that leads over `text`; what it keeps, both keep."""
    at = 0
    while at < len(text):
        step = way.pop(0)
        if isinstance(step, str):
            first.append(step)
            continue
        count = min(abs(step), len(text) - at)
        if step > 0:
            first.append(count)
            second.append(count)
            step -= count
        else:
            second.append(text[at : at + count])
            step += count
        at += count
        if step:
            way.insert(0, step)


def _found(text: str, there: str) -> Operation | None:
    """Return what leads from a text to the one that is there, if that has it too."""
    is_chance = sum(letter not in " \t\n" for letter in text) < LEAST
    if text != there and is_chance:
        return None
    rest: list[Component] = [there[len(text) :]] if len(there) > len(text) else []
    if there.startswith(text):
        return Operation([len(text), *rest])
    if there.endswith(text):
        return Operation([there[: -len(text)], len(text)])
    return None


def _together(
    text: str, spans: Sequence[Span], there: str, below: Sequence[Step]
) -> Operation | None:
    """Return what leads from a text, by what the next steps below put in too, to what is there."""
    if len(spans) > 1 or not _by_inserts(text, there):
        return None
    place = Place(*spans[0], 0, "")
    more = since = Operation.noop(below[-1].length if below else 0)
    for step in islice(reversed(below), NEAR):
        since = step.since.compose(since) if step.since else since
        since, inverse = transform(since, step.inverse)
        more = more.compose(inverse)
        way = Operation(part for inside, part in parts_of(more, [place]) if inside)
        if way.target_length > len(there):
            return None
        if found := _found(way.apply(text), there):
            return way.compose(found)
    return None


def _take_out(steps: Sequence[Step], spans: Sequence[Span]) -> bool:
    """Whether a step would take some of these pieces out of the text that the last one is for."""
    for step in reversed(steps):
        if step.since is not None:
            spans = move_back(spans, step.since)
        if overlap(spans, deleted(step.inverse)):
            return True
        spans = move(spans, step.inverse)
    return False

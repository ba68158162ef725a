"""Places: where an operation puts text in, and what another one does there.

A place of an operation is a stretch of its walk in which it keeps nothing.  What it puts in
there stands together in the new text, whatever it deletes in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ot_core.components import Component
from ot_core.operation import Operation, Text
from ot_core.spans import Span

__all__ = ["Part", "Place", "parts_of", "places_of", "simplified", "texts_of"]


class Place(NamedTuple):
    """What goes is ``[start, stop]`` of the old text; what comes, `text`, is at `at` in the new."""

    start: int
    stop: int
    at: int
    text: str


Part = tuple[Place | None, Component]
"""A component, or a piece of one, and the place in which it lies."""


def places_of(operation: Operation) -> list[Place]:
    """Return the places where an operation puts text in, in ascending order."""
    found: list[Place] = []
    start = stop = at = 0
    text = ""
    for component in (*operation.components, 1):
        if isinstance(component, str):
            text += component
        elif component < 0:
            stop -= component
        else:
            if text:
                found.append(Place(start, stop, at, text))
            start = stop = stop + component
            at += len(text) + component
            text = ""
    return found


def parts_of(operation: Operation, places: Iterable[Place]) -> Iterator[Part]:
    """Yield the components, cut where places begin and end, each with its place.

    What is put in at either end of a place is in it.
    """
    rest = iter(places)
    place = next(rest, None)
    at = 0
    for component in operation.components:
        if isinstance(component, str):
            yield (place if place is not None and place.start <= at else None), component
            continue
        sign = 1 if component > 0 else -1
        end = at + abs(component)
        while at < end:
            while place is not None and place.stop <= at:
                place = next(rest, None)
            inside = place if place is not None and place.start <= at else None
            cut = end if place is None else min(end, inside.stop if inside else place.start)
            yield inside, sign * (cut - at)
            at = cut


def texts_of(parts: Iterable[Part]) -> dict[Place, tuple[str, list[Span]]]:
    """Return what is put in at each place, and where it is in the new text."""
    texts: dict[Place, tuple[str, list[Span]]] = {}
    at = 0
    for place, component in parts:
        if isinstance(component, int):
            at += max(component, 0)
            continue
        if place is not None:
            text, spans = texts.get(place, ("", []))
            texts[place] = text + component, [*spans, (at, at + len(component))]
        at += len(component)
    return texts


def simplified(operation: Operation, text: Text) -> Operation:
    """Return the operation without what it deletes from `text` only to put it in again.

    >>> simplified(Operation([1, "bc", -2, 1]), "abcd")
    Operation([4])
    """
    components: list[Component] = []
    for place, parts in groupby(parts_of(operation, places_of(operation)), itemgetter(0)):
        if place is not None and text[place.start : place.stop] == place.text:
            components.append(len(place.text))
        else:
            components += [component for _, component in parts]
    return Operation(components)

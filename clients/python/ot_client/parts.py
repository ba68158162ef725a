"""Parts: what is too much for one edit is sent in several.  No I/O.

The law: the parts composed are the operation, component by component; nothing is made coarser.

An operation is cut where it keeps text.  A stretch that alone is too much is cut into pieces: an
insert, a deletion, or an insert with the deletion behind it.  They may go in any order, since the
text between two of them is kept by both, or deleted by one.  Those that make the text smallest
go first: so no part makes it larger than the text before or after the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import msgspec

from ot_core import Component, Operation
from ot_protocol.messages import Limits

__all__ = ["Piece", "divided", "parted", "pieces_of", "stretches_of", "without_excess"]

ENVELOPE: Final = 4096
"""Bytes of a frame that are kept free for all but the components: 64 selections, and numbers."""
NUMBER: Final = 12
"""The most bytes of a retain or delete, and of what separates it from the next component."""

Parts = tuple[Operation, Operation]
"""What goes first, and what is left after it."""


class Piece(NamedTuple):
    """Text that goes in before a place of the old text, and code points deleted from there on."""

    at: int
    inserted: str
    deleted: int

    def growth(self, text: str) -> int:
        """Return how many bytes longer it makes the text."""
        gone = text[self.at : self.at + self.deleted]
        return len(self.inserted.encode()) - len(gone.encode())

    @property
    def components(self) -> int:
        """How many components it takes at most, with the retain before it."""
        return 1 + bool(self.inserted) + bool(self.deleted)

    @property
    def bytes(self) -> int:
        """How many bytes it takes in a frame at most, with the retain before it."""
        return 2 * NUMBER + (_size(self.inserted) + 1 if self.inserted else 0)


def divided(operation: Operation, text: Callable[[], str], limits: Limits) -> Parts | None:
    """Return an operation in two parts, if it is over a limit; the first one isn't.

    `text` returns the text that it is on, which is seldom asked for.
    """
    most = max(limits.frame_bytes - ENVELOPE, limits.frame_bytes // 2)
    if _fits(operation, limits.components, most):
        return None
    pieces = pieces_of(operation)
    units = _units(pieces, text(), limits.components - 1, most - NUMBER)
    chosen: list[int] = []
    count, size = 1, NUMBER
    for unit in units:
        count += sum(pieces[index].components for index in unit)
        size += sum(pieces[index].bytes for index in unit)
        if count > limits.components or size > most:
            break
        chosen += unit
    if not chosen:
        [smallest] = units[0]
        at, inserted, deleted = pieces[smallest]
        # What deletes takes the end of the insert along, so that it goes first and still fits.
        head, tail = _cut(inserted, most - 3 * NUMBER, from_end=deleted > 0)
        pieces[smallest : smallest + 1] = [Piece(at, head, 0), Piece(at, tail, deleted)]
        chosen = [smallest + (deleted > 0)]
    return parted(operation, pieces, set(chosen))


def without_excess(operation: Operation, text: str, most_bytes: int) -> Parts | None:
    """Return what makes `text` too large, and what is left of the operation after it.

    None: nothing does.  What lies between two places that are kept stays or goes as a whole.
    """
    pieces = pieces_of(operation)
    stretches = stretches_of(pieces)
    growth = [sum(pieces[index].growth(text) for index in stretch) for stretch in stretches]
    left = most_bytes - len(text.encode())
    gone: set[int] = set()
    for place in sorted(range(len(stretches)), key=growth.__getitem__):
        if growth[place] > max(left, 0):
            gone.update(stretches[place])
        else:
            left -= growth[place]
    return parted(operation, pieces, gone) if gone else None


def _fits(operation: Operation, most_components: int, most_bytes: int) -> bool:
    components = operation.components
    if len(components) > most_components:
        return False
    # A character takes at most six bytes, as \\u0001 does.
    longest = sum(len(part) for part in components if isinstance(part, str))
    if NUMBER * len(components) + 6 * longest <= most_bytes:
        return True
    return len(msgspec.json.encode(components)) <= most_bytes


def pieces_of(operation: Operation) -> list[Piece]:
    """Return what an operation is made of, in the order of the text."""
    pieces: list[Piece] = []
    at, inserted = 0, ""
    for component in operation.components:
        if isinstance(component, str):
            inserted = component
            continue
        if component < 0:
            pieces.append(Piece(at, inserted, -component))
        elif inserted:
            pieces.append(Piece(at, inserted, 0))
        at, inserted = at + abs(component), ""
    return [*pieces, Piece(at, inserted, 0)] if inserted else pieces


def stretches_of(pieces: Sequence[Piece]) -> list[list[int]]:
    """Return the pieces between which no text is kept, by index."""
    begins = [0]
    for before, piece in pairwise(pieces):
        begins.append(begins[-1] + (before.at + before.deleted < piece.at))
    return [list(group) for _, group in groupby(range(len(pieces)), begins.__getitem__)]


def _units(
    pieces: Sequence[Piece], text: str, most_components: int, most_bytes: int
) -> list[list[int]]:
    """Return what may go in any order, by index: first what makes the text smallest."""
    units: list[list[int]] = []
    for stretch in stretches_of(pieces):
        is_small = (
            sum(pieces[index].components for index in stretch) <= most_components
            and sum(pieces[index].bytes for index in stretch) <= most_bytes
        )
        units += [stretch] if is_small else [[index] for index in stretch]
    return sorted(units, key=lambda unit: sum(pieces[index].growth(text) for index in unit))


def parted(operation: Operation, pieces: Sequence[Piece], chosen: Collection[int]) -> Parts:
    """Return the operation of the chosen pieces, and that of the others after it."""
    first: list[Component] = []
    rest: list[Component] = []
    at = 0
    for index, piece in enumerate(pieces):
        kept = piece.at - at
        if index in chosen:
            first += (kept, piece.inserted, -piece.deleted)
            rest += (kept, len(piece.inserted))
        else:
            first += (kept, piece.deleted)
            rest += (kept, piece.inserted, -piece.deleted)
        at = piece.at + piece.deleted
    kept = operation.base_length - at
    return _operation([*first, kept]), _operation([*rest, kept])


def _operation(components: Sequence[Component]) -> Operation:
    return Operation([component for component in components if component])


def _cut(text: str, most: int, *, from_end: bool) -> tuple[str, str]:
    """Cut a text so that its beginning, or its end, takes at most so many bytes in JSON."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _size(text[-middle:] if from_end else text[:middle]) <= most:
            low = middle
        else:
            high = middle - 1
    place = len(text) - low if from_end else low
    return text[:place], text[place:]


def _size(text: str) -> int:
    return len(msgspec.json.encode(text))

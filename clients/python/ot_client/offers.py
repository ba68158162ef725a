"""`Offers`: what was given back to the user, as it could be put into the text shown again.  No I/O.

Invariant: each offer is an operation on the text shown, moved with every change of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ot_client.parts import Piece, parted, pieces_of, stretches_of
from ot_core import Operation, transform

__all__ = ["Offers", "without_what_stands"]

MOST: Final = 20
"""How many are moved along; of older ones only the text is left."""


class Offers:
    """The offers that nobody has dismissed, oldest first."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def add(self, offer_id: str, operation: Operation) -> None:
        """This was given back; what comes again under its id takes its place."""
        self._operations[offer_id] = operation
        if len(self._operations) > MOST:
            del self._operations[next(iter(self._operations))]

    def dismiss(self, offer_id: str) -> None:
        """Its user needs it no more."""
        self._operations.pop(offer_id, None)

    def move(self, operation: Operation) -> None:
        """The text shown changed."""
        for offer_id, offer in self._operations.items():
            self._operations[offer_id] = transform(operation, offer)[1]

    def all(self, text: str) -> Mapping[str, Operation]:
        """Return what each would do to `text`, the text shown."""
        return {
            offer_id: without_what_stands(offer, text)
            for offer_id, offer in self._operations.items()
        }


def without_what_stands(operation: Operation, text: str) -> Operation:
    """Return an operation on `text` without the inserts whose text stands at their place already.

    Somebody else may have put it back: of twenty people who have the same offer one is enough.
    """
    pieces = pieces_of(operation)
    missing: set[int] = set()
    for stretch in stretches_of(pieces):
        if len(stretch) > 1 or not _stands(pieces[stretch[0]], text):
            missing.update(stretch)
    return parted(operation, pieces, missing)[0]


def _stands(piece: Piece, text: str) -> bool:
    if not piece.inserted or piece.deleted:
        return False
    start, length = piece.at, len(piece.inserted)
    behind, before = text[start : start + length], text[max(start - length, 0) : start]
    return piece.inserted in (behind, before)

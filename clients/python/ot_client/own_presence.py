"""`OwnPresence`: what the server knows of the user's own carets, and of whether they type.

No I/O, no clock.  Invariant: what differs from what was told last on this connection is due.
"""

from __future__ import annotations

from math import inf
from typing import Final

import msgspec
from msgspec import UNSET, Raw

from ot_client.presence import SELF, Presences
from ot_client.presence import Presence as Shown
from ot_client.timing import REST, Pace
from ot_protocol.messages import Presence

__all__ = ["OwnPresence"]

MOST_SELECTIONS: Final = 64


class OwnPresence:
    """Says where the user's carets are, in the pace that the server wants."""

    def __init__(self, presences: Presences) -> None:
        self._presences = presences
        self._pace = Pace()
        self._is_shown = False
        self._is_told = True
        self._is_data_told = True
        self._is_typing_told = False
        self._types_until = -inf

    def begin(self, per_second: float) -> None:
        """Nothing was told yet on this connection, on which it may be so many times a second."""
        self._pace.limit(per_second)
        self._is_told = False
        self._is_data_told = self._mine.data is None

    def edited(self, now: float) -> None:
        """The user typed, which is told along with what they typed."""
        self._types_until = now + REST

    def selected(self, is_typing: bool, is_data_new: bool, now: float) -> None:
        """The user moved a caret, or shows something else beside it."""
        self._is_shown, self._is_told = True, False
        if is_data_new:
            self._is_data_told = False
        if is_typing:
            self._types_until = now + REST

    @property
    def due(self) -> float:
        """When to tell it."""
        if self._is_shown and not self._is_told:
            return self._pace.ready_at
        return max(self._pace.ready_at, self._types_until) if self._is_typing_told else inf

    def tell(self, revision: int, now: float) -> Presence:
        """Return what tells it, in the text at `revision`."""
        self._pace.spend(now)
        self._is_told = self._is_data_told = True
        self._is_typing_told = now < self._types_until
        data = self._mine.data
        raw = UNSET if data is None else Raw(msgspec.json.encode(data))
        return Presence(revision, self._pairs(), self._is_typing_told, raw)

    def tell_along(self) -> list[tuple[int, int]] | None:
        """Return the carets, to be told along with an edit; None where there are none.

        What is shown beside them doesn't go along.
        """
        if not self._mine.selections:
            return None
        self._is_told, self._is_typing_told = self._is_data_told, True
        return self._pairs()

    def refused(self) -> None:
        """What it was told along with is refused: nobody has heard of it."""
        self._is_told = False

    @property
    def _mine(self) -> Shown:
        mine = self._presences.get(SELF)
        return mine[0] if mine else Shown(())

    def _pairs(self) -> list[tuple[int, int]]:
        return [(one.anchor, one.head) for one in self._mine.selections[:MOST_SELECTIONS]]

"""`Presences`: where everybody's selections are in the text shown, whatever has happened since.

Invariant: a selection is kept as it was when it was told, with the place in the run of
changes at which it held.  It is moved when it is asked for, over O(log n) composed
operations; so a change costs the same however many carets there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ot_core import History, Operation, Selection

__all__ = ["SELF", "Presence", "Presences", "move"]

SELF: Final = ""
"""Stands for the user, whom the server names otherwise and never tells of."""

KEPT: Final = 1024
"""How many changes are kept before every selection is moved past them."""


@dataclass(frozen=True)
class Presence:
    """One participant's selections in the text shown; the first one is the main one."""

    selections: tuple[Selection, ...]
    typing: bool = False


class Presences:
    """The presence of participants, moved along with the text."""

    def __init__(self, length: int = 0) -> None:
        self._changes = History(length)
        self._told: dict[str, tuple[int, Presence]] = {}

    def put(self, participant: str, presence: Presence) -> None:
        """Somebody's selections, in the text shown; ends outside of it are moved into it."""
        length = self._changes.length
        clamped = tuple(
            Selection(min(one.anchor, length), min(one.head, length)) for one in presence.selections
        )
        self._told[participant] = self._changes.revision, Presence(clamped, presence.typing)

    def drop(self, participant: str) -> None:
        """Somebody has gone, or has no caret any more."""
        self._told.pop(participant, None)

    def keep(self, participants: Iterable[str]) -> tuple[str, ...]:
        """Only these are here, and the user; return who had a caret and has gone."""
        gone = sorted(self._told.keys() - {SELF, *participants})
        for one in gone:
            self.drop(one)
        return tuple(gone)

    def move(self, operation: Operation) -> None:
        """The text shown changed.

        Raises:
            LengthMismatch: not by an operation on that text.
        """
        changes = self._changes
        changes.append(operation)
        if changes.revision - changes.start > KEPT:
            self._told = {
                one: (changes.revision, presence)
                for one in self._told
                if (presence := self.get(one)) is not None
            }
            changes.forget(changes.revision)

    def get(self, participant: str) -> Presence | None:
        """Return somebody's presence in the text shown."""
        told = self._told.get(participant)
        if told is None:
            return None
        revision, presence = told
        return Presence(
            move(presence.selections, self._changes.between(revision, self._changes.revision)),
            presence.typing,
        )

    def others(self) -> dict[str, Presence]:
        """Return the presence of all but the user in the text shown, by participant."""
        return {
            one: presence
            for one in self._told
            if one != SELF and (presence := self.get(one)) is not None
        }


def move(selections: Sequence[Selection], operations: Iterable[Operation]) -> tuple[Selection, ...]:
    """Return the selections as they are after the operations."""
    moved = tuple(selections)
    for operation in operations:
        moved = tuple(one.transform(operation) for one in moved)
    return moved

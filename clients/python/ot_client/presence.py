"""`Presences`: where everybody's selections are in the text shown, whatever has happened since.

A participant has one presence for each of their connections.

Invariant: a selection is kept as it was when it was told, with the place in the run of
changes at which it held.  It is moved when it is asked for, over O(log n) composed
operations; so a change costs the same however many carets there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ot_core import History, Operation, Selection

__all__ = ["SELF", "Presence", "Presences", "move"]

SELF: Final = ""
"""Stands for this client, which the server names otherwise."""

KEPT: Final = 1024
"""How many changes are kept before every selection is moved past them."""


@dataclass(frozen=True)
class Presence:
    """What one connection shows: its selections in the text shown; the first is the main one."""

    selections: tuple[Selection, ...]
    typing: bool = False
    data: Any = None
    """What its program shows beside them: any JSON, or None."""
    connection: str = ""
    """The name of the connection, which it keeps when it comes back."""


class Presences:
    """The presence of participants, moved along with the text."""

    def __init__(self, length: int = 0) -> None:
        self._changes = History(length)
        self._told: dict[str, tuple[int, tuple[Presence, ...]]] = {}

    def put(self, participant: str, presences: Iterable[Presence]) -> bool:
        """Somebody shows these, in the text shown; return whether that is anything new.

        Ends outside of the text are moved into it.
        """
        before, length = self.get(participant), self._changes.length
        after = tuple(replace(one, selections=clamped(one.selections, length)) for one in presences)
        if after:
            self._told[participant] = self._changes.revision, after
        else:
            self.drop(participant)
        return after != before

    def drop(self, participant: str) -> None:
        """Somebody has gone, or shows nothing any more."""
        self._told.pop(participant, None)

    def move(self, operation: Operation) -> None:
        """The text shown changed.

        Raises:
            LengthMismatch: not by an operation on that text.
        """
        changes = self._changes
        changes.append(operation)
        if changes.revision - changes.start > KEPT:
            self._told = {one: (changes.revision, self.get(one)) for one in self._told}
            changes.forget(changes.revision)

    def get(self, participant: str) -> tuple[Presence, ...]:
        """Return what somebody shows, in the text shown."""
        told = self._told.get(participant)
        if told is None:
            return ()
        revision, presences = told
        since = tuple(self._changes.between(revision, self._changes.revision))
        return tuple(replace(one, selections=move(one.selections, since)) for one in presences)

    def others(self) -> dict[str, tuple[Presence, ...]]:
        """Return what all but this client show, by participant."""
        return {one: self.get(one) for one in self._told if one != SELF}


def clamped(selections: Iterable[Selection], length: int) -> tuple[Selection, ...]:
    """Return the selections with their ends moved into a text of that length."""
    return tuple(Selection(min(one.anchor, length), min(one.head, length)) for one in selections)


def move(selections: Sequence[Selection], operations: Sequence[Operation]) -> tuple[Selection, ...]:
    """Return the selections as they are after the operations."""
    moved = tuple(selections)
    for operation in operations:
        moved = tuple(one.transform(operation) for one in moved)
    return moved

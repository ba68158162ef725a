"""`Findings`: the problems that were found last in a session's text, moved along with it."""

from __future__ import annotations

from dataclasses import dataclass

from ot_protocol import move
from ot_protocol.messages import Diagnostic, Diagnostics
from ot_server.session.replica import Replica

__all__ = ["Findings", "Found"]


@dataclass(frozen=True)
class Found:
    """The problems in the text at `revision`."""

    epoch: int
    language: str
    revision: int
    items: list[Diagnostic]


class Findings:
    """What was found, and where that is now."""

    def __init__(self) -> None:
        self.found: Found | None = None
        """As it was found."""
        self.stamp = 0
        """Of what was found last; 0 where nothing was yet."""
        self._revision = 0
        self._items: list[Diagnostic] = []

    def put(self, found: Found) -> None:
        """Something else has been found."""
        self.found = found
        self.stamp += 1
        self._revision, self._items = found.revision, found.items

    def at_head(self, replica: Replica) -> Diagnostics | None:
        """Return the problems in the text at the head, or None where nothing is known of it."""
        found, history = self.found, replica.document.history
        if found is None or found.epoch != replica.epoch or self._revision < history.start:
            return None
        for block in history.between(self._revision, history.revision):
            self._items = [
                moved for item in self._items if (moved := move(item, block)) is not None
            ]
        self._revision = history.revision
        return Diagnostics(self._revision, self._items)

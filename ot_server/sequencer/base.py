"""`Sequencer`: how the nodes that serve one session tell each other of commits.

It accelerates, it never decides: everything said here is already in the store, and
every message may be lost, doubled or late without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from ot_server.store.rows import CommittedOperation

__all__ = ["Announcement", "Listener", "Sequencer"]


class Announcement(Struct, frozen=True):
    """The operations `first`..`last` have been committed."""

    session_id: str
    epoch: int
    chain: bytes
    """Before the first of them: a node applies only what continues its own chain."""
    operations: Sequence[CommittedOperation]


Listener = Callable[[Announcement], None]


class Sequencer(Protocol):
    """Connects the nodes that have one session live."""

    async def announce(self, announcement: Announcement) -> None:
        """Tell every node, this one included, what was committed, and pass the turn on."""

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        """Return what follows `revision` without a gap, or None: then read the store."""

    async def turn(self, session_id: str) -> None:
        """Wait for this node's turn to commit; a hint, never a lock."""

    def listen(self, session_id: str, listener: Listener) -> Callable[[], None]:
        """Hear the session's announcements until the returned function is called."""

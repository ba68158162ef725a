"""`follow`: a session's log, read from the store in stretches, each line vouched for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from ot_server.session.replica import Corrupt, Replica
from ot_server.store.base import SessionStore
from ot_server.store.rows import (
    CommittedOperation,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
    first_chain,
)

__all__ = ["STRETCH", "Progress", "follow", "replica_at"]

STRETCH: Final = 1_000
"""How many lines are held at a time."""

Progress = Callable[[int, int], None]
"""Is told how many lines are done, and how many there are."""


def replica_at(session_id: str, snapshot: Snapshot | None = None, chain: bytes = b"") -> Replica:
    """Return what can follow a session's log: from its beginning, or from a text.

    Args:
        session_id: whose log it is.
        snapshot: the text.
        chain: the chain at the revision of the text.
    """
    if snapshot is None:
        snapshot, chain = Snapshot(0, ""), first_chain(session_id)
    row = SessionRow(session_id, 0, 0, snapshot.revision, chain)
    return Replica(Standing(row, SessionInfoRow(session_id, "", "", 0, 0), {}, {}), snapshot, chain)


async def follow(
    replica: Replica, store: SessionStore, session_id: str, last: int
) -> AsyncIterator[CommittedOperation]:
    """Extend a replica up to revision `last`, and yield each line when it has been taken in.

    Raises:
        Corrupt: the log doesn't lead there; the replica is at its last sound line.
    """
    while replica.head < last:
        lines = await store.operations(session_id, replica.head, min(last, replica.head + STRETCH))
        if not lines:
            raise Corrupt(f"revision {replica.head + 1} is missing")
        for line in lines:
            replica.extend([line])
            yield line
        replica.forget(replica.head)

"""`follow`: a session's log from the store, each line vouched for before the next is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from ot_core import Operation
from ot_server.errors import Corrupt
from ot_server.session.moments import Moment
from ot_server.store.base import SessionStore
from ot_server.store.rows import CommittedOperation, Snapshot, first_chain

__all__ = ["Progress", "beginning", "follow"]

STRETCH: Final = 1_000
STRETCH_BYTES: Final = 2**20
"""How much of the log is read at a time: so many lines, or about so many bytes."""

Progress = Callable[[int, int], None]
"""Is told how many lines are done, and how many there are."""


def beginning(session_id: str, *, attributed: bool = False) -> Moment:
    """Return a session at revision 0, where nothing has to be believed."""
    return Moment(Snapshot(0, ""), first_chain(session_id), attributed=attributed)


async def follow(
    moment: Moment, store: SessionStore, session_id: str, last: int
) -> AsyncIterator[tuple[CommittedOperation, Operation]]:
    """Lead a moment on up to revision `last`, and yield each line when it has been taken in.

    Raises:
        Corrupt: the log doesn't lead there; the moment is at its last sound line.
        StoreUnavailable: the store can't be read.
    """
    while moment.revision < last:
        first = moment.revision
        lines = await store.operations(session_id, first, min(last, first + STRETCH), STRETCH_BYTES)
        if not lines:
            raise Corrupt(f"revision {first + 1} is missing")
        for line in lines:
            (operation,) = moment.extend([line])
            yield line, operation

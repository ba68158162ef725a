"""`Snapshots`: stores the text now and then, so that a session and its past load fast.

Snapshots are only made of what the store has committed, while edits go on.  They are never
required: a session without one is replayed from its first operation.  Each is made from the one
before it and the log since then, like any read of that revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
import structlog

from ot_core import History
from ot_server.errors import Corrupt, OutcomeUnknown, StoreUnavailable
from ot_server.log.past import Moment, follow, nearest
from ot_server.session.replica import Replica
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Block, CommittedOperation, Snapshot
from ot_server.telemetry.meters import Meters

__all__ = ["Snapshots"]

log = structlog.get_logger(__name__)


class Snapshots:
    """Decides when to make the next snapshot of one session."""

    def __init__(
        self,
        session_id: str,
        store: SessionStore,
        settings: Settings,
        replica: Replica,
        meters: Meters,
    ) -> None:
        self._session_id = session_id
        self._store = store
        self._settings = settings
        self._meters = meters
        self._task: asyncio.Task[None] | None = None
        self._operations = 0
        self._bytes = 0
        self._count(replica.lines)

    @property
    def is_busy(self) -> bool:
        """Whether a snapshot is being made now."""
        return self._task is not None and not self._task.done()

    def committed(self, replica: Replica, lines: Iterable[CommittedOperation]) -> None:
        """Count these new lines, and make a snapshot if enough have come since the last one."""
        self._count(lines)
        is_due = (
            self._operations >= self._settings.snapshot_operations
            or self._bytes >= self._settings.snapshot_bytes
        )
        if is_due and not self.is_busy:
            self._operations = self._bytes = 0
            self._task = asyncio.create_task(self._keep(replica.head))

    async def close(self) -> None:
        """Give up the snapshot that is being made: none is required."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _count(self, lines: Iterable[CommittedOperation]) -> None:
        for line in lines:
            self._operations += 1
            self._bytes += len(line.operation)

    async def _keep(self, revision: int) -> None:
        store, session_id = self._store, self._session_id
        try:
            moment = await nearest(store, session_id, revision, attributed=True)
            if moment.revision == revision:
                return  # another node was faster
            since = History(len(moment.text), moment.revision)
            async for operations in follow(moment, store, session_id, revision):
                for operation in operations:
                    since.append(operation)
            with self._meters.snapshot_seconds.timing():
                snapshot, block = await asyncio.to_thread(_taken, moment, since)
                await store.save_snapshot(session_id, snapshot, block)
        except (StoreUnavailable, OutcomeUnknown, Corrupt) as error:
            # The next one will do.
            log.warning("snapshot_failed", session=session_id, error=type(error).__name__)


def _taken(moment: Moment, since: History) -> tuple[Snapshot, Block]:
    """Return the snapshot of a moment, and the block that leads there."""
    assert moment.attribution is not None
    attribution = msgspec.json.encode(moment.attribution.to_wire())
    block = msgspec.json.encode(since.since(since.start).components)
    return (
        Snapshot(moment.revision, moment.text.text, attribution),
        Block(since.start, moment.revision, block),
    )

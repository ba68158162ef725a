"""`Snapshots`: the text is kept now and then, so that a session loads fast.

Only ever of what the store has committed, off the way of edits, and never needed: a
session without one is replayed from its first operation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from ot_server.session.replica import Replica
from ot_server.settings import Settings
from ot_server.store.base import OutcomeUnknown, SessionStore, StoreUnavailable
from ot_server.store.rows import CommittedOperation, Snapshot

__all__ = ["Snapshots"]

log = structlog.get_logger(__name__)


class Snapshots:
    """Decides when one session's text is kept again."""

    def __init__(
        self, session_id: str, store: SessionStore, settings: Settings, replica: Replica
    ) -> None:
        self._session_id = session_id
        self._store = store
        self._settings = settings
        self._task: asyncio.Task[None] | None = None
        self._operations = 0
        self._bytes = 0
        self._count(replica.lines)

    @property
    def is_busy(self) -> bool:
        """Whether one is being kept just now."""
        return self._task is not None and not self._task.done()

    def consider(self, replica: Replica, lines: Iterable[CommittedOperation]) -> None:
        """These lines lead to the head: keep its text if enough has come since the last time."""
        self._count(lines)
        is_due = (
            self._operations >= self._settings.snapshot_operations
            or self._bytes >= self._settings.snapshot_bytes
        )
        if is_due and not self.is_busy:
            self._operations = self._bytes = 0
            snapshot = Snapshot(replica.head, replica.document.text)
            self._task = asyncio.create_task(self._save(snapshot))

    async def close(self) -> None:
        """Give up what is being kept just now: it is never needed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _count(self, lines: Iterable[CommittedOperation]) -> None:
        for line in lines:
            self._operations += 1
            self._bytes += len(line.operation)

    async def _save(self, snapshot: Snapshot) -> None:
        try:
            await self._store.save_snapshot(self._session_id, snapshot)
        except (StoreUnavailable, OutcomeUnknown) as error:
            # The next one does as well.
            log.warning("snapshot_failed", session=self._session_id, error=type(error).__name__)

"""`Lease`: how the node at work keeps a task, and the task's lock.

Both end by the store's clock unless they are renewed, so those of a node that has died end by
themselves.  When another node ends a task, this one learns of it within a second.
"""

from __future__ import annotations

import asyncio
from typing import Final, NoReturn

import structlog

from ot_server.assistant.failures import AssistantFailed
from ot_server.errors import OutcomeUnknown, ServerError, StoreUnavailable
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantTask

__all__ = ["Cancelled", "Lease"]

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
RENEWALS: Final = 3
"""How often it is renewed while it lasts."""


class Cancelled(ServerError):
    """Somebody has ended the task."""


class Lease:
    """The task, and its lock where it has one."""

    def __init__(self, store: Store, settings: Settings, task: AssistantTask) -> None:
        self._store = store
        self._task = task
        self._seconds = settings.lock_seconds
        self.holds_lock = False

    async def keep(self) -> NoReturn:
        """Renew both until that is impossible.

        Raises:
            Cancelled: the task has been ended.
            AssistantFailed: the lock is lost, or the store has been away for too long.
        """
        loop = asyncio.get_running_loop()
        renewed = lock_renewed = loop.time()
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._seconds / RENEWALS))
            now = loop.time()
            try:
                async with asyncio.timeout(self._seconds / RENEWALS):
                    if not await self._store.renew_assistant_task(self._task.id, self._seconds):
                        raise Cancelled
                    if self.holds_lock and now - lock_renewed >= self._seconds / RENEWALS:
                        await self._renew_lock()
                        lock_renewed = now
                renewed = now
            except (StoreUnavailable, OutcomeUnknown, TimeoutError):  # or too slow for the lease
                if now - renewed >= self._seconds:
                    raise AssistantFailed("assistant_lock_lost") from None

    async def _renew_lock(self) -> None:
        task = self._task
        if not await self._store.renew_lock(task.session_id, task.id, self._seconds):
            raise AssistantFailed("assistant_lock_lost")

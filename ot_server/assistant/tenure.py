"""`Tenure`: a run, and its lock, hold as long as the node that is at work says so.

Both are leases by the store's clock: what nobody renews, because its node has died, ends by
itself for all nodes.  Whoever ends them elsewhere is heard within a second.
"""

from __future__ import annotations

import asyncio
from typing import Final, NoReturn

import structlog

from ot_server.assistant.problems import AssistantFailed
from ot_server.errors import OutcomeUnknown, ServerError, StoreUnavailable
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantRun

__all__ = ["Cancelled", "Tenure"]

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
RENEWALS: Final = 3
"""So often in a lease is it renewed."""


class Cancelled(ServerError):
    """Somebody has ended the run."""


class Tenure:
    """What one run holds."""

    def __init__(self, store: Store, settings: Settings, run: AssistantRun) -> None:
        self._store = store
        self._run = run
        self._seconds = settings.lock_seconds
        self.holds_lock = False

    async def keep(self) -> NoReturn:
        """Renew what is held, until that is impossible.

        Raises:
            Cancelled: the run has been ended.
            AssistantFailed: the lock is lost, or the store has been away for too long.
        """
        loop = asyncio.get_running_loop()
        renewed = lock_renewed = loop.time()
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._seconds / RENEWALS))
            now = loop.time()
            try:
                async with asyncio.timeout(self._seconds / RENEWALS):
                    if not await self._store.renew_assistant_run(self._run.id, self._seconds):
                        raise Cancelled
                    if self.holds_lock and now - lock_renewed >= self._seconds / RENEWALS:
                        await self._renew_lock()
                        lock_renewed = now
                renewed = now
            except (StoreUnavailable, OutcomeUnknown, TimeoutError):  # or too slow for the lease
                if now - renewed >= self._seconds:
                    raise AssistantFailed("assistant_lock_lost") from None

    async def _renew_lock(self) -> None:
        run = self._run
        if not await self._store.renew_lock(run.session_id, run.id, self._seconds):
            raise AssistantFailed("assistant_lock_lost")

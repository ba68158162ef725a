"""`Freshness`: lists say when a session was last changed, about, and no commit waits for that."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.contract import SessionStore

__all__ = ["Freshness"]

log = structlog.get_logger(__name__)

TOUCH_SECONDS: Final = 60


class Freshness:
    """Moves one session's `updated_at`, once in `TOUCH_SECONDS` at most."""

    def __init__(self, session_id: str, store: SessionStore, updated_at: float) -> None:
        self._session_id = session_id
        self._store = store
        self._updated_at = updated_at
        self._task: asyncio.Task[None] | None = None

    def consider(self) -> None:
        """The session has just been changed."""
        now = time.time()
        if now - self._updated_at >= TOUCH_SECONDS:
            self._updated_at = now
            self._task = asyncio.create_task(self._touch(now))

    async def close(self) -> None:
        """Give up what is on its way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _touch(self, now: float) -> None:
        try:
            await self._store.touch(self._session_id, now)
        except (StoreUnavailable, OutcomeUnknown) as error:
            log.warning("touch_failed", session=self._session_id, error=type(error).__name__)

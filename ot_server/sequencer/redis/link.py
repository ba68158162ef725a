"""`Link`: calls to Redis that nobody waits long for, and whether it is there at all.

Invariant: no error of Redis leaves this module; once a call has failed, none is tried
until Redis has been heard again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

__all__ = ["CALL_SECONDS", "ERRORS", "Link"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

CALL_SECONDS: Final = 0.25
"""How long an edit waits for Redis at most, and then none does until it is back."""
ERRORS: Final = (RedisError, OSError, TimeoutError, RuntimeError)
"""All that a call can come to; the last is uvloop's, where a line has broken this very moment."""


class Link:
    """The way to one Redis."""

    def __init__(self, url: str) -> None:
        # No timeout of the library's own: on Python 3.11 it may take a cancellation for itself.
        self.redis = Redis.from_url(
            url,
            socket_connect_timeout=CALL_SECONDS,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
        )
        self.up = asyncio.Event()
        """Set while Redis is there, as far as we know."""
        self.failures = 0
        """How often it wasn't."""

    async def call(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what a call returns; None, and soon, where Redis isn't there."""
        if not self.up.is_set():
            return None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await work()
        except ERRORS as error:
            self.lost(error)
            return None

    def lost(self, error: BaseException) -> None:
        """Something has failed: call it no more until it is heard again."""
        self.failures += 1
        if self.up.is_set() or self.failures == 1:
            self.up.clear()
            log.warning("redis_unavailable", error=type(error).__name__, failures=self.failures)

    def heard(self) -> None:
        """Redis has said something."""
        if not self.up.is_set():
            self.up.set()
            log.info("redis_reached")

    async def close(self) -> None:
        """Give the connections back."""
        self.up.clear()
        await self.redis.aclose()

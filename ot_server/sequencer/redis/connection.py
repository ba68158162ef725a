"""`RedisConnection`: calls to Redis that nobody waits for long, and whether Redis is there at all.

Invariant: no error of Redis leaves this module.  After a call has failed, none is tried
until Redis is heard again.
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

__all__ = ["CALL_SECONDS", "ERRORS", "RedisConnection"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

CALL_SECONDS: Final = 0.25
"""The longest that an edit waits for Redis; after that none waits until Redis is back."""
ERRORS: Final = (RedisError, OSError, TimeoutError, RuntimeError)
"""All that a call can raise; the last is uvloop's, if the connection breaks at this moment."""


class RedisConnection:
    """The connections to one Redis."""

    def __init__(self, url: str) -> None:
        # Not the library's own timeout: on Python 3.11 it can swallow a cancellation.
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
        """Return what a call returns, or None, soon, if Redis isn't there."""
        if not self.up.is_set():
            return None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await work()
        except ERRORS as error:
            self.lost(error)
            return None

    def lost(self, error: BaseException) -> None:
        """Note a failure: Redis isn't called again until it is heard."""
        self.failures += 1
        if self.up.is_set() or self.failures == 1:
            self.up.clear()
            log.warning("redis_unavailable", error=type(error).__name__, failures=self.failures)

    def heard(self) -> None:
        """Note that Redis has said something."""
        if not self.up.is_set():
            self.up.set()
            log.info("redis_reached")

    async def close(self) -> None:
        """Close the connections."""
        self.up.clear()
        await self.redis.aclose()

"""`Renewal`: has a fresh token at hand before the one in use ends.

The server says when that is, by a date; this machine's may be wrong, so nothing here happens
more often than every `RENEW_AFTER` seconds.  What is not renewed in time is no loss: the
server closes the connection, and the next one begins with a fresh token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from ot_client.clock import Clock, sleep
from ot_client.errors import Unreachable
from ot_protocol import Malformed

__all__ = ["RENEW_AFTER", "RENEW_BEFORE", "Renewal"]

RENEW_BEFORE: Final = 60.0
"""How many seconds before its end a token is replaced."""

RENEW_AFTER: Final = 10.0
"""How many seconds a token is used at least, and what lies between two tries."""


class Renewal:
    """The tokens of one connection, after the one that it began with."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[str]],
        hand_over: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`fetch` gets a fresh token, or raises `Unreachable`; `hand_over` is called with it."""
        self._fetch = fetch
        self._hand_over = hand_over
        self._clock = clock
        self._due: float | None = None
        self._told = asyncio.Event()

    def expires(self, time: str) -> None:
        """Take in when the token in use ends: a moment in RFC 3339.

        Raises:
            Malformed: it is none.
        """
        try:
            left = (datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError) as error:
            raise Malformed(f"{time!r} is no moment") from error
        self._due = self._clock.time() + max(left - RENEW_BEFORE, RENEW_AFTER)
        self._told.set()

    async def run(self) -> None:
        """Renew, again and again, until it is cancelled."""
        while True:
            await self._told.wait()
            while self._due is not None and self._clock.time() < self._due:
                await sleep(self._clock, self._due - self._clock.time())
            self._told.clear()
            try:
                token = await self._fetch()
            except Unreachable:
                self._due = self._clock.time() + RENEW_AFTER
                self._told.set()
            else:
                self._hand_over(token)

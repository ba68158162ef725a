"""`WayOut`: sends frames to one client, one at a time, and then the close.

Law: a frame is computed when the one before it has been taken, so that only a few replies
wait for a slow client; and the close comes last.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from ot_protocol import CloseCode, encode
from ot_protocol.messages import FromServer
from ot_server.telemetry.meters import Meters

__all__ = ["Transport", "WayOut"]

log = structlog.get_logger(__name__)

MOST_REPLIES: Final = 64
"""How many replies may wait for a client that asks and doesn't read."""


class Transport(Protocol):
    """The connection to one client."""

    async def send(self, frame: bytes) -> None:
        """Send a frame; returns when the next one may be computed."""

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close, saying why.  What has been sent arrives first; never raises."""


class WayOut:
    """A transport, the replies that wait for it, and its end."""

    def __init__(self, transport: Transport, slow_seconds: float) -> None:
        """A client that doesn't take a frame within `slow_seconds` is given up."""
        self.closed = asyncio.Event()
        """Set when the client has been told that this is the end."""
        self._transport = transport
        self._slow_seconds = slow_seconds
        self._wake = asyncio.Event()
        self._replies: deque[FromServer] = deque()
        self._ending: tuple[CloseCode, str] | None = None

    def wake(self) -> None:
        """Note that there may be a frame to send."""
        self._wake.set()

    def tell(self, message: FromServer) -> None:
        """Queue a reply."""
        if len(self._replies) >= MOST_REPLIES:
            self.end(CloseCode.TRY_AGAIN_LATER, "answers are not read")
            return
        self._replies.append(message)
        self.wake()

    def reply(self) -> bytes | None:
        """Return the frame of the next reply, if any."""
        return encode(self._replies.popleft()) if self._replies else None

    def end(self, code: CloseCode, reason: str) -> None:
        """Close, after the replies are sent."""
        if self._ending is None:
            self._ending = (code, reason)
        self.wake()

    async def write(
        self, first: bytes, following: Callable[[], Awaitable[bytes | None]], meters: Meters
    ) -> None:
        """Send the first frame, then all `following` ones until the end; then close."""
        try:
            if await self._send(first, meters):
                await self._write(following, meters)
        except ConnectionError:
            self.end(CloseCode.GOING_AWAY, "the client has gone")
        except Exception:
            log.exception("writer_failed")
            self.end(CloseCode.INTERNAL_ERROR, "something went wrong here")
        assert self._ending is not None
        meters.closes[self._ending[0].name.lower()] += 1
        try:
            await self._transport.close(*self._ending)
        finally:
            self.closed.set()

    async def _write(
        self, following: Callable[[], Awaitable[bytes | None]], meters: Meters
    ) -> None:
        while self._ending is None or self._replies:
            self._wake.clear()
            frame = await following()
            if frame is None:
                await self._wake.wait()
            elif not await self._send(frame, meters):
                return

    async def _send(self, frame: bytes, meters: Meters) -> bool:
        """Send a frame, and return whether it was taken in time; if not, this is the end."""
        try:
            async with asyncio.timeout(self._slow_seconds):
                await self._transport.send(frame)
        except TimeoutError:
            meters.slow_readers += 1
            self.end(CloseCode.TRY_AGAIN_LATER, "nothing was read for too long")
            return False
        return True

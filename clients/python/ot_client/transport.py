"""What carries frames, as the rest of the package sees it, and how it ends.

A transport delivers frames whole, in order, until it is closed.  Any that does will
do: `ot_client.websocket` is the one for the network, and a test passes its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

__all__ = ["ABNORMAL", "Dial", "Disconnected", "Transport"]

ABNORMAL: Final = 1006
"""The close code of a connection that ended without one."""


class Disconnected(Exception):
    """The other end is gone, or never was there; `code` is a WebSocket close code."""

    def __init__(self, code: int = ABNORMAL, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """One connection.  One task sends, one receives."""

    async def send(self, frame: bytes) -> None:
        """Send one text frame, UTF-8.

        Raises:
            Disconnected: the connection is gone; whether the frame arrived is not known.
        """

    async def receive(self) -> bytes:
        """Wait for the next text frame, UTF-8.

        Raises:
            Disconnected: there will be none.
        """

    async def close(self) -> None:
        """End the connection; what waits in `receive` or `send` is let go."""


Dial = Callable[[], Awaitable[Transport]]
"""Opens a connection, or raises `Disconnected` with the code that a close would have."""

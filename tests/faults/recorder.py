"""`Recorder`: the frames that one client sent and received.

It reads the frames itself, independently of what the client makes of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, Final, NamedTuple

import msgspec

from ot_client import Dial, Transport
from ot_client.websocket import websocket

__all__ = ["Ack", "Recorder"]

TAKEN_BACK: Final = ("reject", "reset")


class Ack(NamedTuple):
    """An edit that a client was told is committed."""

    seq: int
    after: int
    """Its revision is after this one…"""
    until: int
    """… and not after this one."""


class Recorder:
    """Connects to one address after the other, and listens in."""

    def __init__(self, urls: Sequence[str], session_id: str) -> None:
        self.acks: list[Ack] = []
        self.sent = 0
        """The highest seq that was sent."""
        self.taken_back: list[str] = []
        """Frames by which the server took back what was typed: no fault is a reason for that."""
        self._dials = cycle([websocket(f"{url}/ws/{session_id}") for url in urls])
        self._stirred = asyncio.Event()

    @property
    def dial(self) -> Dial:
        """The function by which the client opens its connections."""

        async def dial() -> Transport:
            return _Recorded(await next(self._dials)(), self)

        return dial

    @property
    def acked(self) -> int:
        """The highest seq that was acknowledged."""
        return max((ack.seq for ack in self.acks), default=0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true that can only change with a frame."""
        while not condition():
            self._stirred.clear()
            await self._stirred.wait()

    def said(self, frame: bytes) -> None:
        """Take in a frame from the client."""
        message = msgspec.json.decode(frame)
        if message["type"] == "edit":
            self.sent = max(self.sent, message["seq"])

    def told(self, frame: bytes) -> None:
        """Take in a frame to the client."""
        message = msgspec.json.decode(frame)
        if message.get("changes") is not None:
            self.acks += _acks(message)
        if message["type"] in TAKEN_BACK or message.get("reset"):
            self.taken_back.append(frame.decode())
        self._stirred.set()


class _Recorded:
    """A transport that passes its frames to a recorder."""

    def __init__(self, transport: Transport, recorder: Recorder) -> None:
        self._transport = transport
        self._recorder = recorder

    async def send(self, frame: bytes) -> None:
        self._recorder.said(frame)
        await self._transport.send(frame)

    async def receive(self) -> bytes:
        frame = await self._transport.receive()
        self._recorder.told(frame)
        return frame

    async def close(self) -> None:
        await self._transport.close()


def _acks(message: dict[str, Any]) -> list[Ack]:
    """Return what an update or a welcome acknowledges, with the revisions as exact as it says."""
    first, last, changes = message["from"], message["to"], message["changes"]
    is_exact = len(changes) == last - first
    return [
        Ack(change["ack"], *((first + index, first + index + 1) if is_exact else (0, last)))
        for index, change in enumerate(changes)
        if "ack" in change
    ]

"""`Recorder`: what one client said and was told, as it went over the wire.

It reads the frames for itself: what a client makes of them is another question.
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
    """An edit that a client has been told is committed."""

    seq: int
    after: int
    """Its revision is above this one…"""
    until: int
    """… and not above this one."""


class Recorder:
    """Dials one address after the other, from the first on, and listens in."""

    def __init__(self, urls: Sequence[str], session_id: str) -> None:
        self.acks: list[Ack] = []
        self.sent = 0
        """The highest seq that was sent."""
        self.taken_back: list[str] = []
        """Frames by which the server took back what was typed: no fault is a reason to."""
        self._dials = cycle([websocket(f"{url}/ws/{session_id}") for url in urls])
        self._stirred = asyncio.Event()

    @property
    def dial(self) -> Dial:
        """What a client is to open its connections by."""

        async def dial() -> Transport:
            return _Recorded(await next(self._dials)(), self)

        return dial

    @property
    def acked(self) -> int:
        """The highest seq that was acknowledged."""
        return max((ack.seq for ack in self.acks), default=0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so, which can only change with a frame."""
        while not condition():
            self._stirred.clear()
            await self._stirred.wait()

    def said(self, frame: bytes) -> None:
        """Take in what the client says."""
        message = msgspec.json.decode(frame)
        if message["type"] == "edit":
            self.sent = max(self.sent, message["seq"])

    def told(self, frame: bytes) -> None:
        """Take in what the client is told."""
        message = msgspec.json.decode(frame)
        if message.get("changes") is not None:
            self.acks += _acks(message)
        if message["type"] in TAKEN_BACK or message.get("reset"):
            self.taken_back.append(frame.decode())
        self._stirred.set()


class _Recorded:
    """A transport on which somebody listens in."""

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
    """Return what an update or a welcome acknowledges, as exactly as it says where."""
    first, last, changes = message["from"], message["to"], message["changes"]
    is_exact = len(changes) == last - first
    return [
        Ack(change["ack"], *((first + index, first + index + 1) if is_exact else (0, last)))
        for index, change in enumerate(changes)
        if "ack" in change
    ]

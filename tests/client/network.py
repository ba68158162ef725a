"""A network without sockets, for sessions: it reaches a `FakeServer`, or breaks on request.

`Network.dial` is what `connect` takes in the place of a WebSocket.  Its clock runs
200 times as fast as ours: nobody waits for what takes seconds, and a busy machine still has
50 ms for what must be done within ten of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ot_client import Disconnected
from tests.client.fake_server import FakeServer, Peer

SPEED: Final = 200.0


class FastClock:
    """The event loop's clock, but faster."""

    def __init__(self, speed: float = SPEED) -> None:
        self._speed = speed

    def time(self) -> float:
        return asyncio.get_running_loop().time() * self._speed

    def call_at(self, when: float, callback: Callable[[], None], /) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_at(when / self._speed, callback)


class Line:
    """One connection to the server, as the client's transport."""

    def __init__(self, peer: Peer, network: Network) -> None:
        self._peer = peer
        self._network = network
        self._stirred = asyncio.Event()
        peer.on_frame = self._stirred.set

    async def send(self, frame: bytes) -> None:
        if self._peer.dropped is not None:
            raise Disconnected(self._peer.dropped)
        if self._network.answers:
            self._peer.take(frame)

    async def receive(self) -> bytes:
        while not self._peer.frames:
            if self._peer.dropped is not None:
                raise Disconnected(self._peer.dropped)
            self._stirred.clear()
            await self._stirred.wait()
        return self._peer.frames.popleft()

    async def close(self) -> None:
        self._peer.drop(1000)


@dataclass
class Network:
    """Leads to one server, unless it is down."""

    server: FakeServer = field(default_factory=lambda: FakeServer(Random(0)))
    down: int | None = None
    """The code that a connection attempt ends with, or None where it succeeds."""
    dialled: int = 0
    answers: bool = True
    """Whether the server hears what is sent to it."""
    clock: FastClock = field(default_factory=FastClock)

    async def dial(self) -> Line:
        self.dialled += 1
        if self.down is not None:
            raise Disconnected(self.down)
        peer = self.server.connect()
        return Line(peer, self)

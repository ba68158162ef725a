"""`Connection`: one WebSocket between a client and a node, and everything that can happen to it.

Frames arrive in order, each with a delay of its own, or not at all.  Each end notices at a time
of its own that the connection is cut, and what the client sent may still reach the node long
after the client has connected elsewhere.  A client that reads slowly makes the node wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf
from random import Random
from typing import Final, NamedTuple

from aiohttp import WSMessage, WSMsgType

from ot_client import Disconnected
from tests.simulation.loop import WORLD

__all__ = ["ClientEnd", "Connection", "ServerEnd"]

QUICK: Final = 0.01
"""How long a frame takes on average, in seconds."""
WINDOW: Final = 4
"""How many frames to a client may be unread or on their way; then the node waits."""
ABNORMAL: Final = 1006


class Frame(NamedTuple):
    """A frame that was sent."""

    data: bytes
    mark: int
    """How many commits there had been at that time."""


class Close(NamedTuple):
    """The end: nothing comes after it."""

    code: int = ABNORMAL
    reason: str = ""


class Pipe:
    """One direction."""

    def __init__(self, random: Random) -> None:
        self.is_closed = False
        """Whether the writer knows that nobody reads."""
        self.under_way = 0
        """How many were sent and not read."""
        self._stalled_until = 0.0
        self._random = random
        self._items: deque[Frame | Close] = deque()
        self._last = 0.0
        self._is_cut = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def put(self, item: Frame | Close) -> None:
        """Send an item; it arrives after those before it."""
        if self._is_cut:
            return
        loop = asyncio.get_running_loop()
        due = max(loop.time() + self._random.expovariate(1 / QUICK), self._stalled_until)
        self._last = max(self._last + 1e-5, due)
        self.under_way += 1
        loop.call_at(self._last, self._arrive, item, context=WORLD)

    async def room(self) -> None:
        """Wait until one more may be sent."""
        while self.under_way >= WINDOW and not self.is_closed:
            self._writer = asyncio.get_running_loop().create_future()
            await self._writer

    async def get(self) -> Frame | Close:
        """Return the next item; a `Close` is returned again and again."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        item = self._items[0]
        if isinstance(item, Frame):
            self._items.popleft()
            self.under_way -= 1
            _wake(self._writer)
        return item

    def stall(self, seconds: float) -> None:
        """See `Connection.stall`."""
        self._stalled_until = asyncio.get_running_loop().time() + seconds

    def cut(self, notices: float) -> None:
        """Accept nothing more; what is on its way arrives until the reader notices the cut."""
        if not self._is_cut:
            self._is_cut = True
            asyncio.get_running_loop().call_later(notices, self._arrive, Close(), context=WORLD)

    def close(self) -> None:
        """Let the writer learn that nobody reads."""
        self.is_closed = self._is_cut = True
        _wake(self._writer)

    def _arrive(self, item: Frame | Close) -> None:
        if not (self._items and isinstance(self._items[-1], Close)):
            self._items.append(item)
            _wake(self._reader)


class Connection:
    """Both directions of one connection."""

    def __init__(self, random: Random, mark: Callable[[], int]) -> None:
        """`mark` returns the number of commits so far."""
        self.to_server, self.to_client = Pipe(random), Pipe(random)
        self.mark = mark
        self.random = random
        self._calm_since = asyncio.get_running_loop().time()

    def is_undisturbed(self, seconds: float) -> bool:
        """Whether nothing has been wrong with it for `seconds`."""
        return self._calm_since <= asyncio.get_running_loop().time() - seconds

    def cut(self, client_notices: float, server_notices: float) -> None:
        """Break the connection; each end notices after some seconds."""
        self._calm_since = inf
        self.to_client.cut(client_notices)
        self.to_server.cut(server_notices)

    def stall(self, pipe: Pipe, seconds: float) -> None:
        """Delay everything that is sent in this direction from now on, for a while."""
        self._calm_since = max(self._calm_since, asyncio.get_running_loop().time() + seconds)
        pipe.stall(seconds)


class ClientEnd:
    """`ot_client.transport.Transport`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.mark = 0
        """How many commits there had been when the last frame read was sent."""

    async def send(self, frame: bytes) -> None:
        if self._connection.to_server.is_closed:
            raise Disconnected
        self._connection.to_server.put(Frame(frame, 0))

    async def receive(self) -> bytes:
        item = await self._connection.to_client.get()
        if isinstance(item, Close):
            self._connection.to_server.close()
            raise Disconnected(item.code, item.reason)
        self.mark = item.mark
        return item.data

    async def close(self) -> None:
        self._connection.to_server.cut(self._connection.random.expovariate(1 / QUICK))


class ServerEnd:
    """What `ot_server.socket` uses of aiohttp's WebSocket."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def receive(self) -> WSMessage:
        item = await self._connection.to_server.get()
        if isinstance(item, Close):
            self._connection.to_client.close()
            return WSMessage(WSMsgType.CLOSED, None, None)
        return WSMessage(WSMsgType.TEXT, item.data, None)

    async def send_frame(self, frame: bytes, _kind: WSMsgType) -> None:
        item = Frame(frame, self._connection.mark())
        await self._connection.to_client.room()
        if self._connection.to_client.is_closed:
            raise ConnectionResetError
        self._connection.to_client.put(item)

    async def close(self, *, code: int, message: bytes) -> None:
        self._connection.to_client.put(Close(code, message.decode()))
        self._connection.to_client.close()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)

"""`Link`: one WebSocket between a client and a node, with all that can become of it.

Frames arrive in order, each in its own time, or not at all.  A link that is cut is noticed
by either end when it is noticed, and what the client had sent may still reach the node long after
the client has gone elsewhere.  A client that reads slowly makes the node wait.
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

__all__ = ["ClientEnd", "Link", "ServerEnd"]

QUICK: Final = 0.01
"""How long a frame takes on average, in seconds."""
WINDOW: Final = 4
"""So many frames may be under way to a client, or unread; then the node waits."""
ABNORMAL: Final = 1006


class Frame(NamedTuple):
    """What a node has sent."""

    data: bytes
    mark: int
    """How much had been committed then."""


class Close(NamedTuple):
    """The last thing that comes."""

    code: int = ABNORMAL
    reason: str = ""


class Pipe:
    """One direction."""

    def __init__(self, random: Random) -> None:
        self.is_closed = False
        """Whether whoever writes knows that nobody reads."""
        self.under_way = 0
        """So many are sent and not read."""
        self._stalled_until = 0.0
        self._random = random
        self._items: deque[Frame | Close] = deque()
        self._last = 0.0
        self._is_cut = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def put(self, item: Frame | Close) -> None:
        """Let it arrive, in its turn."""
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
        """Return what comes next; after a `Close` it comes again."""
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
        """See `Link.stall`."""
        self._stalled_until = asyncio.get_running_loop().time() + seconds

    def cut(self, notices: float) -> None:
        """Let nothing more in; what is under way arrives until the reader sees so."""
        if not self._is_cut:
            self._is_cut = True
            asyncio.get_running_loop().call_later(notices, self._arrive, Close(), context=WORLD)

    def close(self) -> None:
        """Whoever writes learns that nobody reads."""
        self.is_closed = self._is_cut = True
        _wake(self._writer)

    def _arrive(self, item: Frame | Close) -> None:
        if not (self._items and isinstance(self._items[-1], Close)):
            self._items.append(item)
            _wake(self._reader)


class Link:
    """Both directions of one connection."""

    def __init__(self, random: Random, mark: Callable[[], int]) -> None:
        """`mark` says how much has been committed."""
        self.to_server, self.to_client = Pipe(random), Pipe(random)
        self.mark = mark
        self.random = random
        self._calm_since = asyncio.get_running_loop().time()

    def is_undisturbed(self, seconds: float) -> bool:
        """Whether nothing has been wrong with it for so long."""
        return self._calm_since <= asyncio.get_running_loop().time() - seconds

    def cut(self, client_notices: float, server_notices: float) -> None:
        """Break, so that the two ends see so after some seconds."""
        self._calm_since = inf
        self.to_client.cut(client_notices)
        self.to_server.cut(server_notices)

    def stall(self, pipe: Pipe, seconds: float) -> None:
        """Let nothing arrive for a while that is sent from now on in this direction."""
        self._calm_since = max(self._calm_since, asyncio.get_running_loop().time() + seconds)
        pipe.stall(seconds)


class ClientEnd:
    """`ot_client.transport.Transport`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.mark = 0
        """How much had been committed when what was read last was sent."""

    async def send(self, frame: bytes) -> None:
        if self._link.to_server.is_closed:
            raise Disconnected
        self._link.to_server.put(Frame(frame, 0))

    async def receive(self) -> bytes:
        item = await self._link.to_client.get()
        if isinstance(item, Close):
            self._link.to_server.close()
            raise Disconnected(item.code, item.reason)
        self.mark = item.mark
        return item.data

    async def close(self) -> None:
        self._link.to_server.cut(self._link.random.expovariate(1 / QUICK))


class ServerEnd:
    """What `ot_server.socket` asks of aiohttp's WebSocket."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def receive(self) -> WSMessage:
        item = await self._link.to_server.get()
        if isinstance(item, Close):
            self._link.to_client.close()
            return WSMessage(WSMsgType.CLOSED, None, None)
        return WSMessage(WSMsgType.TEXT, item.data, None)

    async def send_frame(self, frame: bytes, _kind: WSMsgType) -> None:
        item = Frame(frame, self._link.mark())
        await self._link.to_client.room()
        if self._link.to_client.is_closed:
            raise ConnectionResetError
        self._link.to_client.put(item)

    async def close(self, *, code: int, message: bytes) -> None:
        self._link.to_client.put(Close(code, message.decode()))
        self._link.to_client.close()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)

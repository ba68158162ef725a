"""`Node`: one server process, from its WebSocket handler inwards, without a socket.

All of it is the real thing: `ot_server.socket`, hub, actors, connections, the sequencer for
Redis.  Simulated are only aiohttp's WebSocket, Redis and the store.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Final, cast

from aiohttp import web
from msgspec import structs

from ot_server import socket
from ot_server.access.tokens import GuestToken
from ot_server.codehelp.completer import Completer
from ot_server.errors import Evicted, StoreUnavailable
from ot_server.http.framework.services import SERVICES
from ot_server.sequencer.redis import RedisSequencer
from ot_server.session.actor import Actor
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from tests.simulation.database import Database, Way
from tests.simulation.loop import Process
from tests.simulation.network import Link, ServerEnd
from tests.simulation.simulated_redis import SimulatedRedis

__all__ = ["Node", "WebSocket", "token"]

PATIENCE: Final = 10.0
"""How long a session may be on its way from one actor to the next, in seconds."""
NEVER: Final = 4 * 10**9
"""When all tokens end, in seconds since 1970."""


class Tokens:
    """Reads what `token` makes; the real ones have tests of their own."""

    def read(self, token: str, _leeway: float) -> GuestToken:
        session_id, _, participant_id = token.partition("/")
        return GuestToken(session_id, participant_id, NEVER)


def token(session_id: str, participant_id: str) -> str:
    """Return what lets a participant in."""
    return f"{session_id}/{participant_id}"


class WebSocket(ServerEnd):
    """Stands where the handler makes an `aiohttp.web.WebSocketResponse`."""

    def __init__(self, **_options: object) -> None:
        pass

    async def prepare(self, request: web.Request) -> None:
        super().__init__(cast("Any", request).link)


class Node:
    """One server process."""

    def __init__(
        self, name: str, database: Database, redis: SimulatedRedis, settings: Settings
    ) -> None:
        self.name = name
        self.process = Process()
        self.way = Way(database, settings.unavailable_seconds)
        self.redis = redis.client(name)
        self.links: list[Link] = []
        self.is_leaving = False
        self._sequencer = self.process.do(RedisSequencer, name)
        self.hub = Hub(self.way, self._sequencer, settings)
        self.services: Any = SimpleNamespace(
            settings=settings,
            store=self.way,
            hub=self.hub,
            tokens=Tokens(),
            limits=SimpleNamespace(count=lambda _bucket, _request: None),
            completer=Completer(structs.replace(settings, completion=False)),
        )
        """`ot_server.http.framework.services.Services`."""

    @property
    def is_undisturbed(self) -> bool:
        """Whether nothing has kept it from its work for some seconds, but for Redis."""
        return self.process.runs and not self.is_leaving and self.way.is_well

    def start(self) -> None:
        """Let it serve."""
        self.process.start(self._sequencer.open())
        self.process.do(self.hub.start)

    def accept(self, link: Link, session_id: str) -> None:
        """A client has connected."""
        self.links.append(link)
        request = SimpleNamespace(
            app={SERVICES: self.services},
            match_info={"session_id": session_id},
            transport=None,
            link=link,
        )
        self.process.start(_serve(request))

    async def actor(self, session_id: str) -> Actor:
        """Return a session as this node has it, when it has caught up with the store.

        Raises:
            TimeoutError: it has tried for long.
        """
        return await self.process.task(self._actor(session_id))

    async def _leave(self) -> None:
        await self.hub.close()
        await self._sequencer.close()

    async def _actor(self, session_id: str) -> Actor:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(Evicted, StoreUnavailable):
                    actor = await self.hub.actor(session_id)
                    await actor.caught_up()
                    return actor
                await asyncio.sleep(0.1)

    def kill(self, *, silently: bool) -> None:
        """Let it be gone; `silently`: with its machine, so that nobody is told."""
        self.process.kill()
        self.redis.redis.disconnect(self.redis)
        for link in self.links:
            notices = link.random.uniform(1, 6) if silently else link.random.expovariate(50)
            link.cut(notices, notices)

    async def drain(self) -> None:
        """Let it finish and go, as by SIGTERM."""
        self.is_leaving = True
        # Not awaited itself: whoever gives up here can't take the process's work back.
        await asyncio.wait([self.process.task(self._leave())])
        self.kill(silently=False)


async def _serve(request: SimpleNamespace) -> None:
    handler: Any = socket.socket
    await handler(request)

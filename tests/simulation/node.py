"""`Node`: one server process, from its WebSocket handler inwards, without a socket.

Everything is real: `ot_server.socket`, hub, actors, connections, the sequencer for Redis.
Only aiohttp's WebSocket, Redis and the store are simulated.
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
from tests.simulation.network import Connection, ServerEnd
from tests.simulation.simulated_redis import SimulatedRedis

__all__ = ["Node", "WebSocket", "token"]

PATIENCE: Final = 10.0
"""How long a session may take to move from one actor to the next, in seconds."""
NEVER: Final = 4 * 10**9
"""When all tokens expire, in seconds since 1970."""


class Tokens:
    """Reads the tokens of `token`; the real ones have tests of their own."""

    def read(self, token: str, _leeway: float) -> GuestToken:
        session_id, _, participant_id = token.partition("/")
        return GuestToken(session_id, participant_id, NEVER)


def token(session_id: str, participant_id: str) -> str:
    """Return a token for a participant."""
    return f"{session_id}/{participant_id}"


class WebSocket(ServerEnd):
    """Replaces the `aiohttp.web.WebSocketResponse` that the handler makes."""

    def __init__(self, **_options: object) -> None:
        pass

    async def prepare(self, request: web.Request) -> None:
        super().__init__(cast("Any", request).connection)


class Node:
    """One server process."""

    def __init__(
        self, name: str, database: Database, redis: SimulatedRedis, settings: Settings
    ) -> None:
        self.name = name
        self.process = Process()
        self.way = Way(database, settings.unavailable_seconds)
        self.redis = redis.client(name)
        self.connections: list[Connection] = []
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
        """Whether nothing except Redis has disturbed its work for some seconds."""
        return self.process.runs and not self.is_leaving and self.way.is_well

    def start(self) -> None:
        """Let it serve."""
        self.process.start(self._sequencer.open())
        self.process.do(self.hub.start)

    def accept(self, connection: Connection, session_id: str) -> None:
        """Take the connection of a client."""
        self.connections.append(connection)
        request = SimpleNamespace(
            app={SERVICES: self.services},
            match_info={"session_id": session_id},
            transport=None,
            connection=connection,
        )
        self.process.start(_serve(request))

    async def actor(self, session_id: str) -> Actor:
        """Return the actor of a session on this node, once it has caught up with the store.

        Raises:
            TimeoutError: it has tried for too long.
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
        """Kill it; `silently`: with its machine, so that clients only notice later."""
        self.process.kill()
        self.redis.redis.disconnect(self.redis)
        for connection in self.connections:
            notices = (
                connection.random.uniform(1, 6) if silently else connection.random.expovariate(50)
            )
            connection.cut(notices, notices)

    async def drain(self) -> None:
        """Let it finish its work and end, as by SIGTERM."""
        self.is_leaving = True
        # Not awaited directly: a caller that gives up must not cancel the process's work.
        await asyncio.wait([self.process.task(self._leave())])
        self.kill(silently=False)


async def _serve(request: SimpleNamespace) -> None:
    handler: Any = socket.socket
    await handler(request)

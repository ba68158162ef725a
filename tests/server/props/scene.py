"""A session in which somebody is about to misbehave, and everything that must not change by it.

The law that `Scene.is_unharmed` holds: whatever one client says, another one's edit is
acknowledged afterwards, it is the only new line of the log, nothing has failed inside
the server, and nothing that was secret is in its logs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from ot_server.access.tokens import Tokens, read_secret
from ot_server.store.rows import CommittedOperation
from tests.server.props.bad_frames import SETTLED
from tests.server.props.peer import Peer, Room, open_room
from tests.servers import Server

__all__ = [
    "Logs",
    "Scene",
    "forged_claims",
    "http",
    "logs",
    "scene",
    "set_scene",
    "tokens_of",
    "watched",
]

EVERYTHING: Final = 2**31


@dataclass
class Logs:
    """All that is logged, by whomever, and what reached the event loop's last resort."""

    events: list[MutableMapping[str, Any]] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)

    def are_clean(self, *secrets: str) -> None:
        """Fail if there is a traceback, an error of the event loop, or a secret."""
        assert self.lost == []
        assert [event for event in self.events if event.get("exc_info")] == []
        assert [record for record in self.records if record.exc_info] == []
        written = "\n".join(
            [*map(str, self.events), *(record.getMessage() for record in self.records)]
        )
        for secret in secrets:
            assert secret not in written


class Keeper(logging.Handler):
    """Keeps the records of the standard library's loggers: aiohttp's, asyncio's, all."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def watched() -> Iterator[Logs]:
    """Watch every way in which this process can say that something went wrong."""
    logs = Logs()
    root, keeper = logging.getLogger(), Keeper(logs.records)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: logs.lost.append(context))
    root.addHandler(keeper)
    try:
        with capture_logs() as logs.events:
            yield logs
    finally:
        root.removeHandler(keeper)
        loop.set_exception_handler(None)


@dataclass
class Scene:
    """The text is "hello!" at revision 2; the culprit wrote the "!" with its seq 5."""

    server: Server
    http: ClientSession
    logs: Logs
    room: Room
    culprit: Peer
    witness: Peer

    async def log(self) -> list[CommittedOperation]:
        """Return every line of the session's log."""
        return await self.server.store.operations(self.room.session_id, 0, EVERYTHING)

    async def is_unharmed(self) -> None:
        """Fail unless nothing has come of what the culprit said; the witness edits."""
        before = await self.log()
        assert len(before) == 2
        await self.witness.type("I saw it all")
        *rest, last = await self.log()
        assert rest == before
        assert last.client_id == self.witness.client
        self.logs.are_clean(self.room.token, "hello!", "I saw it all")

    async def culprit_goes_on(self) -> None:
        """Fail unless the culprit's next edit is committed, if it is a good one."""
        head = len(await self.log())
        assert await self.culprit.type("sorry") == head + 1


def tokens_of(server: Server) -> Tokens:
    """Return what makes the tokens that this server takes."""
    return Tokens(read_secret(server.settings.data_folder))


def forged_claims(room: Room) -> dict[str, Any]:
    """Return the claims of a token that would be good."""
    now = int(time.time())
    return {
        "iss": "ot-collab",
        "aud": "ot-collab",
        "typ": "guest",
        "iat": now,
        "exp": now + 60,
        "sub": room.participant,
        "sid": room.session_id,
    }


@asynccontextmanager
async def set_scene(server: Server) -> AsyncIterator[Scene]:
    """Make a session with a culprit and a witness in it."""
    with watched() as logs:
        async with ClientSession() as http:
            room = await open_room(http, server.url, text="hello")
            culprit = await Peer.enter(http, room)
            await culprit.say(SETTLED)
            update = await culprit.hear_of("update", "reject", "error")
            assert update["changes"] == [{"ack": 5}]
            culprit.seq, culprit.length = 6, 6
            witness = await Peer.enter(http, room)
            yield Scene(server, http, logs, room, culprit, witness)


@pytest.fixture
async def logs() -> AsyncIterator[Logs]:
    """What is logged during the test: nothing that went wrong."""
    with watched() as logs:
        yield logs
    logs.are_clean()


@pytest.fixture
async def http(logs: Logs) -> AsyncIterator[ClientSession]:
    async with ClientSession() as http:
        yield http


@pytest.fixture
async def scene(server: Server) -> AsyncIterator[Scene]:
    """A scene on a server with the default settings."""
    async with set_scene(server) as scene:
        yield scene

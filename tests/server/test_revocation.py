"""The race of promise 10: somebody floods edits while his access is taken away, over REST.

The witness is the store itself.  A trigger notes the head of the session in the very
transaction that takes the access away: no line of his may come after it, let alone after the
2xx.  Each race is drawn from a seed, which is printed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal, get_args

import pytest
from aiohttp import ClientSession

from tests.server.peer import Closed, Message, Peer, Room
from tests.server.people import Person, person
from tests.server.scene import Logs
from tests.servers import Server

Way = Literal["remove", "demote", "kick", "make private", "delete the link", "let it go"]
"""How the access ends: `let it go` is that the editor leaves by himself."""

WAYS: Final[tuple[Way, ...]] = get_args(Way)
BY_LINK: Final = ("make private", "delete the link")
MOST_SOCKETS: Final = 4
MOST_EDITS: Final = 6
"""How many are acknowledged before the access ends."""
MOST_STEPS: Final = 12
"""How many steps of the event loop lie between the last of them and the call."""
DELIVERY_SECONDS: Final = 2.0

NOTE_THE_CUT: Final = """
CREATE TABLE cuts (session_id TEXT, participant_id TEXT, head INTEGER);
CREATE TRIGGER of_a_role AFTER UPDATE OF role ON participants WHEN new.role IS NOT old.role
BEGIN
    INSERT INTO cuts SELECT id, new.id, head FROM sessions WHERE id = new.session_id;
END;
CREATE TRIGGER of_visibility AFTER UPDATE OF visibility ON session_info
WHEN new.visibility = 'private'
BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link IS NOT NULL
    WHERE sessions.id = new.id;
END;
CREATE TRIGGER of_a_link AFTER DELETE ON links
BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link = old.link
    WHERE sessions.id = old.session_id;
END;
"""


@pytest.fixture
def witness(server: Server) -> Iterator[sqlite3.Connection]:
    """The database of the server, with the triggers that note where access ended."""
    with closing(sqlite3.connect(Path(server.settings.data) / "ot.sqlite3", timeout=30)) as db:
        db.executescript(NOTE_THE_CUT)
        yield db


class Flood:
    """One socket of the editor, who types as fast as he is answered until he is stopped."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.acknowledged = 0
        self.moved = asyncio.Event()
        self.refused = asyncio.Event()
        self.end: int | None = None
        """The code of the close, if there was one."""
        self._task = asyncio.create_task(self._type())

    async def until(self, acknowledged: int) -> None:
        """Return when so many edits are in the log."""
        while self.acknowledged < acknowledged:
            self.moved.clear()
            await self.moved.wait()

    async def stopped(self) -> None:
        """Return when the flood has ended: by a refusal, or by a close."""
        await self._task

    async def _type(self) -> None:
        try:
            while True:
                await self.peer.type("x")
                self.acknowledged += 1
                self.moved.set()
        except Closed as closed:
            self.end = closed.code
        except AssertionError as error:  # not an update, says the peer
            (answer,) = error.args
            assert answer["type"] == "reject", answer
            assert answer["code"] == "forbidden", answer
            self.refused.set()


@pytest.mark.parametrize("seed", [random.randrange(2**32)])
async def test_no_edit_commits_after_access_has_ended(
    server: Server, http: ClientSession, witness: sqlite3.Connection, logs: Logs, seed: int
) -> None:
    await run_races(server, http, witness, seed, 100)
    logs.are_clean()


@pytest.mark.soak
async def test_no_edit_commits_after_access_has_ended_in_a_thousand_races(
    server: Server, http: ClientSession, witness: sqlite3.Connection, logs: Logs
) -> None:
    seed = int(os.environ.get("OT_SEED", random.randrange(2**32)))
    await run_races(server, http, witness, seed, int(os.environ.get("OT_RACES", "1000")))
    logs.are_clean()

"""The race of promise 10: somebody floods edits while their access is taken away, over REST.

Half of the floods come over sockets alone, half over `PUT /text` as well.

The witness is the store itself: no line of theirs may come after the transaction that takes the
access away, let alone after the 2xx.  Where there are two nodes they edit at one, and their access
ends at the other.  Each race is drawn from a seed, which is printed.

That they hear no more after two seconds is told where time is virtual: in `test_roles`, and in
the simulation, by `watch`.  Here a slow machine would be taken for a slow server.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random, randrange
from typing import Final, Literal, assert_never, get_args

import pytest
from aiohttp import ClientSession

from ot_server.store.postgres import PostgresStore
from tests.patience import PATIENCE
from tests.postgres import Postgres
from tests.server.props.peer import Closed, Message, Peer, Room, join_room
from tests.server.props.people import Person, person
from tests.server.props.rest import bearing, problem
from tests.server.props.scene import Logs
from tests.server.props.witness import PostgresWitness, SqliteWitness, Witness
from tests.servers import Server, StartServer

Way = Literal["remove", "demote", "kick", "make private", "delete the link", "leave"]
"""How the access ends; a member who leaves ends their own."""

WAYS: Final[tuple[Way, ...]] = get_args(Way)
BY_LINK: Final = ("make private", "delete the link")
MOST_SOCKETS: Final = 4
MOST_EDITS: Final = 6
"""How many are acknowledged before the access ends."""
PUT_LENGTH: Final = 8
MOST_STEPS: Final = 12
"""How many steps of the event loop lie between the last of them and the call."""
AT_ONCE: Final = 4
SEED: Final = int(os.environ.get("OT_SEED", randrange(2**32)))


@dataclass
class Course:
    """Where races are run: the node of the owner, that of the editor, and the witness."""

    owners: Server
    editors: Server
    witness: Witness


@pytest.fixture(params=["one node on SQLite", "two nodes on Postgres"])
async def course(
    request: pytest.FixtureRequest, start_server: StartServer, postgres: Postgres
) -> AsyncIterator[Course]:
    """One server over SQLite, or two over one Postgres that hear of each other by polling."""
    if request.param == "one node on SQLite":
        server = await start_server()
        file = SqliteWitness(Path(server.settings.data) / "ot.sqlite3")
        yield Course(server, server, file)
        file.close()
        return
    url = await postgres.new_url()
    here, there = [await start_server(PostgresStore(url), poll_seconds=0.5) for _ in range(2)]
    database = PostgresWitness(url)
    await database.begin()
    yield Course(here, there, database)


class Flood:
    """One socket of the editor, who types as fast as answers come, until a refusal."""

    def __init__(self, peer: Peer) -> None:
        self.acknowledged = 0
        self.close: int | None = None
        """The code of the close, if that was the end."""
        self._role = "editor"
        self._heard = ""
        """All that others have typed."""
        self._peer = peer
        self._moved = asyncio.Event()
        self._task = asyncio.create_task(self._type())

    async def until(self, acknowledged: int) -> None:
        """Return when so many edits are in the log."""
        while self.acknowledged < acknowledged:
            self._moved.clear()
            await self._moved.wait()

    async def is_refused(self) -> None:
        """Return when nothing more is taken: an edit was refused, or the socket closed."""
        await self._task

    async def is_closed(self) -> None:
        """Return when the socket is closed for lack of access."""
        await self._task
        if self.close is None:
            _, self.close = await self._peer.closed()
        assert self.close == 4403

    async def reads_on(self, text: str) -> None:
        """Return when the socket has heard of its new role, and of what others type."""
        while self._role != "viewer" or text not in self._heard:
            await self._next("session", "update")

    async def _type(self) -> None:
        peer = self._peer
        try:
            while True:
                peer.seq += 1
                op = ["x", *([peer.length] if peer.length else [])]
                edit = {"type": "edit", "seq": peer.seq, "revision": peer.revision, "op": op}
                await peer.say(edit)
                answer: Message = {}
                while {"ack": peer.seq} not in answer.get("changes", ()):
                    answer = await self._next("session", "update", "reject", "error", "reset")
                    if answer["type"] not in ("session", "update"):
                        assert (answer["type"], answer.get("code")) == ("reject", "forbidden")
                        return
                peer.length += 1
                self.acknowledged += 1
                self._moved.set()
        except (Closed, ConnectionError):
            self.close = peer.ws.close_code

    async def _next(self, *types: str) -> Message:
        message = await self._peer.hear_of(*types)
        self._role = message.get("role", self._role)
        for change in message.get("changes", ()):
            self._heard += "".join(part for part in change.get("op", ()) if isinstance(part, str))
        return message


@dataclass
class Race:
    """One session with its owner and an editor, whose access is going to end."""

    random: Random
    way: Way
    owner: Person
    editor: Person
    witness: Witness

    async def run(self) -> None:
        """Flood, end the access, and see that nothing came after it."""
        http, session_id = self.owner.http, await self.owner.new_session(visibility="link")
        link = await self.owner.do("POST", f"/sessions/{session_id}/links", role="editor")
        room = await self._come_in(session_id, link["link"])
        watcher = await Peer.enter(http, await self.owner.becomes(session_id, "owner"))
        floods = [
            Flood(await Peer.enter(http, room)) for _ in range(self.random.randint(1, MOST_SOCKETS))
        ]
        drawn, length = Random(self.random.random()), self.random.choice((0, PUT_LENGTH))
        puts = asyncio.create_task(self._put_texts(room, drawn, length))
        for flood in floods:
            await flood.until(self.random.randint(0, MOST_EDITS))
        for _ in range(self.random.randrange(MOST_STEPS)):
            await asyncio.sleep(0)

        await self._end_access(session_id, link["link"], room.participant)

        committed = await self._committed(room)
        async with asyncio.timeout(PATIENCE):
            for flood in floods:
                await (flood.is_refused() if self.way == "demote" else flood.is_closed())
            await puts
        await watcher.type("and nobody else")
        if self.way == "demote":
            for flood in floods:
                await flood.reads_on("and nobody else")
        assert await self._committed(room) == committed
        assert await self._committed_after_the_cut(room) == 0
        await watcher.ws.close()

    async def _put_texts(self, room: Room, random: Random, length: int) -> None:
        """Write whole texts of this length over REST, until that is forbidden; none if it is 0."""
        while length:
            text = "".join(random.choices("yz", k=length))
            url, headers = room.text_url, bearing(room.token)
            async with self.owner.http.put(url, json={"text": text}, headers=headers) as response:
                if response.status != 200:
                    assert await problem(response) == (403, "forbidden")
                    return

    async def _come_in(self, session_id: str, link: str) -> Room:
        if self.way not in BY_LINK:
            return await self.editor.becomes(session_id, "editor")
        room = Room(self.editor.server.url, session_id, link, "", "")
        if self.random.random() < 0.5:
            return await join_room(self.owner.http, room, "Guest")
        joined = await self.editor.do("POST", f"/join/{link}")
        return replace(room, token=joined["token"], participant=joined["participant"]["id"])

    async def _end_access(self, session_id: str, link: str, participant: str) -> None:
        path, owner, user_id = f"/sessions/{session_id}", self.owner, self.editor.user_id
        match self.way:
            case "remove":
                await owner.do("DELETE", f"{path}/members/{user_id}")
            case "demote":
                await owner.do("PUT", f"{path}/members/{user_id}", role="viewer")
            case "kick":
                await owner.do("DELETE", f"{path}/participants/{participant}")
            case "leave":
                await self.editor.do("DELETE", f"{path}/members/{user_id}")
            case "make private":
                await owner.do("PATCH", path, visibility="private")
            case "delete the link":
                await owner.do("DELETE", f"{path}/links/{link}")
            case _:
                assert_never(self.way)

    async def _committed(self, room: Room) -> int:
        """Return the last revision that the editor has written."""
        return await self._ask(
            "SELECT coalesce(max(revision), 0) FROM operations"
            " WHERE session_id = $1 AND participant_id = $2",
            room,
        )

    async def _committed_after_the_cut(self, room: Room) -> int:
        """Return how many lines the editor has written since the store took the access away."""
        assert await self._ask(
            "SELECT count(*) FROM cuts WHERE (session_id, participant_id) = ($1, $2)", room
        )
        return await self._ask(
            "SELECT count(*) FROM operations JOIN cuts USING (session_id, participant_id)"
            " WHERE session_id = $1 AND participant_id = $2 AND revision > cuts.head",
            room,
        )

    async def _ask(self, sql: str, room: Room) -> int:
        return await self.witness.ask(sql, room.session_id, room.participant)


async def run_races(course: Course, http: ClientSession, races: int) -> None:
    """Run so many races, some at a time, each way about as often as the others."""
    print(f"OT_SEED={SEED}")
    owner, editor = (
        await person(course.owners, http, "ada"),
        await person(course.editors, http, "ben"),
    )
    for first in range(0, races, AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for number in range(first, min(first + AT_ONCE, races)):
                way = WAYS[number % len(WAYS)]
                race = Race(Random(f"{SEED} {number}"), way, owner, editor, course.witness)
                group.create_task(race.run(), name=f"race {number}: {way}")


async def test_no_edit_commits_after_access_has_ended(
    course: Course, http: ClientSession, logs: Logs
) -> None:
    await run_races(course, http, 36)
    logs.are_clean()


@pytest.mark.soak
async def test_no_edit_commits_after_access_has_ended_in_a_thousand_races(
    course: Course, http: ClientSession, logs: Logs
) -> None:
    await run_races(course, http, int(os.environ.get("OT_RACES", "1000")))
    logs.are_clean()

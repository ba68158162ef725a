"""Clients and the real server: REST, WebSockets, crashes, and a wire that loses and doubles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random

import pytest

from ot_client import (
    Disconnected,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    Session,
    SessionClosed,
    Transport,
    Unreachable,
    connect,
    create_room,
    fetch_text,
    join,
)
from ot_client.websocket import websocket
from tests.client.network import FastClock
from tests.patience import PATIENCE
from tests.servers import ProcessServer, Server, over_each_store


async def test_a_room_is_started_shared_by_its_link_and_typed_into(server: Server) -> None:
    room = await create_room(server.url, title="notes", language="python", name="Ada", text="hi\n")
    assert (room.session.title, room.session.language) == ("notes", "python")
    assert room.participant.name == "Ada"
    async with (
        connect(room.address, room.token) as ada,
        connect(room.link, name="Grace") as grace,
    ):
        changes = ada.changes()
        grace.insert(3, "I am 😀\n")
        assert (await anext(changes)).by == grace.participant
        assert ada.text == "hi\nI am 😀\n"
        assert {one.name for one in grace.participants.values()} == {"Ada", "Grace"}
        assert (ada.role, grace.role) == ("owner", "editor")
    snapshot = await fetch_text(room.address, room.token)
    assert snapshot.text == "hi\nI am 😀\n"


async def test_who_joins_again_with_the_old_token_is_the_same_participant(server: Server) -> None:
    room = await create_room(server.url)
    first = await join(room.link, "Ada")
    again = await join(room.link, "Ada L.", token=first.token)
    other = await join(room.link, "Ada")
    assert again.participant.id == first.participant.id != other.participant.id


async def test_what_the_server_says_no_to_is_raised_by_its_kind(server: Server) -> None:
    with pytest.raises(NotFound) as not_found:
        await join(f"{server.url}/join/nowhere", "Ada")
    assert (not_found.value.status, not_found.value.code) == (404, "no_such_link")
    with pytest.raises(InvalidRequest):
        await create_room(server.url, language="!")
    room = await create_room(server.url)
    with pytest.raises(NotAuthenticated):
        await fetch_text(room.address, "no token")
    with pytest.raises(SessionClosed) as closed:
        async with connect(room.address, "no token"):
            pass
    assert closed.value.code == 4401


async def test_where_no_server_is_nothing_can_be_reached(unused_tcp_port: int) -> None:
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(Unreachable):
        await create_room(nowhere)
    with pytest.raises(Unreachable):
        async with connect(f"{nowhere}/s/s", "token", within=0.2):
            pass


async def test_what_answers_but_is_no_server_of_ours_is_unreachable() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as stranger:
        host, port = stranger.sockets[0].getsockname()
        with pytest.raises(Unreachable, match="is answered by something else"):
            await create_room(f"http://{host}:{port}")


# --- crashes and a bad wire -------------------------------------------------------------

PEOPLE = ("Ada", "Grace", "Mary")
LETTERS = 60


def letters(person: str) -> list[str]:
    """The letters that one person types, each unlike any other."""
    start = 0x4E00 + PEOPLE.index(person) * LETTERS
    return [chr(start + number) for number in range(LETTERS)]


async def type_letters(session: Session, person: str, typed: Callable[[], None]) -> None:
    """Type one letter after the other, here and there, now and then waiting for the answer."""
    chance = Random(person)
    for letter in letters(person):
        session.insert(chance.randint(0, session.length), letter)
        typed()
        if chance.random() < 0.5:
            await session.synchronized()
        else:
            await asyncio.sleep(0)
    await session.synchronized()


def everything(text: str) -> bool:
    """Whether all letters of all people are in the text, each of them once."""
    return sorted(text) == sorted(letter for person in PEOPLE for letter in letters(person))


@over_each_store
async def test_killing_the_server_loses_nothing_and_doubles_nothing(
    process_server: ProcessServer,
) -> None:
    room = await create_room(process_server.url)
    typed, crashes = 0, asyncio.Queue[None]()

    def count() -> None:
        nonlocal typed
        typed += 1
        if typed % 60 == 40:
            crashes.put_nowait(None)

    async def crash() -> None:
        for _ in range(3):
            await crashes.get()
            await process_server.kill()
            await process_server.start()

    async with AsyncExitStack() as stack:
        sessions = [
            await stack.enter_async_context(connect(room.link, name=person, jitter=min))
            for person in PEOPLE
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(crash())
            for session, person in zip(sessions, PEOPLE, strict=True):
                tasks.create_task(type_letters(session, person, count))
        final = await fetch_text(room.address, room.token)
        for session in sessions:
            await reached(session, final.revision)
            assert session.text == final.text
    assert everything(final.text)


async def reached(session: Session, revision: int) -> None:
    """Wait until a session has the log up to a revision."""
    changes = session.changes()
    while session.revision < revision:
        await anext(changes)


class BadWire:
    """Loses and doubles frames, both ways, and breaks."""

    def __init__(self, wire: Transport, chance: Random) -> None:
        self._wire = wire
        self._chance = chance
        self._again: list[bytes] = []

    async def send(self, frame: bytes) -> None:
        draw = self._chance.random()
        if b'"hello"' in frame:
            draw = 1.0
        for _ in range(0 if draw < 0.1 else 2 if draw < 0.3 else 1):
            await self._wire.send(frame)

    async def receive(self) -> bytes:
        if self._again:
            return self._again.pop()
        frame = await self._wire.receive()
        draw = self._chance.random()
        if draw < 0.01:
            raise Disconnected
        if draw < 0.05:
            return await self.receive()
        if draw < 0.15:
            self._again.append(frame)
        return frame

    async def close(self) -> None:
        await self._wire.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_wire_that_loses_and_doubles_frames_changes_nothing(
    server: Server, seed: int
) -> None:
    room = await create_room(server.url)
    chance = Random(seed)

    async def visit(person: str) -> None:
        joined = await join(room.link, person)
        good = websocket(f"{server.url}/ws/{room.session.id}")

        async def dial() -> Transport:
            return BadWire(await good(), chance)

        clock = FastClock()
        async with connect(room.address, joined.token, dial=dial, clock=clock) as session:
            await type_letters(session, person, lambda: None)

    async with asyncio.TaskGroup() as tasks:
        for person in PEOPLE:
            tasks.create_task(visit(person))
    final = await fetch_text(room.address, room.token)
    assert everything(final.text)


class BreaksWhenLeft:
    """A wire that breaks in the moment in which its user leaves."""

    def __init__(self, wire: Transport) -> None:
        self._wire = wire

    async def send(self, frame: bytes) -> None:
        await self._wire.send(frame)

    async def receive(self) -> bytes:
        try:
            return await self._wire.receive()
        except asyncio.CancelledError:
            raise Disconnected from None

    async def close(self) -> None:
        await self._wire.close()


async def test_leaving_ends_the_session_although_the_wire_breaks_just_then(server: Server) -> None:
    room = await create_room(server.url)
    good = websocket(f"{server.url}/ws/{room.session.id}")

    async def dial() -> Transport:
        return BreaksWhenLeft(await good())

    async with asyncio.timeout(PATIENCE):
        async with connect(room.address, room.token, dial=dial) as session:
            session.insert(0, "a")
            await session.synchronized()

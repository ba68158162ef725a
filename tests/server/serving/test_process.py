"""The server as a process: killed in the middle of everything, ended politely, started twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import ClientSession
from msgspec import structs

from ot_protocol import CloseCode
from ot_server.app import serve
from ot_server.errors import DataFolderInUse
from ot_server.settings import Settings
from tests.patience import PATIENCE
from tests.server.props.peer import Closed, Peer, Room, join_room, open_room
from tests.server.props.raw import CLOSE, connect, masked, recv, send
from tests.servers import ProcessServer, over_each_store

TYPISTS = 6
EDITS_BEFORE_THE_KILL = 150


async def text_of(http: ClientSession, room: Room) -> str:
    """Return the text, as it is read without a connection."""
    headers = {"Authorization": f"Bearer {room.token}"}
    async with http.get(room.text_url, headers=headers) as response:
        assert response.status == 200
        text: str = (await response.json())["text"]
        return text


@over_each_store
async def test_a_kill_in_the_middle_of_a_flood_loses_nothing_that_was_acknowledged(
    process_server: ProcessServer,
) -> None:
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def flood(peer: Peer, name: int) -> None:
        while True:
            word = f"<{name}.{peer.seq}>"
            await peer.type(word)
            acknowledged.append(word)
            if len(acknowledged) >= EDITS_BEFORE_THE_KILL:
                enough.set()

    async with ClientSession() as http:
        room = await open_room(http, process_server.url)
        guests = [await join_room(http, room, f"guest {n}") for n in range(TYPISTS)]
        peers = [await Peer.enter(http, guest) for guest in guests]
        typing = [asyncio.create_task(flood(peer, n)) for n, peer in enumerate(peers)]
        await enough.wait()
        await process_server.kill()
        ends = await asyncio.gather(*typing, return_exceptions=True)
        assert all(isinstance(end, Closed | ConnectionError) for end in ends)

        await process_server.start()
        text = await text_of(http, room)
        assert {word for word in acknowledged if text.count(word) != 1} == set()
        assert text.count("<") - len(acknowledged) <= TYPISTS, "one each was on its way"

        ada = await Peer.enter(http, room)
        await ada.type("it goes on")
        assert await text_of(http, room) == text + "it goes on"


@over_each_store
async def test_what_was_on_its_way_when_the_server_was_killed_is_sent_again_without_a_double(
    process_server: ProcessServer,
) -> None:
    async with ClientSession() as http:
        room = await open_room(http, process_server.url, text="-")
        for number in range(5):
            peer = await Peer.enter(http, room)
            edit = {"type": "edit", "seq": 1, "revision": peer.revision}
            edit["op"] = [peer.length, f"<{number}>"]
            await peer.say(edit)
            await asyncio.sleep(0.002 * number)  # killed a little later each time
            await process_server.kill()
            await process_server.start()

            again = await Peer.dial(http, room)
            await again.say(peer.hello(room))
            welcome = await again.hear()
            await again.say(edit)
            answer = await again.hear_of("update")
            while {"ack": 1} not in answer["changes"]:
                answer = await again.hear_of("update")

            assert welcome["last_seq"] in (0, 1)
        assert await text_of(http, room) == "-<0><1><2><3><4>"


async def test_the_data_folder_is_held_by_one_server_at_a_time(tmp_path: Path) -> None:
    settings = Settings(port=0, data=str(tmp_path))
    address = asyncio.get_running_loop().create_future()
    first = asyncio.create_task(serve(settings, address.set_result))
    await address

    with pytest.raises(DataFolderInUse):
        await serve(settings, lambda _: None)

    os.kill(os.getpid(), signal.SIGTERM)
    await first
    again = asyncio.get_running_loop().create_future()
    second = asyncio.create_task(serve(settings, again.set_result))
    await again
    os.kill(os.getpid(), signal.SIGINT)
    await second


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_server_that_is_asked_to_end_commits_what_it_has_and_says_goodbye(
    tmp_path: Path, host: str
) -> None:
    settings = Settings(host=host, port=0, data=str(tmp_path))
    settings = structs.replace(settings, edits_burst=1000)
    address = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(settings, address.set_result))

    async with ClientSession() as http:
        room = await open_room(http, await address)
        peers = [await Peer.enter(http, room) for _ in range(3)]
        for number, peer in enumerate(peers):
            await peer.say({"type": "edit", "seq": 1, "revision": 0, "op": [f"<{number}>"]})
        await peers[0].say({"type": "ping"})
        await peers[0].hear_of("pong")  # so much at least has arrived

        os.kill(os.getpid(), signal.SIGTERM)
        heard = await asyncio.gather(*(peer.closed() for peer in peers))
        await serving

    assert {code for _, code in heard} == {CloseCode.GOING_AWAY}
    acknowledged = [
        {"ack": 1} in [change for message in messages for change in message.get("changes", ())]
        for messages, _ in heard
    ]
    with closing(sqlite3.connect(tmp_path / "ot.sqlite3")) as db:
        (head,) = db.execute("SELECT head FROM sessions").fetchone()
    assert acknowledged[0]
    assert head >= sum(acknowledged)


async def test_a_goodbye_is_heard_so_that_a_client_that_waits_for_it_need_not_wait_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.socket.CLOSE_SECONDS", 2 * PATIENCE)
    settings = Settings(port=0, data=str(tmp_path), drain_seconds=2 * PATIENCE)
    address = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(settings, address.set_result))

    async with ClientSession() as http:
        room = await open_room(http, await address)
        with await connect(room) as browser:
            while b'"welcome"' not in await recv(browser):
                pass
            os.kill(os.getpid(), signal.SIGTERM)
            while bytes([CLOSE]) not in await recv(browser):
                pass
            code = CloseCode.GOING_AWAY.to_bytes(2, "big")
            await send(browser, masked(CLOSE, code))
            assert await recv(browser) == b"", "sooner than either side stops waiting"
        await serving


async def test_new_connections_are_refused_while_the_server_ends(tmp_path: Path) -> None:
    settings = Settings(port=0, data=str(tmp_path))
    address = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(settings, address.set_result))

    async with ClientSession() as http:
        room = await open_room(http, await address)
        staying = await Peer.enter(http, room)
        late = await Peer.dial(http, room)
        os.kill(os.getpid(), signal.SIGTERM)
        assert (await staying.closed())[1] == CloseCode.GOING_AWAY
        await late.say(late.hello(room))

        assert (await late.closed())[1] in (CloseCode.TRY_AGAIN_LATER, CloseCode.GOING_AWAY)
        await serving


@over_each_store
async def test_a_folder_keeps_the_secret_so_that_tokens_outlive_the_process(
    process_server: ProcessServer,
) -> None:
    async with ClientSession() as http:
        room = await open_room(http, process_server.url, text="hello")
        await process_server.kill()
        await process_server.start()

        assert await text_of(http, room) == "hello"
    assert (process_server.data / "secret").stat().st_mode & 0o777 == 0o600
    assert process_server.data.stat().st_mode & 0o777 == 0o700

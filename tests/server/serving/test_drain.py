"""A node among others that ends: what it took is kept, and its people go on elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from ot_protocol import CloseCode
from ot_server.session.peers import GONE_SECONDS
from tests.patience import PATIENCE, took
from tests.redis import PrivateRedis
from tests.server.props.peer import Closed, Peer, Room, join_room, open_room
from tests.server.props.rest import bearing
from tests.servers import NO_LIMITS, ProcessServer

TYPISTS = 6
EDITS_BEFORE_THE_END = 60


@pytest.fixture
async def nodes(
    postgres_url: str, private_redis: PrivateRedis, tmp_path: Path
) -> AsyncIterator[tuple[ProcessServer, ProcessServer]]:
    """Two processes over one Postgres and one Redis."""
    environment = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
    environment |= {"OT_STORE": postgres_url, "OT_SEQUENCER": private_redis.url}
    environment["OT_SECRET"] = "a key that nobody guesses, of 32 bytes and more"
    async with AsyncExitStack() as stack:
        leaving, staying = (ProcessServer(tmp_path / name, environment) for name in "ab")
        for node in (leaving, staying):
            stack.push_async_callback(node.kill)
            await node.start()
        yield leaving, staying


async def test_a_node_that_ends_keeps_what_it_acknowledged_and_its_clients_go_on_elsewhere(
    nodes: tuple[ProcessServer, ProcessServer], http: ClientSession
) -> None:
    leaving, staying = nodes
    room = await open_room(http, leaving.url)
    there = replace(room, url=staying.url)
    guests = [await join_room(http, room, f"guest {number}") for number in range(TYPISTS)]
    witness = await Peer.enter(http, there)
    peers = [await Peer.enter(http, guest) for guest in guests]
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def flood(peer: Peer, name: int) -> None:
        while True:
            word = f"<{name}.{peer.seq}>"
            await peer.type(word)
            acknowledged.append(word)
            if len(acknowledged) >= EDITS_BEFORE_THE_END:
                enough.set()

    async with asyncio.timeout(PATIENCE), ClientSession(connector=TCPConnector(limit=1)) as probe:
        await until_it_says(probe, leaving, 200)
        typing = [asyncio.create_task(flood(peer, name)) for name, peer in enumerate(peers)]
        await enough.wait()
        ending = asyncio.create_task(leaving.end())
        await until_it_says(probe, leaving, 503)
        goodbyes = await asyncio.gather(*typing, return_exceptions=True)
        assert await ending == 0, leaving.log
        assert await took(all_left(witness, guests)) < GONE_SECONDS / 2, "it has said goodbye"

    assert [getattr(end, "code", end) for end in goodbyes] == [CloseCode.GOING_AWAY] * TYPISTS
    assert all(isinstance(end, Closed) for end in goodbyes)
    async with http.get(there.text_url, headers=bearing(room.token)) as response:
        text: str = (await response.json())["text"]
    assert {word for word in acknowledged if text.count(word) != 1} == set()
    assert text.count("<") - len(acknowledged) <= TYPISTS, "one each was on its way"
    ada = await Peer.enter(http, replace(guests[0], url=staying.url))
    await ada.type("it goes on")
    assert b"Traceback" not in leaving.log + staying.log


async def until_it_says(probe: ClientSession, node: ProcessServer, status: int) -> None:
    """Ask over one connection whether a node is ready, until it answers so."""
    while True:
        async with probe.get(f"{node.url}/readyz") as response:
            if response.status == status:
                return


async def all_left(witness: Peer, guests: list[Room]) -> None:
    """Return when a client has heard that these have gone."""
    here = {guest.participant for guest in guests}
    while here:
        here -= set((await witness.hear_of("participants")).get("left", ()))

"""Nodes behind the nginx of ``deploy/``: one node for a session, and no secret in its log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession
from msgspec import json

from ot_server.store.postgres import PostgresStore
from tests.mortal import free_port
from tests.nginx import Nginx, running_nginx
from tests.patience import PATIENCE
from tests.server.props.peer import Peer, open_room
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

TOKEN = "what the scraper knows"
KEY = "a key that nobody guesses, of 32 bytes and more"


@dataclass
class Site:
    """Two nodes behind an nginx, which believes that there is a third."""

    url: str
    nodes: list[Server]
    nginx: Nginx


@pytest.fixture
async def site(start_server: StartServer, postgres_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    nodes = [
        await start_server(
            PostgresStore(postgres_url),
            secret=KEY,
            metrics_token=TOKEN,
            trusted_proxies="127.0.0.1",
            rooms_per_address=40,
        )
        for _ in range(2)
    ]
    addresses = [node.url.removeprefix("http://") for node in nodes]
    async with running_nginx([*addresses, f"127.0.0.1:{free_port()}"], tmp_path) as nginx:
        yield Site(nginx.url, nodes, nginx)


async def test_all_who_work_on_a_session_are_on_one_node_and_sessions_on_all(
    site: Site, http: ClientSession
) -> None:
    peers: list[Peer] = []

    async def visit() -> list[int]:
        """Return how many of a session's clients are on each node."""
        before = [node.hub.connections for node in site.nodes]
        room = await open_room(http, site.url, text="-")
        ada, ben = [await Peer.enter(http, room) for _ in range(2)]
        peers.extend((ada, ben))
        await ada.type("a")
        await ben.hear_of("update")
        async with http.get(room.text_url, headers=bearing(room.token)) as response:
            assert (await response.json())["text"] == "-a"
        return [node.hub.connections - then for node, then in zip(site.nodes, before, strict=True)]

    found = [await visit() for _ in range(30)]

    assert sorted({tuple(counts) for counts in found}) == [(0, 2), (2, 0)]
    # What was loaded where nobody works on it would be a request that went astray.
    assert sum(node.hub.sessions for node in site.nodes) == 30


async def test_nobody_chooses_the_address_they_come_from(site: Site, http: ClientSession) -> None:
    async def make(number: int) -> int:
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        url = f"{site.url}/api/v1/rooms"
        async with http.post(url, json={}, headers=headers) as response:
            return response.status

    assert [await make(number) for number in range(41)] == [201] * 40 + [429]


async def test_what_is_for_whoever_runs_the_nodes_is_not_on_the_way_in(
    site: Site, http: ClientSession
) -> None:
    async with http.get(f"{site.url}/healthz") as response:
        assert response.status == 200
    for path in ("metrics", "readyz"):
        async with http.get(f"{site.url}/{path}", headers=bearing(TOKEN)) as response:
            assert response.status == 404
        async with http.get(f"{site.nodes[0].url}/{path}", headers=bearing(TOKEN)) as response:
            assert response.status == 200


async def test_its_log_holds_no_link_and_no_token(site: Site, http: ClientSession) -> None:
    room = await open_room(http, site.url)
    async with http.get(f"{site.url}/join/{room.link}") as response:
        await response.read()
    peer = await Peer.dial(http, room, query=f"?token={room.token}")
    await peer.say({"type": "hello", "protocol": 1, "client": peer.client})
    assert (await peer.hear())["type"] == "welcome"
    await peer.ws.close()
    nowhere = replace(room, session_id="nowhere")
    async with http.get(nowhere.text_url, headers=bearing(room.token)) as response:
        assert await problem(response) == (404, "no_such_session")

    async with asyncio.timeout(PATIENCE):
        while site.nginx.log.read_text().count("\n") < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # it tells nobody
    log = site.nginx.log.read_text()
    assert " GET 101 " in log
    assert room.link not in log
    assert room.token not in log
    assert room.session_id not in log


async def test_a_body_as_large_as_a_text_may_be_comes_through(
    site: Site, http: ClientSession
) -> None:
    room = await open_room(http, site.url)
    body = BytesIO(json.encode({"text": "x" * site.nodes[0].settings.document_bytes}))
    headers = bearing(room.token, **{"Content-Type": "application/json"})
    async with http.put(room.text_url, data=body, headers=headers) as response:
        assert response.status == 200, await response.text()

"""What Prometheus is told: that it moves with what happens, who may read it, and its words."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from ot_server.errors import InvalidSettings, OutcomeUnknown
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.sqlite import SqliteStore
from ot_server.telemetry.loop import watch_loop
from ot_server.telemetry.meters import Distribution, Meters
from ot_server.telemetry.timing import timed
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.nodes import World
from tests.server.props.peer import Peer, open_room
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

TOKEN: Final = "what the scraper knows"
OPERATIONS: Final = Path(__file__).parents[3] / "docs" / "operations.md"

Samples = dict[tuple[str, frozenset[str]], float]


async def read(http: ClientSession, server: Server) -> Samples:
    """Return every sample by name and the values of its labels."""
    async with http.get(f"{server.url}/metrics", headers=bearing(TOKEN)) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await response.text()
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(samples: Samples, name: str, *labels: str) -> float:
    return samples[name, frozenset(labels)]


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    return await start_server(metrics_token=TOKEN)


async def test_an_edit_is_counted_from_its_arrival_to_the_frames_that_tell_of_it(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="hello")
    ada, ben = [await Peer.enter(http, room) for _ in range(2)]
    before = await read(http, server)
    for _ in range(3):
        await ada.type("!")
        await ben.hear_of("update")
    await ada.say({"type": "edit", "seq": 4, "revision": 4, "op": [1, "x"]})
    await ada.hear_of("reject")
    after = await read(http, server)

    assert of(after, "ot_edits_total", "committed") == 3
    assert of(after, "ot_edits_total", "length_mismatch") == 1
    assert of(after, "ot_edits_total", "unavailable") == 0
    assert of(after, "ot_edit_seconds_count") == 4
    assert 0 < of(after, "ot_inbox_seconds_sum") < of(after, "ot_edit_seconds_sum")
    assert of(after, "ot_commits_total", "committed") == 4
    assert of(after, "ot_commit_edits_bucket", "1") == 4
    assert of(after, "ot_store_seconds_count", "commit") == 4
    assert of(after, "ot_sequencer_seconds_count", "announce") == 3
    assert of(after, "ot_update_revisions_count") == 6
    assert of(after, "ot_sessions") == 1
    assert of(after, "ot_connections") == 2
    assert of(after, "ot_session_loads_total", "opened") == 1
    assert of(after, "process_resident_memory_bytes") > 0
    assert before.keys() <= after.keys()


async def test_requests_are_told_apart_by_route_and_not_by_what_somebody_sent(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="hello")
    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        assert response.status == 200
    for path in ("one", "two", "three"):
        async with http.request("PROPFIND", f"{server.url}/{path}") as response:
            assert response.status == 404
    async with http.get(f"{server.url}/openapi.json") as response:
        tag = {"If-None-Match": response.headers["ETag"]}
    async with http.get(f"{server.url}/openapi.json", headers=tag) as response:
        assert response.status == 304
    peer = await Peer.enter(http, room)
    await peer.ws.close()

    route = "/api/v1/sessions/{session_id}/text"
    samples = await read(http, server)

    assert of(samples, "ot_http_requests_total", "GET", route, "200") == 1
    assert of(samples, "ot_http_requests_total", "other", "none", "404") == 3
    assert of(samples, "ot_http_requests_total", "GET", "/openapi.json", "304") == 1
    assert of(samples, "ot_http_requests_total", "GET", "/ws/{session_id}", "101") == 1
    assert of(samples, "ot_http_request_seconds_count", route) == 1
    assert ("ot_http_request_seconds_count", frozenset(["/ws/{session_id}"])) not in samples
    assert of(samples, "ot_connections_closed_total", "going_away") == 1
    labels = {label for _, labels in samples for label in labels}
    assert not any(room.session_id in label or room.participant in label for label in labels)


async def test_what_a_limit_refuses_is_counted(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(metrics_token=TOKEN, rooms_per_address=1)
    await open_room(http, server.url)
    async with http.post(f"{server.url}/api/v1/rooms", json={}) as response:
        assert response.status == 429

    assert of(await read(http, server), "ot_refused_total", "rooms") == 1


async def test_a_store_that_fails_is_counted_by_what_may_have_come_of_it(
    start_server: StartServer, http: ClientSession, tmp_path: Path
) -> None:
    store = FaultyStore(SqliteStore(tmp_path / "ot.sqlite3"))
    server = await start_server(store, metrics_token=TOKEN)
    room = await open_room(http, server.url)
    ada = await Peer.enter(http, room)
    store.fail("commit", OutcomeUnknown("the answer was lost"), is_done=True)
    await ada.type("!")

    samples = await read(http, server)

    assert of(samples, "ot_store_errors_total", "unknown") == 1
    assert of(samples, "ot_commits_total", "failed") == 1
    assert of(samples, "ot_edits_total", "committed") == 1


@asynccontextmanager
async def two_deaf_nodes(poll_seconds: float) -> AsyncIterator[tuple[World, Hub, Hub]]:
    """Two nodes that don't hear each other."""
    world = World("hello", poll_seconds=poll_seconds)
    world.sequencer.is_deaf = True
    near, far = world.node(), world.node()
    yield world, near, far
    await near.close()
    await far.close()


async def test_what_only_the_poll_has_found_is_a_gap() -> None:
    async with two_deaf_nodes(poll_seconds=0.01) as (world, near, far):
        (ada,), (ben,) = await world.peers(near, 1), await world.peers(far, 1)
        ada.insert("!")
        await world.settled(ada, ben)

        assert far.meters.gaps >= 1


async def test_a_commit_that_was_lost_to_another_node_is_a_conflict() -> None:
    async with two_deaf_nodes(poll_seconds=60) as (world, near, far):
        (ada,), (ben,) = await world.peers(near, 1), await world.peers(far, 1)
        ada.insert("!")
        await world.settled(ada)
        ben.insert("?")
        await world.settled(ben)

        assert near.meters.commits == {"committed": 1, "conflict": 0, "failed": 0}
        assert far.meters.commits == {"committed": 1, "conflict": 1, "failed": 0}


async def test_nobody_reads_them_without_the_token(server: Server, http: ClientSession) -> None:
    url = f"{server.url}/metrics"
    async with http.get(url) as response:
        assert await problem(response) == (401, "not_authenticated")
    for token in ("wrong", TOKEN[:-1], "\xe9"):
        async with http.get(url, headers=bearing(token)) as response:
            assert await problem(response) == (401, "invalid_token")


async def test_without_a_token_there_is_nothing_to_read(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server()
    async with http.get(f"{server.url}/metrics", headers=bearing("")) as response:
        assert await problem(response) == (404, "not_found")
    with pytest.raises(InvalidSettings, match="OT_METRICS_TOKEN"):
        Settings.read({"OT_METRICS_TOKEN": "short"})


async def test_two_servers_in_one_process_count_on_their_own(
    start_server: StartServer, http: ClientSession, tmp_path: Path
) -> None:
    here = await start_server(metrics_token=TOKEN)
    there = await start_server(SqliteStore(tmp_path / "there.sqlite3"), metrics_token=TOKEN)
    room = await open_room(http, here.url)
    await (await Peer.enter(http, room)).type("!")

    assert of(await read(http, here), "ot_edits_total", "committed") == 1
    assert of(await read(http, there), "ot_edits_total", "committed") == 0


async def test_the_manual_says_what_each_of_them_means_and_of_none_else(
    server: Server, http: ClientSession
) -> None:
    async with http.get(f"{server.url}/metrics", headers=bearing(TOKEN)) as response:
        served = set(re.findall(r"^# TYPE (ot_\w+)", await response.text(), re.MULTILINE))

    manual = OPERATIONS.read_text("utf-8")
    assert set(re.findall(r"^\| `(ot_\w+)", manual, re.MULTILINE)) == served
    for word in Meters().edits:
        assert f"`{word}`" in manual


def test_a_value_counts_up_to_the_bound_that_it_meets() -> None:
    spread = Distribution((1, 2))
    for value in (0.5, 1, 1.5, 2, 3):
        spread.observe(value)
    assert (spread.counts, spread.total) == ([2, 2, 1], 8.0)


async def test_a_call_that_takes_too_long_is_counted(
    start_server: StartServer, http: ClientSession, tmp_path: Path
) -> None:
    store = FaultyStore(SqliteStore(tmp_path / "ot.sqlite3"), seconds=0.05)
    server = await start_server(store, metrics_token=TOKEN, unavailable_seconds=0.05)
    room = await open_room(http, server.url)
    ada = await Peer.enter(http, room)
    held = store.hold("commit")
    await ada.say({"type": "edit", "seq": 1, "revision": 0, "op": ["!"]})
    await ada.hear_of("error")
    samples = await read(http, server)

    assert of(samples, "ot_store_errors_total", "unknown") >= 1
    assert of(samples, "ot_edits_total", "unavailable") == 1
    held.set()


async def test_a_call_that_its_caller_gives_up_is_counted(tmp_path: Path) -> None:
    meters = Meters()
    store = FaultyStore(SqliteStore(tmp_path / "ot.sqlite3"))
    store.hold("heads")
    call = asyncio.create_task(timed(store, meters.store_seconds, meters.store_errors).heads([]))
    await asyncio.sleep(0)

    call.cancel()
    await asyncio.wait([call])

    assert meters.store_errors["given_up"] == 1


async def test_what_holds_up_the_event_loop_is_seen() -> None:
    lateness = Distribution((0.1,))
    watching = asyncio.create_task(watch_loop(lateness))
    await asyncio.sleep(0)
    time.sleep(0.5)  # noqa: ASYNC251  what nobody may do
    await asyncio.sleep(0.01)
    watching.cancel()

    assert lateness.counts == [0, 1]
    assert 0.3 < lateness.total < 5

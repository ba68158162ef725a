"""What is kept of a session beside its log: never needed, never believed when it is damaged."""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from contextlib import closing

import msgspec
import pytest
from aiohttp import ClientSession

from ot_core import Attribution, Operation, attribution
from ot_protocol import decode_operation
from ot_server.log.past import moment_at
from ot_server.store.rows import Snapshot
from ot_server.store.snapshot_body import Unreadable, pack, unpack
from tests.server.props.nodes import World
from tests.server.props.peer import open_room
from tests.server.props.rest import bearing
from tests.server.props.scene import Logs
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time
from tests.server.props.written import write_log
from tests.servers import StartServer

LETTERS = [Operation([*([at] if at else []), "abcdefghij"[at % 10]]) for at in range(100)]
"""A text of a hundred letters, typed one by one."""


async def write(world: World, count: int) -> Peer:
    """Let a client write so many letters, on a node of its own."""
    (ada,) = await world.peers(world.node(), 1)
    for number in range(count):
        ada.insert(str(number % 10))
        await world.settled(ada)
    await asyncio.sleep(1)
    return ada


@in_virtual_time
async def test_a_snapshot_knows_which_revision_wrote_what() -> None:
    world = World("hello", snapshot_operations=5)
    await write(world, 24)

    for revision in world.kept.snapshots:
        replayed = Attribution.from_log(
            (decode_operation(line.operation), line.revision) for line in world.log[:revision]
        )
        kept = msgspec.json.decode(world.kept.attributions[revision])
        assert Attribution.from_wire(kept).to_wire() == replayed.to_wire()


@in_virtual_time
async def test_blocks_lead_from_one_snapshot_to_the_next() -> None:
    world = World("hello", snapshot_operations=5)
    await write(world, 24)

    text, at = "", 0
    for block in await world.memory.blocks(SESSION, 0, 25):
        assert block.first == at
        text, at = decode_operation(block.operation).apply(text), block.last
        assert text == world.kept.snapshots[at]
    assert at == 25


@in_virtual_time
async def test_old_snapshots_make_room_and_the_past_stays_as_it_was() -> None:
    world = World(snapshot_operations=1)
    await write_log(world.memory, SESSION, LETTERS[:30], ["owner"], world.settings)

    assert sorted(world.kept.snapshots) == [*range(2, 21, 2), *range(21, 31)]
    for revision in range(31):
        moment = await moment_at(world.memory, SESSION, revision, attributed=True)
        assert moment.text.text == ("abcdefghij" * 3)[:revision]
        assert moment.attribution is not None
        assert moment.attribution.to_wire() == [(1, at + 1) for at in range(revision)]


@in_virtual_time
async def test_a_snapshot_without_attribution_serves_for_the_text_alone() -> None:
    world = World(snapshot_operations=10)
    await write_log(world.memory, SESSION, LETTERS[:15], ["owner"], world.settings)
    for spoilt in (b"", b"[[", b"[[3, 1]]", b'[["x", 1]]'):
        world.kept.attributions[10] = spoilt

        moment = await moment_at(world.memory, SESSION, 12, attributed=True)

        assert moment.text.text == "abcdefghijab"
        assert moment.attribution is not None
        assert moment.attribution.to_wire() == [(10, None), (1, 11), (1, 12)]


@pytest.mark.parametrize(("most", "living"), [(9, 6), (4, 6)], ids=["some are free", "none is"])
@in_virtual_time
async def test_more_revisions_than_there_are_signs_are_told_apart_as_far_as_may_be(
    most: int, living: int
) -> None:
    world = World()
    typed = [
        operation
        for at in range(living)
        for operation in (Operation([*([at] if at else []), "x?"]), Operation([at + 1, -1]))
    ]
    await write_log(world.memory, SESSION, typed, ["owner"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attribution, "MOST_AUTHORS", most)
        moment = await moment_at(world.memory, SESSION, len(typed), attributed=True)

    assert moment.text.text == "x" * living
    assert moment.attribution is not None
    found = moment.attribution.to_wire()
    assert sum(count for count, _ in found) == living
    known = [author for _, author in found if author is not None]
    assert known == [2 * at + 1 for at in range(living)][living - len(known) :]
    assert (len(known) == living) == (most == 9)


@in_virtual_time
async def test_no_snapshot_is_made_of_a_log_that_is_damaged() -> None:
    world = World("hello", snapshot_operations=10)
    (ada,) = await world.peers(world.node(), 1)
    for _ in range(8):
        ada.insert("!")
        await world.settled(ada)
    line = world.kept.log[4]
    world.kept.log[4] = msgspec.structs.replace(line, operation=b'["another"]')
    ada.insert("!")
    await world.settled(ada)
    await asyncio.sleep(1)

    assert world.kept.snapshots == {}
    ada.insert("?")
    await world.settled(ada)
    assert ada.closed is None


# The body, as stores keep it.

BODY = pack(Snapshot(7, "tea 😀\n" * 50, b"[[350,1]]"))


def test_a_body_is_read_as_it_was_written() -> None:
    assert unpack(7, BODY) == Snapshot(7, "tea 😀\n" * 50, b"[[350,1]]")


DAMAGED = {
    "nothing": b"",
    "another form": b"\x02" + BODY[1:],
    "cut off": BODY[:-5],
    "a flipped bit": BODY[:20] + bytes([BODY[20] ^ 1]) + BODY[21:],
    "no zlib": b"\x01garbage",
    "no MessagePack": b"\x01" + zlib.compress(b"\xc1"),
    "another shape": b"\x01" + zlib.compress(msgspec.msgpack.encode(["text"])),
    "no UTF-8": b"\x01" + zlib.compress(b"\x92\xa2\xff\xff\xc4\x00"),
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_body_is_never_another_text(body: bytes) -> None:
    with pytest.raises(Unreadable):
        unpack(7, body)


@pytest.mark.parametrize("newest", [20, 0], ids=["one", "all"])
async def test_a_session_whose_snapshots_are_damaged_opens_from_older_ones_or_from_its_log(
    start_server: StartServer, http: ClientSession, logs: Logs, newest: int
) -> None:
    server = await start_server(snapshot_operations=10)
    room = await open_room(http, server.url)
    by = [room.participant]
    await write_log(server.store, room.session_id, LETTERS[:35], by, server.settings)
    with closing(sqlite3.connect(server.settings.data_folder / "ot.sqlite3")) as db, db:
        db.execute("UPDATE snapshots SET body = x'01ff' WHERE revision > ?", (newest,))
        kept = db.execute("SELECT revision FROM snapshots ORDER BY revision").fetchall()
    assert kept == [(10,), (20,), (30,)]

    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        body = await response.json()

    assert (body["text"], body["revision"]) == (("abcdefghij" * 4)[:35], 35)
    alarms = [event["revision"] for event in logs.events if event["event"] == "snapshot_unreadable"]
    assert alarms == [at for at in (30, 20, 10) if at > newest]
    actor = await server.hub.actor(room.session_id)
    assert actor.replica.start == newest

"""A session comes back as it was; a log that can't be vouched for is shown, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from msgspec import structs

from ot_protocol.messages import Error, Reset
from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.rows import extend_chain
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.memory_store import Kept
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time


async def write(world: World, count: int) -> Peer:
    """Let a client write that many letters, on a node of its own."""
    (ada,) = await world.peers(world.node(), 1)
    for number in range(count):
        ada.insert(str(number % 10))
        await world.settled(ada)
    await asyncio.sleep(1)
    return ada


@in_virtual_time
async def test_a_session_is_loaded_from_its_newest_snapshot_and_what_came_after() -> None:
    world = World("hello", snapshot_operations=10)
    ada = await write(world, 25)

    reads = world.store.calls["operations"]
    actor = await world.node().actor(SESSION)

    assert sorted(world.kept.snapshots) == [10, 20]
    assert (actor.replica.start, actor.replica.head) == (20, 26)
    assert actor.replica.document.text == ada.text
    assert world.store.calls["operations"] == reads + 2


@in_virtual_time
async def test_a_snapshot_is_taken_by_bytes_as_well() -> None:
    world = World(snapshot_bytes=100)
    (ada,) = await world.peers(world.node(), 1)

    ada.insert("x" * 120)
    await world.settled(ada)
    await asyncio.sleep(1)

    assert world.kept.snapshots == {1: "x" * 120}


@in_virtual_time
async def test_one_snapshot_at_a_time_is_kept_and_one_that_fails_is_no_harm() -> None:
    world = World(snapshot_operations=5)
    saving = world.store.hold("save_snapshot")
    ada = await write(world, 12)
    assert world.store.calls["save_snapshot"] == 1

    for error in (StoreUnavailable("gone"), OutcomeUnknown("lost")):
        world.store.fail("save_snapshot", error)
    saving.set()
    for _ in range(20):
        ada.insert("!")
        await world.settled(ada)
        await asyncio.sleep(1)

    assert world.kept.snapshots
    for revision, text in world.kept.snapshots.items():
        assert text == ada.text[:revision]


@in_virtual_time
async def test_without_any_snapshot_the_whole_log_is_replayed() -> None:
    world = World("hello")
    ada = await write(world, 2500)
    world.kept.snapshots.clear()

    actor = await world.node().actor(SESSION)

    assert actor.replica.document.text == ada.text


def lose(revision: int) -> Callable[[Kept], None]:
    def spoil(kept: Kept) -> None:
        del kept.log[revision]

    return spoil


def alter(revision: int, operation: bytes) -> Callable[[Kept], None]:
    def spoil(kept: Kept) -> None:
        kept.log[revision] = structs.replace(kept.log[revision], operation=operation)

    return spoil


def forge(revision: int, operation: bytes) -> Callable[[Kept], None]:
    """Put in an operation with a chain that is right, but nonsense itself."""

    def spoil(kept: Kept) -> None:
        line, before = kept.log[revision], kept.log[revision - 1]
        chain = extend_chain(before.chain, operation)
        kept.log[revision] = structs.replace(line, operation=operation, chain=chain)

    return spoil


def misname_head(kept: Kept) -> None:
    kept.row = structs.replace(kept.row, chain=b"?" * 16)


DAMAGE = {
    "a row is missing": (lose(5), 4),
    "the last row is missing": (lose(11), 10),
    "an operation was altered": (alter(5, b'[8, "?"]'), 4),
    "an operation is no operation": (forge(5, b"[true]"), 4),
    "an operation does not fit": (forge(5, b'[99, "?"]'), 4),
    "the head has another chain": (misname_head, 11),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
@in_virtual_time
async def test_a_damaged_log_is_opened_for_reading_up_to_its_last_sound_line(
    damage: tuple[Callable[[Kept], None], int],
) -> None:
    spoil, sound = damage
    world = World("hello")
    await write(world, 10)
    spoil(world.kept)
    before = dict(world.kept.log)
    hub = world.node()

    (ben,) = await world.peers(hub, 1)
    shown = ben.text
    ben.insert("!")
    error = await ben.next(Error)
    await asyncio.sleep(60)

    assert (ben.client.revision, shown) == (sound, "hello0123456789"[: 4 + sound])
    assert (error.code, error.seq) == ("unavailable", 1), "the client keeps what it has"
    assert world.kept.log == before
    assert ben.closed is None


@pytest.mark.parametrize("revision", [10, 12], ids=["at the snapshot", "after it"])
@in_virtual_time
async def test_a_row_that_is_missing_from_a_session_with_a_snapshot_leaves_it_readable(
    revision: int,
) -> None:
    world = World("hello", snapshot_operations=10)
    await write(world, 15)
    assert sorted(world.kept.snapshots) == [10]
    del world.kept.log[revision]

    (ben,) = await world.peers(world.node(), 1)
    shown = ben.text
    ben.insert("!")

    assert (await ben.next(Error)).code == "unavailable"
    assert shown == "hello0123456789"[: 4 + (10 if revision == 10 else 11)]


@in_virtual_time
async def test_a_snapshot_beyond_the_head_is_not_believed() -> None:
    world = World("hello")
    await write(world, 5)
    world.kept.snapshots[9] = "from another time"

    (ben,) = await world.peers(world.node(), 1)
    ben.insert("!")

    assert (await ben.next(Error)).code == "unavailable"
    assert world.kept.row.head == 6


@pytest.mark.parametrize(
    "spoil",
    [lose(8), alter(8, b'[11, "?"]'), forge(8, b"[true]")],
    ids=["lost", "altered", "forged"],
)
@in_virtual_time
async def test_a_log_that_is_damaged_under_a_live_session_is_not_written_on(
    spoil: Callable[[Kept], None],
) -> None:
    world = World("hello")
    world.sequencer.is_deaf = True
    (ben,) = await world.peers(world.node(), 1)
    world.store.fail("heads", StoreUnavailable("so that ben's node hears nothing yet"))
    ada = await write(world, 4)
    await world.settled(ben)
    head = world.store.hold("heads")
    for _ in range(3):
        ada.insert("!")
        await ada.until(lambda: ada.sent is None)
    spoil(world.kept)
    before = dict(world.kept.log)
    head.set()

    ben.insert("?")
    error = await ben.next(Error)
    cleo = world.peer()
    await cleo.connect(world.node())

    assert (error.code, error.seq) == ("unavailable", 1)
    assert world.kept.log == before
    assert cleo.client.confirmed == "hello0123"[: 4 + 7] + "!!"[: 7 - 5]


@in_virtual_time
async def test_who_joins_a_damaged_session_that_is_live_may_read_it() -> None:
    world = World("hello")
    world.sequencer.is_deaf = True
    hub = world.node()
    _here, (ben,) = await world.peers(hub, 1), await world.peers(world.node(), 1)
    beats = world.store.hold("heads")
    ben.insert("!")
    await ben.until(lambda: ben.sent is None)
    del world.kept.log[2]
    beats.set()
    await asyncio.sleep(5)

    cleo = world.peer()
    welcome = await cleo.connect(hub)

    assert (welcome.text, welcome.role, cleo.closed) == ("hello", "editor", None)


@in_virtual_time
async def test_a_late_edit_on_a_past_that_is_damaged_takes_nobody_with_it() -> None:
    world = World("hello", snapshot_operations=10)
    ada = await write(world, 25)
    hub = world.node()
    (ben,) = await world.peers(hub, 1)
    del world.kept.log[5]

    late = world.peer()
    await late.connect(hub)
    late.client.revision = 3
    late.insert("?")
    await late.next(Reset)
    ben.insert("!")
    await world.settled(ben, ada)

    assert ben.closed is late.closed is None
    assert ben.text == ada.text


@in_virtual_time
async def test_who_resumes_on_a_past_that_is_damaged_starts_again_from_the_text() -> None:
    world = World("hello", snapshot_operations=10)
    (ben,) = await world.peers(world.node(), 1)
    ben.drop()
    ada = await write(world, 25)
    del world.kept.log[5]

    welcome = await ben.connect(world.node())

    assert (welcome.reset, welcome.text) == ("history_trimmed", ada.text)


@in_virtual_time
async def test_a_past_that_was_altered_is_never_handed_out() -> None:
    world = World("hello", snapshot_operations=10)
    (ben,) = await world.peers(world.node(), 1)
    ben.drop()
    ada = await write(world, 25)
    alter(5, b'[8, "?"]')(world.kept)

    welcome = await ben.connect(world.node())

    assert (welcome.reset, welcome.text) == ("history_trimmed", ada.text)


@pytest.mark.parametrize("backwards", [False, True])
@in_virtual_time
async def test_what_is_committed_and_kept_during_a_load_is_not_taken_for_damage(
    backwards: bool,
) -> None:
    world = World("hello", snapshot_operations=5)
    (ada,) = await world.peers(world.node(), 1)
    slow = FaultyStore(world.memory)
    held = [slow.hold(method) for method in ("snapshot", "standing", "operations")]
    hub = world.node(slow)
    opening = asyncio.create_task(hub.actor(SESSION))

    for gate in reversed(held) if backwards else held:
        for _ in range(6):
            ada.insert("!")
            await world.settled(ada)
        await asyncio.sleep(0.1)
        gate.set()
        await asyncio.sleep(0.1)
    await opening
    (ben,) = await world.peers(hub, 1)
    ben.insert("?")
    await world.settled(ada, ben)

    assert ben.text == ada.text


@in_virtual_time
async def test_a_session_that_gets_another_past_while_it_is_loaded_is_loaded_with_that() -> None:
    world = World("hello", snapshot_operations=2)
    await write(world, 4)
    assert world.kept.snapshots
    store = FaultyStore(world.memory)
    starting = store.hold("snapshot")
    hub = world.node(store)
    loading = asyncio.create_task(hub.actor(SESSION))
    await asyncio.sleep(0.1)
    reading = store.hold("standing")
    starting.set()
    await asyncio.sleep(0.1)  # it has read the newest snapshot

    world.memory.bump_epoch(SESSION, 1)
    reading.set()
    actor = await loading

    assert (actor.replica.epoch, actor.replica.document.text) == (2, "hello")
    ada = world.peer()
    await ada.connect(hub)
    ada.insert("!")
    await world.settled(ada)

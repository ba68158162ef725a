"""A session is loaded once, lives while anybody wants it, and is let go without loss."""

from __future__ import annotations

import asyncio

import pytest

from ot_protocol import CloseCode
from ot_server.errors import Evicted, Full, NoSuchSession, StoreUnavailable
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time, in_virtual_time_with_a_bug


@in_virtual_time
async def test_however_many_open_a_session_at_once_it_is_loaded_once() -> None:
    world = World("hello")
    hub = world.node()
    loads = world.store.hold("snapshot")

    opening = [asyncio.create_task(hub.actor(SESSION)) for _ in range(10)]
    await asyncio.sleep(1)
    opening[0].cancel()  # one who gives up doesn't stop the others
    loads.set()
    actors = await asyncio.gather(*opening[1:])

    assert len(set(map(id, actors))) == 1
    assert world.store.calls["snapshot"] == 1


@in_virtual_time
@pytest.mark.parametrize("method", ["standing", "snapshot", "operations"])
async def test_a_failed_load_is_told_to_all_who_wait_and_is_tried_again(method: str) -> None:
    world = World("hello")
    hub = world.node()
    world.store.fail(method, StoreUnavailable("gone for a moment"))

    failed = await asyncio.gather(*(hub.actor(SESSION) for _ in range(3)), return_exceptions=True)
    actor = await hub.actor(SESSION)

    assert {type(error) for error in failed} == {StoreUnavailable}
    assert actor.replica.document.text == "hello", "a failed load is no empty document"


@in_virtual_time
async def test_there_is_no_session_that_nobody_made() -> None:
    world = World("hello")
    hub = world.node()

    for _ in range(2):
        with pytest.raises(NoSuchSession):
            await hub.actor("another")


@in_virtual_time
async def test_an_idle_session_is_let_go_and_one_in_use_is_not() -> None:
    world = World("hello", idle_seconds=60)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    actor = await hub.actor(SESSION)

    await asyncio.sleep(600)
    assert await hub.actor(SESSION) is actor
    ada.drop()
    await asyncio.sleep(30)
    assert await hub.actor(SESSION) is actor
    await asyncio.sleep(62)

    assert actor.is_gone
    with pytest.raises(Evicted):
        await actor.caught_up()
    assert await hub.actor(SESSION) is not actor


@in_virtual_time
async def test_a_session_whose_edits_wait_for_the_store_is_not_idle() -> None:
    world = World("hello", idle_seconds=2, unavailable_seconds=600)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.store.is_down = True
    ada.insert("!")
    ada.drop()

    await asyncio.sleep(60)
    world.store.is_down = False
    await ada.connect(hub)
    await world.settled(ada)

    assert ada.acked == [1]


@in_virtual_time
async def test_who_joins_while_the_session_is_let_go_is_served_by_the_next_load() -> None:
    world = World("hello", idle_seconds=2, poll_seconds=1)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    ada.drop()
    claims = world.store.hold("claim_client")

    joining = asyncio.create_task(ada.connect(hub))
    await asyncio.sleep(4)
    claims.set()
    with pytest.raises(Evicted):
        await joining
    await ada.connect(hub)
    ada.insert("!")
    await world.settled(ada)

    assert ada.text == "hello!"


@in_virtual_time
async def test_a_session_that_is_deleted_ends_its_connections() -> None:
    world = World("hello", poll_seconds=1)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)

    del world.memory.sessions[SESSION]
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.NO_SUCH_SESSION
    with pytest.raises(NoSuchSession):
        await hub.actor(SESSION)


@in_virtual_time_with_a_bug
async def test_the_poll_goes_on_whatever_goes_wrong_with_it() -> None:
    world = World("hello", poll_seconds=1)
    (ada,), (ben,) = await world.peers(world.node(), 1), await world.peers(world.node(), 1)
    world.sequencer.is_deaf = True
    for error in (StoreUnavailable("gone for a moment"), RuntimeError("nobody thought of it")):
        world.store.fail("heads", error)
        world.store.fail("heads", error)

    await asyncio.sleep(3)
    ada.insert("!")
    await world.settled(ada, ben)

    assert ben.text == "hello!"


@in_virtual_time
async def test_a_draining_node_opens_nothing_more() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    loads = world.store.hold("snapshot")
    other = world.node()
    opening = asyncio.create_task(other.actor(SESSION))
    await asyncio.sleep(1)

    closing = asyncio.create_task(other.close())
    await hub.close()
    loads.set()
    await closing

    with pytest.raises(Evicted):
        await hub.actor(SESSION)
    with pytest.raises(Evicted):
        await (await opening).caught_up()
    await ada.until(lambda: ada.closed is not None)
    assert ada.closed == CloseCode.GOING_AWAY


@in_virtual_time
async def test_many_connections_are_closed_over_a_while_when_the_node_drains() -> None:
    world = World("hello")
    hub = world.node()
    peers = await world.peers(hub, 10)
    closed: list[float] = []
    loop = asyncio.get_running_loop()

    async def watch(index: int) -> None:
        await peers[index].until(lambda: peers[index].closed is not None)
        closed.append(loop.time())

    watching = [asyncio.create_task(watch(index)) for index in range(10)]
    await hub.close()
    await asyncio.gather(*watching)

    assert closed[-1] - closed[0] >= 0.5


@in_virtual_time
async def test_a_session_and_a_participant_have_so_many_connections_at_most() -> None:
    world = World(connections_per_session=4, connections_per_participant=2)
    hub = world.node()
    for name in ("ada", "ada", "ben", "cleo"):
        await world.peer(name).connect(hub)

    with pytest.raises(Full):
        await world.peer("dora").connect(hub)
    world = World(connections_per_participant=2)
    hub = world.node()
    for _ in range(2):
        await world.peer("ada").connect(hub)
    with pytest.raises(Full):
        await world.peer("ada").connect(hub)


@in_virtual_time_with_a_bug
async def test_a_session_that_fails_is_loaded_again_and_loses_nothing() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ada.insert("!")
    await world.settled(ada, ben)
    world.store.fail("commit", RuntimeError("nobody thought of it"))

    ada.insert("?")
    await ada.until(lambda: ada.closed is not None)
    await ben.until(lambda: ben.closed is not None)
    assert ada.closed == ben.closed == CloseCode.INTERNAL_ERROR
    await ada.connect(hub)
    await ben.connect(hub)
    ada.resend()
    await world.settled(ada, ben)

    assert ada.text == ben.text == "hello!?"
    assert world.kept.row.head == 3


@in_virtual_time_with_a_bug
async def test_a_writer_that_fails_ends_its_connection_alone() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)

    async def fail(frame: bytes) -> None:
        raise RuntimeError(f"nobody thought of {frame!r}")

    ben.wire.send = fail  # type: ignore[method-assign]
    ada.insert("!")
    await world.settled(ada)
    await ben.until(lambda: ben.closed is not None)

    assert ben.closed == CloseCode.INTERNAL_ERROR
    assert ada.closed is None

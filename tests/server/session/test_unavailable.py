"""A store that is gone: nothing is acknowledged, nothing lost, and it heals without a hand."""

from __future__ import annotations

import asyncio

import pytest

from ot_protocol import CloseCode
from ot_protocol.messages import Error
from ot_server.errors import StoreUnavailable
from tests.server.props.nodes import World
from tests.server.props.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_commit_that_hangs_and_succeeds_at_last_is_in_the_log_once() -> None:
    world = World("hello", unavailable_seconds=2)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")

    ada.insert("!")
    await ada.until(lambda: bool(ada.heard_of(Error)))
    ada.resend()
    await asyncio.sleep(10)
    commits.set()
    ada.resend()
    await world.settled(ada)

    assert world.kept.row.head == 2
    assert ada.text == "hello!"


@in_virtual_time
async def test_while_the_store_is_down_an_edit_is_answered_unavailable_and_commits_later() -> None:
    world = World("hello", unavailable_seconds=5)
    ada, ben = await world.peers(world.node(), 2)
    loop = asyncio.get_running_loop()
    world.store.is_down = True

    start = loop.time()
    ada.insert("!")
    error = await ada.next(Error)

    assert (error.code, error.seq, error.fatal) == ("unavailable", 1, False)
    assert loop.time() - start == pytest.approx(5, abs=0.01)
    assert (ada.acked, world.kept.clients[ada.client_id].last_seq) == ([], 0)
    ada.resend()
    assert (await ada.next(Error)).seq == 1, "and again, as long as it is down"
    world.store.is_down = False
    ada.resend()
    await world.settled(ada, ben)
    assert (ada.acked, ben.text, world.kept.row.head) == ([1], "hello!", 2)


@in_virtual_time
async def test_an_edit_that_waited_is_committed_when_the_store_comes_back_in_time() -> None:
    world = World("hello", unavailable_seconds=5)
    ada, ben = await world.peers(world.node(), 2)
    world.store.is_down = True

    ada.insert("!")
    await asyncio.sleep(3)
    world.store.is_down = False
    await world.settled(ada, ben)

    assert not ada.heard_of(Error)
    assert ada.acked == [1]


@in_virtual_time
async def test_an_edit_given_up_during_its_commit_is_still_acknowledged_by_that_commit() -> None:
    world = World("hello", unavailable_seconds=5)
    (ada,) = await world.peers(world.node(), 1)
    world.store.is_down = True
    ada.insert("!")
    await asyncio.sleep(3)
    commits = world.store.hold("commit")
    world.store.is_down = False

    await ada.next(Error)
    commits.set()
    await world.settled(ada)

    assert (ada.acked, world.kept.row.head) == ([1], 2)


@in_virtual_time
async def test_who_joins_while_the_store_can_not_be_read_is_welcomed_when_it_can() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.store.fail("standing", StoreUnavailable("gone for a moment"))

    (ben,) = await world.peers(hub, 1)
    ada.insert("!")
    await world.settled(ada, ben)

    assert ben.text == "hello!"


@in_virtual_time
async def test_a_draining_node_finishes_its_commits_and_then_says_goodbye() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ada.insert("!")
    ben.insert("?", 0)

    await hub.close()
    await ada.until(lambda: ada.closed is not None)
    await ben.until(lambda: ben.closed is not None)

    assert ada.acked == ben.acked == [1]
    assert ada.closed == ben.closed == CloseCode.GOING_AWAY
    assert world.kept.row.head == 3


@in_virtual_time
async def test_a_draining_node_waits_for_a_dead_store_only_so_long() -> None:
    world = World("hello", drain_seconds=5)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.store.is_down = True
    ada.insert("!")

    start = asyncio.get_running_loop().time()
    await hub.close()
    await ada.until(lambda: ada.closed is not None)

    assert asyncio.get_running_loop().time() - start <= 7
    world.store.is_down = False
    await ada.connect(world.node())
    ada.resend()
    await world.settled(ada)
    assert world.kept.row.head == 2


@in_virtual_time
async def test_a_draining_node_tries_again_while_there_is_time() -> None:
    world = World("hello", drain_seconds=5)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    for _ in range(3):
        world.store.fail("commit", StoreUnavailable("gone for a moment"))

    ada.insert("!")
    await hub.close()
    await ada.until(lambda: ada.closed is not None)

    assert ada.acked == [1]
    assert world.kept.row.head == 2

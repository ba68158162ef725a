"""What a participant may do is what the store says at the commit, however it was changed."""

from __future__ import annotations

import asyncio

import pytest

from ot_protocol import CloseCode
from ot_protocol.messages import Participants, Reject, SessionChanged, Update
from ot_server.errors import Forbidden
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_viewer_reads_and_does_not_edit() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    ben = world.peer("ben", role="viewer")
    await ben.connect(hub)

    ben.insert("?")
    reject = await ben.next(Reject)
    ada.insert("!")
    await world.settled(ada, ben)

    assert reject.code == "forbidden"
    assert ben.text == "hello!"


@in_virtual_time
async def test_an_edit_is_refused_once_a_demotion_is_in_the_store_although_no_node_was_told() -> (
    None
):
    world = World("hello", poll_seconds=3600)
    (ada,) = await world.peers(world.node(), 1)
    world.memory.set_role(SESSION, ada.participant, "viewer")

    ada.insert("!")
    reject = await ada.next(Reject)

    assert reject.code == "forbidden"
    assert world.kept.row.head == 1


@in_virtual_time
async def test_a_demotion_during_the_commit_wins_over_it() -> None:
    world = World("hello", poll_seconds=3600)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")
    ada.insert("!")
    await asyncio.sleep(1)

    world.memory.set_role(SESSION, ada.participant, "viewer")
    commits.set()
    reject = await ada.next(Reject)

    assert reject.code == "forbidden"
    assert world.kept.row.head == 1


@in_virtual_time
async def test_who_is_revoked_is_refused_and_closed_within_the_poll() -> None:
    world = World("hello", poll_seconds=1)
    ada, ben = await world.peers(world.node(), 2)
    loop = asyncio.get_running_loop()
    start = loop.time()

    world.memory.set_role(SESSION, ada.participant, None)
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.FORBIDDEN
    assert loop.time() - start <= 2
    ben.insert("secret")
    await world.settled(ben)
    assert ada.text == "hello"
    with pytest.raises(AssertionError):
        await ada.connect(world.node())


@in_virtual_time
async def test_an_edit_of_one_who_was_revoked_does_not_commit() -> None:
    world = World("hello", poll_seconds=3600)
    ada, ben = await world.peers(world.node(), 2)
    world.memory.set_role(SESSION, ada.participant, None)

    ada.insert("!")
    await ada.until(lambda: ada.closed is not None)
    await asyncio.sleep(1)

    assert ada.closed == CloseCode.FORBIDDEN
    assert world.kept.row.head == 1
    assert not ben.heard_of(Update)


@in_virtual_time
async def test_a_change_of_role_is_told_to_its_holder_and_to_the_others() -> None:
    world = World("hello", poll_seconds=1)
    ada, ben = await world.peers(world.node(), 2)

    world.memory.set_role(SESSION, ada.participant, "viewer")
    told = await ada.next(SessionChanged)
    await asyncio.sleep(1)
    news = ben.heard_of(Participants)[-1]

    assert told.role == "viewer"
    assert [(one.id, one.role) for one in news.changed] == [(ada.participant, "viewer")]


@in_virtual_time
async def test_who_lost_access_after_the_token_was_given_is_not_let_in() -> None:
    world = World("hello")
    hub = world.node()
    ada = world.peer()
    claims = world.store.hold("claim_client")

    joining = asyncio.create_task(ada.connect(hub))
    await asyncio.sleep(1)
    world.memory.set_role(SESSION, ada.participant, None)
    claims.set()

    with pytest.raises(Forbidden):
        await joining
    assert not (await hub.actor(SESSION)).connections

"""One participant edits alone: who may edit then, and what everybody is told."""

from __future__ import annotations

import asyncio

from msgspec import UNSET

from ot_protocol.messages import Lock, Reject, SessionChanged, Welcome
from ot_server.history.restore import put_text
from ot_server.session.request import Refused
from ot_server.store.rows import LockRow
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time

LEASE = 30.0


def locked(by: str, seconds: float = LEASE) -> LockRow:
    """Return a lock that holds for so long from now."""
    return LockRow("run 1", by, "busy", asyncio.get_running_loop().time() + seconds)


def lockable(text: str = "") -> World:
    """Return a world whose store goes by the event loop's clock."""
    world = World(text)
    world.memory.now = asyncio.get_running_loop().time
    return world


def locks_told(peer: Peer) -> list[str | None]:
    """Return who a client was told to hold the lock, each time that it was told; None is nobody."""
    told: list[str | None] = []
    for message in peer.heard:
        if isinstance(message, Welcome):
            told.append(message.session.lock.by if message.session.lock else None)
        elif isinstance(message, SessionChanged) and message.lock is not UNSET:
            told.append(message.lock.by if message.lock else None)
    return told


def refusals(peer: Peer) -> list[str]:
    return [message.code for message in peer.heard if isinstance(message, Reject)]


@in_virtual_time
async def test_while_it_holds_others_are_refused_and_the_holder_is_not() -> None:
    world = lockable("text")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    world.memory.set_lock(SESSION, locked(ada.participant))
    hub.mark_stale(SESSION)
    await asyncio.sleep(0.1)

    ben.insert("mine")
    ada.insert("hers")
    await asyncio.sleep(1)

    assert refusals(ben) == ["locked"]
    assert ada.text == ben.text == "texthers"
    assert isinstance(await put_text(await hub.actor(SESSION), "owner", ""), Refused)


@in_virtual_time
async def test_everybody_is_told_of_it_and_who_comes_later_is_welcomed_with_it() -> None:
    world = lockable()
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.memory.set_lock(SESSION, locked("peer 9"))
    await asyncio.sleep(2)  # nobody has told this node: it asks
    (ben,) = await world.peers(hub, 1)
    world.memory.set_lock(SESSION, None)
    hub.mark_stale(SESSION)
    await asyncio.sleep(1)

    assert locks_told(ada) == [None, "peer 9", None]
    assert locks_told(ben) == ["peer 9", None]
    (lock,) = [
        message.lock
        for message in ada.heard
        if isinstance(message, SessionChanged) and isinstance(message.lock, Lock)
    ]
    assert lock == Lock("peer 9", "busy", "1970-01-01T00:00:30.001Z")


@in_virtual_time
async def test_what_is_on_its_way_when_it_is_locked_is_committed_before_or_refused() -> None:
    world = lockable()
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    commits = world.store.hold("commit")
    ada.insert("before")
    await asyncio.sleep(0.1)
    world.memory.set_lock(SESSION, locked("peer 9"))  # no node hears of it
    ben.insert("behind")

    commits.set()
    await asyncio.sleep(0.5)

    assert (refusals(ada), refusals(ben)) == (["locked"], ["locked"])
    assert [line.revision for line in world.log] == []
    assert ada.text == ben.text == ""


@in_virtual_time
async def test_it_ends_by_itself_on_every_node_though_nothing_says_so() -> None:
    world = lockable()
    here, there = world.node(), world.node()
    (ada,), (ben,) = await world.peers(here, 1), await world.peers(there, 1)
    world.memory.set_lock(SESSION, locked("peer 9"))
    version = world.kept.row.version
    await asyncio.sleep(LEASE - 0.5)
    assert locks_told(ada)[-1] == locks_told(ben)[-1] == "peer 9"

    await asyncio.sleep(0.6)

    assert locks_told(ada) == locks_told(ben) == [None, "peer 9", None]
    assert world.kept.row.version == version
    ada.insert("a")
    await world.settled(ada, ben)
    assert ben.text == "a"


@in_virtual_time
async def test_who_renews_it_keeps_it_and_everybody_is_told_until_when() -> None:
    world = lockable()
    (ada,) = await world.peers(world.node(), 1)
    for _ in range(5):
        world.memory.set_lock(SESSION, locked("peer 9"))
        await asyncio.sleep(LEASE / 3)
    assert locks_told(ada) == [None, *["peer 9"] * 5]
    await asyncio.sleep(LEASE)
    assert locks_told(ada)[-1] is None


@in_virtual_time
async def test_an_edit_that_was_refused_for_it_stays_refused_and_the_next_is_taken() -> None:
    world = lockable()
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.memory.set_lock(SESSION, locked("peer 9"))
    ada.insert("lost")
    await asyncio.sleep(1)
    world.memory.set_lock(SESSION, None)
    await asyncio.sleep(2)

    ada.insert("kept")
    await world.settled(ada)

    assert refusals(ada) == ["locked"]
    assert ada.text == "kept"
    assert world.line(ada, 2).revision == 1

"""Edits that the server makes for somebody: one effect each, and nobody's typing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest
from msgspec import json

from ot_core import Operation
from ot_protocol.messages import Role
from ot_server.errors import (
    Corrupt,
    Evicted,
    NoSuchRevision,
    NoSuchSession,
    OutcomeUnknown,
    StoreUnavailable,
)
from ot_server.history.restore import put_text, restore
from ot_server.history.revert import revert
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed, Refused, Trimmed
from ot_server.store.rows import Block, Commit
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time
from tests.server.props.written import write_log

LINES = "one\ntwo\nthree\n"


async def newest(world: World, store: FaultyStore | None = None) -> Actor:
    """Return the session on a node of its own, with all that is committed."""
    actor = await world.node(store).actor(SESSION)
    await actor.caught_up()
    return actor


def revision_of(answer: Answer) -> int:
    assert isinstance(answer, Committed)
    return answer.revision


async def typed(world: World, peer: Peer, *texts: str) -> None:
    """Commit each text, at the end."""
    for text in texts:
        peer.insert(text)
        await world.settled(peer)


# A whole text.


@in_virtual_time
async def test_a_whole_text_becomes_one_edit_of_its_author_and_everybody_sees_it() -> None:
    world = World(LINES)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)

    answer = await put_text(await hub.actor(SESSION), "owner", "one\n2\nthree\n")
    await world.settled(ada)

    assert revision_of(answer) == 2
    assert ada.text == "one\n2\nthree\n"
    line = world.log[-1]
    assert (line.participant_id, line.operation) == ("owner", b'[4,-3,"2",7]')
    assert world.kept.clients[str(line.client_id)].participant_id == "owner"


@in_virtual_time
async def test_what_is_typed_while_a_whole_text_comes_in_stays() -> None:
    world = World(LINES)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    actor = await hub.actor(SESSION)
    commits = world.store.hold("commit")

    putting = asyncio.create_task(put_text(actor, "owner", "one\n2\nthree\n"))
    ada.insert("zero\n", 0)
    ben.insert("four\n")
    await asyncio.sleep(0.1)
    commits.set()
    assert isinstance(await putting, Committed)
    await world.settled(ada, ben)

    assert ada.text == ben.text == "zero\none\n2\nthree\nfour\n"


@in_virtual_time
async def test_a_text_that_was_changed_elsewhere_is_merged_from_the_revision_it_was_made_on() -> (
    None
):
    world = World(LINES, snapshot_operations=3)
    (ada,) = await world.peers(world.node(), 1)
    await typed(world, ada, *(f"{number}\n" for number in range(10)))

    answer = await put_text(await newest(world), "owner", "one\n2\nthree\n0\n", base=2)
    await world.settled(ada)

    assert revision_of(answer) == 12
    assert ada.text == "one\n2\nthree\n" + "".join(f"{number}\n" for number in range(10))


@in_virtual_time
async def test_a_text_that_is_there_already_leaves_no_trace() -> None:
    world = World(LINES)
    actor = await newest(world)
    assert revision_of(await put_text(actor, "owner", LINES)) == 1
    assert revision_of(await put_text(actor, "owner", "", base=0)) == 1
    assert (world.kept.row.version, world.kept.clients) == (1, {})


@in_virtual_time
async def test_a_text_with_changes_all_over_is_no_wider_than_an_operation_may_be() -> None:
    text = "".join(f"{number}\n" for number in range(100))
    world = World(text, components=20)
    changed = text.replace("\n", "!\n")

    assert revision_of(await put_text(await newest(world), "owner", changed)) == 2

    assert (await newest(world)).replica.document.text == changed
    assert len(Operation.from_wire(json.decode(world.log[-1].operation)).components) <= 20


@in_virtual_time
async def test_an_edit_on_a_text_that_is_too_old_is_not_made() -> None:
    world = World(LINES, transform_lag=3)
    (ada,) = await world.peers(world.node(), 1)
    await typed(world, ada, *"abcdef")
    assert await put_text(await newest(world), "owner", "x", base=1) == Trimmed()
    assert world.kept.row.head == 7


@pytest.mark.parametrize(
    ("role", "code"), [("viewer", "forbidden"), (None, "forbidden"), ("editor", None)]
)
@in_virtual_time
async def test_the_role_that_counts_is_the_one_at_the_commit(
    role: Role | None, code: str | None
) -> None:
    world = World(LINES)
    world.peer("ben")
    actor = await newest(world)
    commits = world.store.hold("commit")

    putting = asyncio.create_task(put_text(actor, "ben", "another"))
    await asyncio.sleep(0.1)
    world.memory.set_role(SESSION, "ben", role)
    commits.set()
    answer = await putting

    assert (answer.code if isinstance(answer, Refused) else None) == code
    assert world.kept.row.head == (1 if code else 2)


# Restore and revert.


@in_virtual_time
async def test_what_was_is_brought_back_while_others_type() -> None:
    world = World(LINES, snapshot_operations=2)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    await typed(world, ada, "four\n", "five\n", "six\n")
    await world.settled(ben)
    actor = await hub.actor(SESSION)
    commits = world.store.hold("commit")

    restoring = asyncio.create_task(restore(actor, "owner", 2))
    ben.insert("seven\n")
    await asyncio.sleep(0.1)
    commits.set()
    await restoring
    await world.settled(ada, ben)

    assert ada.text == ben.text == LINES + "four\nseven\n"
    assert revision_of(await restore(actor, "owner", 0)) == 7
    await world.settled(ada)
    assert ada.text == ""


@in_virtual_time
async def test_a_range_is_taken_back_and_what_came_after_it_stays() -> None:
    world = World(LINES, snapshot_operations=2)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    await typed(world, ada, "four\n", "five\n", "six\n", "seven\n")
    await world.settled(ben)

    assert revision_of(await revert(await hub.actor(SESSION), "owner", 2, 3)) == 6
    await world.settled(ada, ben)

    assert ada.text == ben.text == LINES + "six\nseven\n"
    assert revision_of(await revert(await hub.actor(SESSION), "owner", 2, 3)) == 6, (
        "nothing is left"
    )


@in_virtual_time
async def test_what_was_deleted_comes_back_where_it_was() -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    ada.edit(4, -4, 6)
    await world.settled(ada)
    await typed(world, ada, "four\n")

    assert revision_of(await revert(await newest(world), "owner", 2, 2)) == 4
    await world.settled(ada)

    assert ada.text == LINES + "four\n"


@in_virtual_time
async def test_a_range_that_no_memory_holds_is_taken_back_over_blocks() -> None:
    world = World(snapshot_operations=10, history_revisions=5)
    letters = [Operation([*([at] if at else []), "abcdefghij"[at % 10]]) for at in range(100)]
    await write_log(world.memory, SESSION, letters, ["owner"], world.settings)
    actor = await newest(world)
    assert actor.replica.start == 100

    assert revision_of(await revert(actor, "owner", 5, 95)) == 101

    assert actor.replica.document.text == "abcd" + "fghij"
    assert actor.replica.start == 100, "nothing had to be read into memory"


@in_virtual_time
async def test_what_a_range_deleted_comes_back_each_time_it_is_asked_for() -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    ada.edit(4, -4, 6)
    await world.settled(ada)
    actor = await newest(world)
    for text in (LINES, "one\ntwo\ntwo\nthree\n"):
        await revert(actor, "owner", 2, 2)
        assert actor.replica.document.text == text


@in_virtual_time
async def test_a_block_that_leads_to_another_text_is_not_believed() -> None:
    world = World(snapshot_operations=10)
    letters = [Operation([*([at] if at else []), "abcdefghij"[at % 10]]) for at in range(25)]
    await write_log(world.memory, SESSION, letters, ["owner"], world.settings)
    world.kept.blocks[20] = Block(10, 20, b'[10,"abcdefghi?"]')
    actor = await newest(world)
    for first, last in ((5, 5), (5, 20)):
        with pytest.raises(Corrupt):
            await revert(actor, "owner", first, last)
    await revert(actor, "owner", 21, 22)
    assert actor.replica.document.text == "abcdefghij" * 2 + "cde"


REVISITING: list[Callable[[Actor], Coroutine[None, None, Answer]]] = [
    lambda actor: restore(actor, "owner", 2),
    lambda actor: revert(actor, "owner", 2, 3),
    lambda actor: put_text(actor, "owner", "x", base=2),
]


@pytest.mark.parametrize("edit", REVISITING, ids=["restore", "revert", "put"])
@in_virtual_time
async def test_the_past_of_another_lineage_is_never_brought_back(
    edit: Callable[[Actor], Coroutine[None, None, Answer]],
) -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    await typed(world, ada, *"abc")
    actor = await newest(world)
    snapshots = world.store.hold("snapshot")
    editing = asyncio.create_task(edit(actor))
    await asyncio.sleep(0.1)
    world.memory.bump_epoch(SESSION, 4)
    await asyncio.sleep(2)
    snapshots.set()
    with pytest.raises(Evicted):
        await editing
    assert world.kept.row.head == 4


@pytest.mark.parametrize("edit", REVISITING, ids=["restore", "revert", "put"])
@in_virtual_time
async def test_the_past_of_a_session_that_is_deleted_meanwhile_is_not_said_to_be_damaged(
    edit: Callable[[Actor], Coroutine[None, None, Answer]],
) -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    await typed(world, ada, *"abc")
    actor = await newest(world)
    lines = world.store.hold("operations")
    editing = asyncio.create_task(edit(actor))
    await asyncio.sleep(0.1)
    del world.memory.sessions[SESSION]
    lines.set()
    with pytest.raises(NoSuchSession):
        await editing


@in_virtual_time
async def test_revisions_that_are_not_there_yet_are_none() -> None:
    world = World(LINES)
    actor = await newest(world)
    calls: list[Callable[[], Awaitable[Answer]]] = [
        lambda: restore(actor, "owner", 2),
        lambda: revert(actor, "owner", 1, 2),
        lambda: put_text(actor, "owner", "x", base=2),
    ]
    for call in calls:
        with pytest.raises(NoSuchRevision):
            await call()
    assert world.kept.row.head == 1


# What goes wrong.


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), StoreUnavailable("no")])
@in_virtual_time
async def test_an_edit_whose_outcome_was_unknown_has_one_effect(
    error: Exception, is_done: bool
) -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    actor = await newest(world)
    world.store.fail("commit", error, is_done=is_done and not isinstance(error, StoreUnavailable))

    answer = await put_text(actor, "owner", LINES + "four\n")
    await world.settled(ada)

    assert revision_of(answer) == 2
    assert ada.text == LINES + "four\n"


class Dying(FaultyStore):
    """A store that its node loses while it commits, which it may have done or not."""

    is_done = False

    async def commit(self, commit: Commit) -> bool:
        if self.is_done:
            await self.inner.commit(commit)
        self.is_silent = True
        raise OutcomeUnknown("lost")


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@in_virtual_time
async def test_a_node_that_dies_with_an_edit_on_its_way_leaves_one_effect_or_none(
    is_done: bool,
) -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    dying = Dying(world.memory)
    dying.is_done = is_done

    with pytest.raises(OutcomeUnknown):
        await put_text(await newest(world, dying), "owner", LINES + "four\n")
    assert world.kept.row.head == (2 if is_done else 1)
    await typed(world, ada, "!")

    # The one who made it asks another node for the same, made on the same text.
    text = LINES + "four\n"
    head = world.kept.row.head
    await put_text(await newest(world), "owner", text, base=2 if is_done else 1)
    assert world.kept.row.head == (head if is_done else head + 1)
    await world.settled(ada)
    assert ada.text in (LINES + "four\n!", LINES + "!four\n")


@in_virtual_time
async def test_an_edit_that_the_store_can_not_take_is_given_up_and_never_half_made() -> None:
    world = World(LINES)
    actor = await newest(world)
    world.store.is_down = True
    with pytest.raises(StoreUnavailable):
        await put_text(actor, "owner", "x")

    world.store.is_down = False
    world.store.hold("commit")
    began = asyncio.get_running_loop().time()
    with pytest.raises(OutcomeUnknown):
        await put_text(actor, "owner", "x")
    assert asyncio.get_running_loop().time() - began < 6


@in_virtual_time
async def test_an_edit_of_a_session_that_is_live_no_more_is_not_made() -> None:
    world = World(LINES)
    actor = await newest(world)
    await actor.close()
    with pytest.raises(Evicted):
        await put_text(actor, "owner", "x")

    actor = await newest(world)
    world.memory.bump_epoch(SESSION, 1)
    with pytest.raises((Evicted, OutcomeUnknown)):
        await put_text(actor, "owner", "x")
    await actor.caught_up()
    with pytest.raises(Evicted):
        await actor.server_edits.edit("owner", Operation([14, "x"]), 1, epoch=1)
    assert world.kept.row.head == 1


@in_virtual_time
async def test_who_waits_for_a_session_that_is_deleted_meanwhile_is_not_given_its_last_text() -> (
    None
):
    world = World(LINES)
    actor = await newest(world)
    standings = world.store.hold("standing")
    waiting = asyncio.create_task(actor.caught_up())
    await asyncio.sleep(0.1)
    del world.memory.sessions[SESSION]
    standings.set()
    with pytest.raises(Evicted):
        await waiting


@in_virtual_time
async def test_an_edit_of_a_session_that_is_deleted_meanwhile_is_given_up() -> None:
    world = World(LINES)
    actor = await newest(world)
    standings = world.store.hold("standing")
    putting = asyncio.create_task(put_text(actor, "owner", "x"))
    await asyncio.sleep(0.1)
    del world.memory.sessions[SESSION]
    standings.set()
    with pytest.raises(OutcomeUnknown):
        await putting


@in_virtual_time
async def test_a_damaged_session_is_not_edited() -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    await typed(world, ada, *"abc")
    del world.kept.log[3]
    with pytest.raises(Corrupt):
        await put_text(await newest(world), "owner", "x")
    assert world.kept.row.head == 4


@in_virtual_time
async def test_a_node_that_stops_finishes_the_edits_it_was_given() -> None:
    world = World(LINES)
    actor = await newest(world)
    commits = world.store.hold("commit")
    putting = asyncio.create_task(put_text(actor, "owner", "x"))
    await asyncio.sleep(0.1)
    closing = asyncio.create_task(actor.close())
    await asyncio.sleep(0.1)
    commits.set()
    assert revision_of(await putting) == 2
    await closing


@in_virtual_time
async def test_who_does_not_wait_any_more_does_not_take_the_edit_back() -> None:
    world = World(LINES)
    (ada,) = await world.peers(world.node(), 1)
    actor = await newest(world)
    commits = world.store.hold("commit")
    putting = asyncio.create_task(put_text(actor, "owner", "x"))
    await asyncio.sleep(0.1)
    putting.cancel()
    commits.set()
    await ada.until(lambda: ada.text == "x")

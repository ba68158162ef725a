"""A client goes on from where it was, if the log vouches for that place; else it starts again."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import Raw

from ot_core import Operation
from ot_protocol import CloseCode
from ot_protocol.messages import Edit, Presence, Presences, Reject, Reset
from ot_server.errors import Replaced
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time


@in_virtual_time
@pytest.mark.parametrize("missed", [0, 1, 5, 300])
async def test_a_client_that_was_away_is_told_what_it_missed(missed: int) -> None:
    world = World("hello", history_revisions=20)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ben.drop()
    for _ in range(missed):
        ada.insert("!")
        await world.settled(ada)

    welcome = await ben.connect(hub)

    assert welcome.text is welcome.reset is None
    assert (welcome.from_, welcome.to) == (1, 1 + missed)
    assert len(welcome.changes or ()) == min(missed, 1)
    assert ben.text == ada.text


@in_virtual_time
async def test_a_client_resumes_from_any_revision_on_a_node_that_has_just_loaded_the_session() -> (
    None
):
    world = World(snapshot_operations=10, history_revisions=10)
    (ada,) = await world.peers(world.node(), 1)
    places = [("", ada.client.revision, (await ada.connect(world.node())).chain)]
    for number in range(60):
        ada.insert(str(number % 10))
        await world.settled(ada)
        places.append((ada.text, ada.client.revision, world.log[-1].chain.hex()))
    assert world.kept.snapshots, "the session is loaded from a snapshot, not from its beginning"

    for text, revision, chain in places:
        ben = world.peer()
        await ben.connect(world.node())
        ben.client = type(ben.client)(text, revision)
        welcome = await ben.connect(world.node(), epoch=1, revision=revision, chain=chain)

        assert welcome.reset is None
        assert ben.text == ada.text


@in_virtual_time
async def test_a_lost_ack_is_found_again_among_the_changes() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ada.wire.reads.clear()
    ada.insert("!")
    await asyncio.sleep(1)
    ben.insert("?", 0)
    ada.drop()
    await world.settled(ben)

    welcome = await ada.connect(world.node())

    assert [change.ack for change in welcome.changes or ()] == [1, None]
    assert (ada.acked, ada.sent, ada.text) == ([1], None, "?hello!")


@in_virtual_time
async def test_a_lost_reject_is_told_by_the_welcomes_last_seq() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    ada.wire.reads.clear()
    ada.send(Operation([3, "!"]))
    await asyncio.sleep(1)
    ada.drop()

    welcome = await ada.connect(world.node())

    assert welcome.last_seq == 1
    assert welcome.changes == []
    assert ada.sent is None, "outstanding, not beyond last_seq, and no ack: it was refused"


@in_virtual_time
async def test_what_was_lost_on_the_way_up_is_sent_again_and_committed() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ada.wire.is_cut = True
    ada.insert("!")
    ben.insert("?", 0)
    await world.settled(ben)

    welcome = await ada.connect(world.node())
    assert welcome.last_seq == 0
    ada.resend()
    await world.settled(ada, ben)

    assert ada.text == ben.text == "?hello!"


@in_virtual_time
async def test_what_waits_from_an_earlier_connection_is_answered_on_the_new_one() -> None:
    world = World("hello", unavailable_seconds=60)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    world.store.is_down = True
    ada.insert("!")
    await asyncio.sleep(1)
    ada.drop()
    world.store.is_down = False

    await ada.connect(hub)
    await world.settled(ada)

    assert ada.acked == [1]
    assert world.kept.row.head == 2


@in_virtual_time
async def test_a_reopened_tab_gets_the_text_and_the_changes_that_lead_to_it() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ben.drop()
    ada.insert("!")
    await world.settled(ada)

    welcome = await ben.connect(world.node(), text=True)

    assert welcome.text == "hello!"
    assert (welcome.from_, welcome.to) == (1, 2)
    assert [change.op for change in welcome.changes or ()] == [[5, "!"]]
    assert welcome.chain == world.log[-1].chain.hex()


@in_virtual_time
@pytest.mark.parametrize(
    "wrong", [{"epoch": 7}, {"chain": "0" * 32}, {"revision": 99}], ids=["epoch", "chain", "future"]
)
async def test_a_client_of_another_lineage_starts_again_from_the_text(
    wrong: dict[str, object],
) -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    ada.insert("!")
    await world.settled(ada)

    welcome = await ada.connect(world.node(), **wrong)

    assert (welcome.reset, welcome.text, welcome.revision) == ("lineage", "hello!", 2)


@in_virtual_time
async def test_a_client_beyond_the_transform_lag_starts_again_from_the_text() -> None:
    world = World("hello", transform_lag=20)
    ada, ben = await world.peers(world.node(), 2)
    ben.drop()
    for _ in range(30):
        ada.insert("!")
        await world.settled(ada)

    welcome = await ben.connect(world.node())

    assert (welcome.reset, welcome.text) == ("history_trimmed", ada.text)


@in_virtual_time
async def test_an_epoch_that_changes_resets_every_connection_and_drops_what_waits() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    for _ in range(5):
        ada.insert("!")
        await world.settled(ada, ben)
    world.memory.bump_epoch(SESSION, head=3)

    ada.insert("?")
    await ada.until(lambda: bool(ada.heard_of(Reset)))
    await world.settled(ada, ben)

    resets = [*ada.heard_of(Reset), *ben.heard_of(Reset)]
    assert [(reset.reason, reset.text, reset.epoch) for reset in resets] == 2 * [
        ("lineage", "hello!!", 2)
    ]
    ada.insert("?")
    await world.settled(ada, ben)
    assert ada.text == ben.text == "hello!!?"
    assert world.kept.row.head == 4


@in_virtual_time
async def test_an_edit_of_the_lineage_before_is_dropped_although_its_revision_exists_again() -> (
    None
):
    world = World("hello", poll_seconds=3600)
    world.sequencer.is_deaf = True
    (ada,) = await world.peers(world.node(), 1)
    for _ in range(5):
        ada.insert("!")
        await world.settled(ada)
    world.memory.bump_epoch(SESSION, head=3)
    ada.wire.reads.clear()  # whatever she is told of it comes late
    (ben,) = await world.peers(world.node(), 1)
    for _ in range(5):
        ben.insert("?")
        await ben.until(lambda: ben.sent is None)

    ada.insert("lost", 0)  # at revision 6, where the text is as long in both lineages
    ada.wire.reads.set()
    await ada.until(lambda: bool(ada.heard_of(Reset)))
    await asyncio.sleep(1)

    assert ada.text == ben.text == "hello!!?????"
    assert ada.sent is None
    assert world.kept.row.head == 8


@in_virtual_time
async def test_an_edit_that_crosses_a_reset_is_not_transformed_over_the_other_lineage() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    for _ in range(5):
        ada.insert("!")
        await world.settled(ada, ben)
    world.memory.bump_epoch(SESSION, head=3)
    ben.wire.reads.clear()
    ada.insert("?")
    await ada.until(lambda: bool(ada.heard_of(Reset)))

    # Ben has not been told yet; then he has, but this one was on its way already, and is made
    # at a revision that both lineages have, on a text of the same length.
    ben.say(Edit(1, 5, Raw(b'[9, "#"]')))
    await asyncio.sleep(1)
    ben.wire.reads.set()
    reset = await ben.next(Reset)
    ben.say(Edit(reset.last_seq, 3, Raw(b'[7, "#"]')))
    await asyncio.sleep(1)

    assert ada.closed is ben.closed is None
    assert ada.text == ben.text == "hello!!"
    assert world.kept.row.head == 3


@in_virtual_time
async def test_carets_of_the_lineage_before_are_forgotten() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    for _ in range(5):
        ada.insert("!")
        await world.settled(ada, ben)
    ada.say(Presence(6, [(10, 10)]))
    await ben.next(Presences)
    world.memory.bump_epoch(SESSION, head=3)
    await ben.next(Reset)

    cleo = world.peer()
    await cleo.connect(hub)
    await asyncio.sleep(1)
    ada.say(Presence(3, [(1, 1)]))
    told = await cleo.next(Presences)

    assert told.revision == 3
    assert cleo.closed is None


@in_virtual_time
async def test_the_newest_connection_of_a_client_replaces_the_one_before() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    twin = world.twin(ada)

    await twin.connect(hub)
    await ada.until(lambda: ada.closed is not None)
    twin.insert("!")
    await world.settled(twin)

    assert ada.closed == CloseCode.REPLACED
    assert twin.closed is None
    assert (await hub.actor(SESSION)).connections.keys() == {ada.client_id}


@in_virtual_time
async def test_a_connection_that_was_held_up_does_not_replace_the_one_after_it() -> None:
    world = World("hello")
    hub = world.node()
    ada = world.peer()
    twin = world.twin(ada)
    ada.arrival, twin.arrival = 1, 2
    await twin.connect(hub)

    with pytest.raises(Replaced):
        await ada.connect(hub)
    twin.insert("!")
    await world.settled(twin)

    assert twin.closed is None


@in_virtual_time
async def test_an_edit_that_crosses_a_reset_is_ended_by_that_and_by_nothing_else() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    actor = await hub.actor(SESSION)

    actor.connections[ada.client_id].reset("diverged")
    ada.insert("!")
    await ada.next(Reject)

    answers = [type(message) for message in ada.heard if isinstance(message, Reset | Reject)]
    assert answers == [Reset, Reject], "the store knows of no refusal: the client must not"
    assert ada.refused == set()


@in_virtual_time
async def test_an_edit_that_crosses_a_reset_is_known_also_after_another_reset_and_a_return() -> (
    None
):
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    actor = await hub.actor(SESSION)
    actor.connections[ada.client_id].reset("diverged")
    await ada.next(Reset)
    await ada.connect(hub)  # the store knows of no seq, and she of one that is spent

    ada.wire.reads.clear()
    actor.connections[ada.client_id].reset("diverged")
    await asyncio.sleep(1)
    ada.insert("lost")
    ada.wire.reads.set()
    await ada.next(Reject)
    assert ada.text == "hello"
    ada.insert("!")
    await world.settled(ada)

    assert world.kept.row.head == 2
    assert ada.text == "hello!"


@in_virtual_time
async def test_who_comes_while_a_lineage_begins_is_told_of_it_by_the_welcome_alone() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    ada.drop()
    world.memory.bump_epoch(SESSION, head=1)

    welcome = await ada.connect(hub)
    await asyncio.sleep(1)

    assert welcome.reset == "lineage"
    assert not ada.heard_of(Reset)

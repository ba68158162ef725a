"""(client id, seq) has one effect, ever, and the same answer on every node."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import Raw, structs

from ot_core import Operation
from ot_protocol.messages import Edit, Error, Reject, Update
from ot_server.errors import ClientTaken
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time

MISFIT = Operation([3, "!"])


async def committed(world: World, peer: Peer, text: str = "!") -> Edit:
    """Commit an edit, and return it as it was sent."""
    peer.insert(text)
    sent = peer.sent
    assert sent is not None
    await world.settled(peer)
    return sent


@in_virtual_time
async def test_a_resend_of_what_is_committed_is_acknowledged_again() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    sent = await committed(world, ada)

    ada.say(sent)
    await ada.next(Update)

    assert ada.acked == [1, 1]
    assert world.kept.row.head == 2


@in_virtual_time
async def test_a_resend_is_acknowledged_by_another_node_too() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    sent = await committed(world, ada)

    await ada.connect(world.node())
    ada.say(sent)
    await ada.next(Update)

    assert ada.acked == [1, 1]
    assert world.kept.row.head == 2


@in_virtual_time
async def test_a_resend_of_what_was_refused_is_refused_alike_on_every_node() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    ada.send(MISFIT)
    sent = ada.sent
    assert sent is not None
    await ada.next(Reject)

    for hub in (world.node(), world.node()):
        await ada.connect(hub)
        ada.say(sent)
        await ada.next(Reject)

    assert [(reject.seq, reject.code) for reject in ada.rejected] == 3 * [(1, "length_mismatch")]
    assert world.kept.row.head == 1


@in_virtual_time
async def test_what_was_refused_stays_refused_although_it_would_be_allowed_now() -> None:
    world = World("hello")
    ada = world.peer("ada", role="viewer")
    await ada.connect(world.node())
    ada.insert("!")
    sent = ada.sent
    assert sent is not None
    await ada.next(Reject)

    world.memory.set_role(SESSION, "ada", "editor")
    await ada.connect(world.node())
    ada.say(sent)

    assert (await ada.next(Reject)).code == "forbidden"
    assert world.kept.row.head == 1


@in_virtual_time
async def test_a_seq_that_repeats_with_another_operation_or_revision_is_never_acknowledged() -> (
    None
):
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    sent = await committed(world, ada)

    for other in (
        structs.replace(sent, op=Raw(b'[5, "?"]')),
        structs.replace(sent, revision=sent.revision + 1),
    ):
        ada.say(other)
        assert (await ada.next(Reject)).code == "seq_reused"

    assert ada.acked == [1]
    assert world.kept.row.head == 2


@in_virtual_time
async def test_another_operation_under_a_seq_that_is_undecided_is_not_acknowledged() -> None:
    world = World("hello", unavailable_seconds=60)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")
    ada.insert("!")
    assert ada.sent is not None

    ada.say(structs.replace(ada.sent, op=Raw(b'[5, "?"]')))
    commits.set()

    assert (await ada.next(Reject)).code == "seq_reused"
    assert world.kept.row.head == 2


@in_virtual_time
@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["here", "elsewhere"])
async def test_a_late_duplicate_of_an_older_seq_is_acknowledged_from_the_log(
    is_elsewhere: bool,
) -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    await ben.until(lambda: ben.client.revision == 1)
    ben.insert("?", 0)
    ada.insert("!")
    first = ada.sent
    assert first is not None
    await world.settled(ada, ben)
    await committed(world, ada, "!!")

    await ada.connect(world.node() if is_elsewhere else hub)
    ada.say(first)
    await ada.next(Update)

    assert ada.acked[-1] == 1
    assert world.kept.row.head == 4


@in_virtual_time
async def test_an_older_seq_that_repeats_with_another_operation_is_refused() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    await committed(world, ben, "?")
    first = await committed(world, ada)
    await committed(world, ada, "!!")

    ada.say(structs.replace(first, op=Raw(b'[6, "#"]')))

    assert (await ada.next(Reject)).code == "seq_reused"
    assert ada.acked == [1, 2]


@in_virtual_time
async def test_a_resend_that_crosses_its_ack_does_not_get_into_the_way_of_the_next_edit() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    sent = await committed(world, ada)

    ada.say(sent)
    ada.insert("?")
    await world.settled(ada)

    assert not ada.heard_of(Error)
    assert ada.text == "hello!?"
    assert world.kept.row.head == 3


@in_virtual_time
async def test_a_resend_of_what_still_waits_is_answered_once() -> None:
    world = World("hello", unavailable_seconds=60)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")

    ada.insert("!")
    await asyncio.sleep(1)
    ada.resend()
    ada.resend()
    commits.set()
    await world.settled(ada)
    await asyncio.sleep(1)

    assert ada.acked == [1]
    assert world.store.calls["commit"] == 1


@in_virtual_time
async def test_a_resend_on_another_node_while_the_first_commit_is_under_way_has_one_effect() -> (
    None
):
    world = World("hello", unavailable_seconds=60)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")
    ada.insert("!")
    await asyncio.sleep(1)

    await ada.connect(world.node())
    ada.resend()
    await asyncio.sleep(1)
    commits.set()
    await world.settled(ada)

    assert world.line(ada, 1).revision == world.kept.row.head == 2
    assert ada.text == "hello!"


@in_virtual_time
async def test_a_second_edit_while_one_is_outstanding_is_against_the_protocol() -> None:
    world = World("hello", unavailable_seconds=60)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")
    ada.insert("!")

    assert not ada.say(Edit(2, 1, Raw(b'["?", 5]')))
    error = await ada.next(Error)
    commits.set()
    await world.settled(ada)

    assert (error.code, error.seq) == ("protocol", 2)
    assert world.kept.row.head == 2


@in_virtual_time
async def test_the_edits_of_a_client_commit_in_the_order_of_their_seqs() -> None:
    world = World(unavailable_seconds=60)
    here, there = world.node(), world.node()
    ada, ben = world.peer(), world.peer()
    await ben.connect(here)
    for number in range(20):
        await ada.connect(here if number % 2 else there)
        ada.insert(f"{number} ")
        ben.insert(".", 0)
        await world.settled(ada, ben)

    assert [line.seq for line in world.log if line.client_id == ada.client_id] == [*range(1, 21)]
    assert ada.text == ben.text


@in_virtual_time
async def test_a_client_id_belongs_to_the_participant_that_used_it_first() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    thief = world.peer()
    thief.client_id = ada.client_id

    with pytest.raises(ClientTaken):
        await thief.connect(hub)

    ada.insert("!")
    await world.settled(ada)
    assert world.kept.clients[ada.client_id].participant_id == ada.participant

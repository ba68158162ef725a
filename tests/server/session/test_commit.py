"""An ack follows the commit; what is not committed is nowhere; nothing is lost or doubled."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import Raw

from ot_core import Operation
from ot_protocol.messages import Edit, Reject, Update
from ot_server.errors import OutcomeUnknown
from ot_server.sequencer.base import Announcement, Message
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time

MISFIT = Operation([3, "!"])
"""On a text that none of these sessions has."""


@in_virtual_time
async def test_an_edit_is_committed_acknowledged_and_shown_to_the_others() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)

    ada.insert(" world")
    await world.settled(ada, ben)

    assert ada.acked == [1]
    assert ada.text == ben.text == "hello world"
    assert ben.heard_of(Update)[-1].changes[0].by == ada.participant


@in_virtual_time
async def test_before_the_commit_nothing_is_acknowledged_shown_kept_or_announced() -> None:
    world = World("hello", snapshot_operations=1, unavailable_seconds=60)
    here, there = world.node(), world.node()
    (ada,), (ben,) = await world.peers(here, 1), await world.peers(there, 1)
    commits = world.store.hold("commit")
    announced: list[Announcement] = []

    def hear(message: Message) -> None:
        if isinstance(message, Announcement):
            announced.append(message)

    world.sequencer.listen(SESSION, hear)

    ada.insert("!")
    await asyncio.sleep(30)

    assert world.store.calls["commit"] == 1
    assert (ada.acked, announced, ben.heard_of(Update), world.kept.snapshots) == ([], [], [], {})
    assert (await here.actor(SESSION)).replica.document.text == "hello"
    commits.set()
    await world.settled(ada, ben)
    await asyncio.sleep(1)
    assert (ada.acked, ben.text, len(announced)) == ([1], "hello!", 1)
    assert world.kept.snapshots == {2: "hello!"}


@in_virtual_time
async def test_a_refusal_is_committed_before_it_is_told() -> None:
    world = World("hello", unavailable_seconds=60)
    (ada,) = await world.peers(world.node(), 1)
    commits = world.store.hold("commit")

    ada.send(MISFIT)
    await asyncio.sleep(30)

    assert not ada.rejected
    commits.set()
    reject = await ada.next(Reject)
    row = world.kept.clients[ada.client_id]
    assert (reject.seq, reject.code) == (1, "length_mismatch")
    assert (row.last_seq, row.last_revision, row.refusal) == (1, None, "length_mismatch")
    assert world.kept.row.head == 1


@in_virtual_time
async def test_one_bad_edit_is_refused_alone() -> None:
    world = World("hello", unavailable_seconds=60)
    ada, ben, cleo = await world.peers(world.node(), 3)
    commits = world.store.hold("commit")
    ada.insert("a")  # while this one is committed the others gather to one batch
    await asyncio.sleep(1)
    ben.send(MISFIT)
    cleo.insert("c")
    commits.set()
    await world.settled(ada, cleo)

    assert [reject.code for reject in ben.rejected] == ["length_mismatch"]
    assert sorted(cleo.text) == sorted("helloac")
    assert world.store.calls["commit"] == 2


@in_virtual_time
async def test_edits_that_come_during_a_commit_share_the_next_one() -> None:
    world = World(unavailable_seconds=60)
    peers = await world.peers(world.node(), 20)
    commits = world.store.hold("commit")

    for number, peer in enumerate(peers):
        peer.insert(chr(ord("a") + number))
        await asyncio.sleep(0.1)
    commits.set()
    await world.settled(*peers)

    assert world.store.calls["commit"] == 2
    assert {peer.text for peer in peers} == {peers[0].text}
    assert sorted(peers[0].text) == [chr(ord("a") + number) for number in range(20)]


@in_virtual_time
async def test_a_batch_has_limits_of_number_and_of_bytes() -> None:
    world = World(unavailable_seconds=60, batch_operations=4, batch_bytes=100)
    peers = await world.peers(world.node(), 10)
    commits = world.store.hold("commit")

    peers[0].insert("-")
    await asyncio.sleep(1)
    for peer in peers[1:6]:
        peer.insert("x")  # four, then one with the first of the long ones
    for peer in peers[6:]:
        peer.insert("y" * 60)  # one each
    commits.set()
    await world.settled(*peers)

    assert world.store.calls["commit"] == 1 + 1 + 4


@in_virtual_time
async def test_a_commit_that_comes_too_late_is_tried_again_with_the_edits_as_they_were_sent() -> (
    None
):
    world = World("middle")
    here, there = world.node(), world.node()
    (ada,), (ben,) = await world.peers(here, 1), await world.peers(there, 1)
    commits = world.store.hold("commit")
    ada.insert("<", 0)
    ben.insert(">")
    await asyncio.sleep(1)

    commits.set()
    await world.settled(ada, ben)

    assert ada.text == ben.text == "<middle>"
    assert world.store.calls["commit"] == 3, "one of the two lost the race, and came again"
    assert world.line(ada, 1).committed_at <= world.line(ben, 1).committed_at


@in_virtual_time
@pytest.mark.parametrize("is_done", [True, False])
async def test_an_unknown_outcome_neither_loses_an_edit_nor_doubles_it(is_done: bool) -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    world.store.fail("commit", OutcomeUnknown("lost"), is_done=is_done)

    ada.insert("!")
    await world.settled(ada, ben)

    assert ada.acked == [1]
    assert ada.text == ben.text == "hello!"
    assert world.kept.row.head == 2


@in_virtual_time
@pytest.mark.parametrize("is_done", [True, False])
async def test_an_unknown_outcome_of_a_refusal_is_told_once_it_is_known(is_done: bool) -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    world.store.fail("commit", OutcomeUnknown("lost"), is_done=is_done)

    ada.send(MISFIT)
    await ada.until(lambda: bool(ada.rejected))

    assert [reject.code for reject in ada.rejected] == ["length_mismatch"]
    assert world.kept.clients[ada.client_id].last_seq == 1


@in_virtual_time
async def test_a_text_that_grows_over_the_limit_is_refused_and_nothing_of_it_stays() -> None:
    world = World("é" * 40, document_bytes=100)
    ada, ben = await world.peers(world.node(), 2)

    ada.insert("x" * 20)
    await ada.until(lambda: ada.sent is None)
    ada.insert("é" * 20)
    await ada.until(lambda: ada.sent is None)
    ben.edit(-60, "é" * 40)
    await world.settled(ada, ben)

    assert [reject.code for reject in ada.rejected] == ["too_large"]
    assert ada.text == ben.text == "é" * 40


@in_virtual_time
async def test_too_many_components_are_refused() -> None:
    world = World("hello", components=4)
    (ada,) = await world.peers(world.node(), 1)

    ada.edit(1, "a", 1, "b", 3)
    await ada.until(lambda: ada.sent is None)

    assert [reject.code for reject in ada.rejected] == ["too_large"]


@in_virtual_time
async def test_an_edit_ahead_of_what_its_client_was_sent_is_refused() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ben.wire.reads.clear()
    for _ in range(2):  # the first is on its way to ben, the second not even that
        ada.insert("!")
        await world.settled(ada)

    ben.say(Edit(1, 3, Raw(b'[7, "?"]')))
    ben.wire.reads.set()

    assert (await ben.next(Reject)).code == "unknown_revision"
    assert world.kept.row.head == 3


@pytest.mark.parametrize(("times", "turns"), [(1, 0), (2, 1), (3, 2)])
@in_virtual_time
async def test_a_node_waits_for_its_turn_only_where_others_are_faster_again_and_again(
    times: int, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World("hello")
    slow = FaultyStore(world.memory)
    (ada,), (ben,) = await world.peers(world.node(), 1), await world.peers(world.node(slow), 1)
    waited: list[str] = []

    async def turn(session_id: str) -> None:
        waited.append(session_id)

    monkeypatch.setattr(world.sequencer, "turn", turn)
    commits = slow.hold("commit")
    ben.insert("?", 0)
    for _ in range(times):
        await asyncio.sleep(0.1)  # until the commit waits, and nothing else is to be done
        ada.insert("!")
        await world.settled(ada)
        earlier, commits = commits, slow.hold("commit")
        earlier.set()
    commits.set()
    await world.settled(ada, ben)

    assert ben.text == "?hello" + "!" * times
    assert len(waited) == turns

"""A connection is a position in the log: what it missed is composed, not queued, not skipped."""

from __future__ import annotations

import asyncio

import pytest

from ot_protocol import CloseCode
from ot_protocol.messages import Ping, Pong, Reset, Update
from tests.server.props.nodes import LossySequencer, World
from tests.server.props.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_slow_reader_gets_everything_it_missed_as_one_change() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ben.wire.reads.clear()
    for _ in range(300):
        ada.insert("!")
        await world.settled(ada)

    frames = ben.wire.frames
    ben.wire.reads.set()
    await world.settled(ben)

    updates = ben.heard_of(Update)[-2:]
    assert ben.text == ada.text
    assert ben.wire.frames - frames <= 4, "what was on its way, and one frame for all the rest"
    assert updates[-1].to == world.kept.row.head
    assert len(updates[-1].changes) == 1
    assert updates[-1].changes[0].by == ada.participant, "one participant made it all"


@in_virtual_time
async def test_nobody_is_named_as_author_of_what_several_wrote() -> None:
    world = World("hello")
    ada, ben, cleo = await world.peers(world.node(), 3)
    cleo.wire.reads.clear()
    for peer in (ada, ben, ada, ben):
        peer.insert("!")
        await world.settled(ada, ben)

    cleo.wire.reads.set()
    await world.settled(cleo)

    (change,) = cleo.heard_of(Update)[-1].changes
    assert change.op is not None
    assert change.by is None


@in_virtual_time
async def test_an_own_operation_is_acknowledged_at_its_place_among_what_others_wrote() -> None:
    world = World("hello", unavailable_seconds=60)
    ada, ben = await world.peers(world.node(), 2)
    ben.wire.reads.clear()
    ben.insert("b", 0)
    for number in range(6):
        ada.insert(str(number))
        await world.settled(ada)

    ben.wire.reads.set()
    await world.settled(ben)

    place = world.line(ben, 1).revision
    update = next(update for update in ben.heard_of(Update) if update.to >= place)
    acks = [change.ack for change in update.changes]
    assert acks.count(1) == 1
    assert ben.acked == [1]
    assert ben.text == ada.text == "bhello012345"


@in_virtual_time
async def test_an_ack_stands_between_what_was_committed_before_and_after_it() -> None:
    world = World("hello", unavailable_seconds=60)
    ada, ben, cleo = await world.peers(world.node(), 3)
    ben.wire.reads.clear()
    cleo.insert("?")  # it fills the wire, so that all of the rest comes in one frame
    await world.settled(ada, cleo)
    for peer in (ada, ben, ada):
        peer.insert(peer.participant[-1])
        await asyncio.sleep(0.1)

    ben.wire.reads.set()
    await world.settled(ada, ben)

    changes = ben.heard_of(Update)[-1].changes
    assert [change.ack for change in changes] == [None, 1, None]
    assert [change.by for change in changes] == [ada.participant, None, ada.participant]
    assert ben.text == ada.text


@in_virtual_time
async def test_a_slow_reader_holds_no_frames_but_its_position() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ben.wire.reads.clear()
    for _ in range(50):
        ada.insert("!")
        await world.settled(ada)
        ben.say(Ping())

    ben.wire.reads.set()
    await ben.until(lambda: len(ben.heard_of(Pong)) == 50)
    await world.settled(ben)

    assert len(ben.heard_of(Update)) <= 2


@in_virtual_time
async def test_who_asks_and_does_not_read_is_closed() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)
    ada.wire.reads.clear()

    for _ in range(1000):
        ada.say(Ping())
    ada.wire.reads.set()
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.TRY_AGAIN_LATER
    assert len(ada.heard_of(Pong)) <= 65


@in_virtual_time
async def test_a_client_that_takes_nothing_is_closed_and_the_others_never_wait_for_it() -> None:
    world = World("hello", slow_reader_seconds=30)
    ada, ben = await world.peers(world.node(), 2)
    loop = asyncio.get_running_loop()
    ben.wire.reads.clear()

    start = loop.time()
    ada.insert("!")
    await world.settled(ada)
    assert loop.time() - start < 1
    await ben.until(lambda: ben.closed is not None)

    assert ben.closed == CloseCode.TRY_AGAIN_LATER
    assert loop.time() - start == pytest.approx(30, abs=1)


@in_virtual_time
async def test_the_history_is_kept_back_to_the_slowest_reader() -> None:
    world = World("hello", history_revisions=10, slow_reader_seconds=10_000)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ben.wire.reads.clear()
    for _ in range(100):
        ada.insert("!")
        await world.settled(ada)

    ben.wire.reads.set()
    await world.settled(ben)

    assert ben.text == ada.text
    assert not ben.heard_of(Reset)


@in_virtual_time
async def test_a_reader_beyond_the_transform_lag_starts_again() -> None:
    world = World("hello", history_revisions=10, transform_lag=50, slow_reader_seconds=10_000)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ben.wire.reads.clear()
    for _ in range(100):
        ada.insert("!")
        await world.settled(ada)

    ben.wire.reads.set()
    await world.settled(ben)

    assert [reset.reason for reset in ben.heard_of(Reset)] == ["history_trimmed"]
    assert ben.text == ada.text


@in_virtual_time
async def test_a_very_late_edit_is_transformed_over_all_that_came_since() -> None:
    world = World("hello", history_revisions=10, slow_reader_seconds=10_000)
    ada, ben = await world.peers(world.node(), 2)
    ben.wire.reads.clear()
    for number in range(700):
        ada.insert("a", 0 if number % 2 else None)
        await world.settled(ada)

    ben.insert("<here>", 3)
    ben.wire.reads.set()
    await world.settled(ada, ben)

    assert ben.text == ada.text
    assert ada.text == "a" * 350 + "hel<here>lo" + "a" * 350


@in_virtual_time
async def test_an_edit_beyond_the_transform_lag_is_not_committed_and_its_client_starts_again() -> (
    None
):
    world = World("hello", transform_lag=50, slow_reader_seconds=10_000)
    ada, ben = await world.peers(world.node(), 2)
    ben.drop()
    late = ben.client.revision
    for _ in range(100):
        ada.insert("!")
        await world.settled(ada)
    await ben.connect(world.node())
    assert late == 1

    ben.client.revision = late  # a client that sends again what it made long ago
    ben.insert("?", 0)
    reset = await ben.next(Reset)
    await world.settled(ben)

    assert reset.reason == "history_trimmed"
    assert ben.text == ada.text
    assert world.kept.row.head == 101


@in_virtual_time
async def test_idle_clients_of_all_nodes_converge_without_any_announcement() -> None:
    world = World("hello", poll_seconds=1)
    here, there = world.node(), world.node()
    (ada,), (ben,) = await world.peers(here, 1), await world.peers(there, 1)
    world.sequencer.is_deaf = True

    for number in range(10):
        (ada if number % 2 else ben).insert(str(number))
        await world.settled(ada, ben)

    assert ada.text == ben.text
    assert sorted(ada.text) == sorted("hello0123456789")


@in_virtual_time
async def test_what_another_node_commits_is_here_within_the_poll_though_its_message_is_lost() -> (
    None
):
    world = World("hello", poll_seconds=1)
    (ada,), (ben,) = await world.peers(world.node(), 1), await world.peers(world.node(), 1)
    world.sequencer.is_deaf = True
    loop = asyncio.get_running_loop()

    start = loop.time()
    ada.insert("!")
    await world.settled(ada, ben)

    assert ben.text == "hello!"
    assert loop.time() - start <= 2


@in_virtual_time
async def test_nodes_that_do_not_hear_each_other_ask_early_enough_to_show_an_edit_within_the_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LossySequencer, "is_reached", False)
    world = World("hello", poll_seconds=1)
    world.sequencer.is_deaf = True
    (ada,), (ben,) = await world.peers(world.node(), 1), await world.peers(world.node(), 1)
    loop = asyncio.get_running_loop()

    for _ in range(20):
        await asyncio.sleep(0.37)
        ada.insert("!")
        await world.settled(ada)
        start = loop.time()
        await world.settled(ben)
        assert loop.time() - start < 0.6, "asking takes time, too, which here it doesn't"


@pytest.mark.parametrize("ticks", range(0, 24, 2))
@in_virtual_time
async def test_an_edit_that_comes_while_its_clients_catch_up_is_worked_out_is_acknowledged_once(
    ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.log.slices.SLICE_SECONDS", 0)
    world = World("hello", slow_reader_seconds=10_000)
    ada, ben = await world.peers(world.node(), 2)
    ben.wire.reads.clear()
    for _ in range(100):
        ada.insert("!")
        await world.settled(ada)

    ben.wire.reads.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    ada.insert("!")
    ben.insert("?", 0)
    await world.settled(ada, ben)

    assert ben.acked == [1]
    assert ben.text == ada.text

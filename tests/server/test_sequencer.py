"""What every `Sequencer` promises: it helps, and nothing depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ot_server.sequencer.base import Announcement, Sequencer
from ot_server.sequencer.local import TAIL, TURN_SECONDS, LocalSequencer
from ot_server.store.rows import CommittedOperation
from tests.server.virtual_time import in_virtual_time

SEQUENCERS: dict[str, Callable[[], Sequencer]] = {"local": LocalSequencer}

of_every_kind = pytest.mark.parametrize("make", SEQUENCERS.values(), ids=SEQUENCERS.keys())


def announcement(first: int, last: int, epoch: int = 1, session_id: str = "s") -> Announcement:
    """Return what is announced of revisions `first` to `last` of an epoch."""
    operations = [
        CommittedOperation(revision, "c", revision, "p", b"%d" % epoch, b"chain", 0.0)
        for revision in range(first, last + 1)
    ]
    return Announcement(session_id, epoch, b"before", operations)


async def tail(sequencer: Sequencer, revision: int, epoch: int = 1) -> list[int] | None:
    """Return the revisions that a tail consists of, or None for a miss."""
    lines = await sequencer.tail("s", epoch, revision)
    return None if lines is None else [line.revision for line in lines]


@of_every_kind
@in_virtual_time
async def test_a_tail_is_what_follows_a_revision(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    await sequencer.announce(announcement(1, 3))
    await sequencer.announce(announcement(4, 4))

    assert await tail(sequencer, 0) == [1, 2, 3, 4]
    assert await tail(sequencer, 2) == [3, 4]
    assert not await tail(sequencer, 4)
    assert not await tail(sequencer, 9)


@of_every_kind
@in_virtual_time
async def test_nothing_announced_is_a_miss(make: Callable[[], Sequencer]) -> None:
    assert await tail(make(), 0) is None


@of_every_kind
@in_virtual_time
async def test_a_tail_never_has_a_gap(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    await sequencer.announce(announcement(1, 3))

    await sequencer.announce(announcement(6, 7))  # what told of 4 and 5 was lost

    assert await tail(sequencer, 2) is None
    assert await tail(sequencer, 5) == [6, 7]


@of_every_kind
@in_virtual_time
async def test_a_range_that_is_announced_again_makes_no_double(
    make: Callable[[], Sequencer],
) -> None:
    sequencer = make()
    await sequencer.announce(announcement(1, 5))

    await sequencer.announce(announcement(3, 6))

    found = await tail(sequencer, 2)
    assert found in (None, [3, 4, 5, 6])
    assert await tail(sequencer, 5) == [6]


@of_every_kind
@in_virtual_time
async def test_a_newer_epoch_starts_afresh_and_an_older_one_is_not_heard(
    make: Callable[[], Sequencer],
) -> None:
    sequencer = make()
    await sequencer.announce(announcement(1, 5))

    await sequencer.announce(announcement(3, 4, epoch=2))
    await sequencer.announce(announcement(5, 6))

    assert await tail(sequencer, 2) is None, "of an epoch that is over"
    assert await tail(sequencer, 2, epoch=2) == [3, 4]


@of_every_kind
@in_virtual_time
async def test_a_tail_is_bounded(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    for revision in range(1, 3 * TAIL):
        await sequencer.announce(announcement(revision, revision))

    assert await tail(sequencer, 0) is None
    assert await tail(sequencer, 3 * TAIL - 3) == [3 * TAIL - 2, 3 * TAIL - 1]


@of_every_kind
@in_virtual_time
async def test_sessions_have_nothing_to_do_with_each_other(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    heard: list[Announcement] = []
    sequencer.listen("s", heard.append)

    await sequencer.announce(announcement(1, 1, session_id="t"))

    assert heard == []
    assert await tail(sequencer, 0) is None


@of_every_kind
@in_virtual_time
async def test_everybody_who_listens_hears_until_he_stops(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    first: list[Announcement] = []
    second: list[Announcement] = []
    stop = sequencer.listen("s", first.append)
    sequencer.listen("s", second.append)

    await sequencer.announce(announcement(1, 1))
    stop()
    await sequencer.announce(announcement(2, 2))

    assert [heard.operations[0].revision for heard in first] == [1]
    assert [heard.operations[0].revision for heard in second] == [1, 2]


@of_every_kind
@in_virtual_time
async def test_one_may_stop_listening_while_one_is_told(make: Callable[[], Sequencer]) -> None:
    sequencer = make()
    heard: list[Announcement] = []

    def once(announced: Announcement) -> None:
        heard.append(announced)
        stop()

    stop = sequencer.listen("s", once)
    sequencer.listen("s", heard.append)
    await sequencer.announce(announcement(1, 1))
    await sequencer.announce(announcement(2, 2))

    assert [one.operations[0].revision for one in heard] == [1, 1, 2]


@of_every_kind
@in_virtual_time
async def test_a_session_that_nobody_listens_to_any_more_is_forgotten(
    make: Callable[[], Sequencer],
) -> None:
    sequencer = make()
    stop = sequencer.listen("s", lambda _: None)
    await sequencer.announce(announcement(1, 1))

    stop()

    assert await tail(sequencer, 0) is None


@of_every_kind
@in_virtual_time
async def test_an_announcement_passes_the_turn_to_who_has_waited_longest(
    make: Callable[[], Sequencer],
) -> None:
    sequencer = make()
    order: list[int] = []
    loop = asyncio.get_running_loop()

    async def wait(number: int) -> None:
        await sequencer.turn("s")
        order.append(number)

    start = loop.time()
    waiting = [asyncio.create_task(wait(number)) for number in range(3)]
    await asyncio.sleep(0.1)
    for revision in (1, 2):
        await sequencer.announce(announcement(revision, revision))
        await asyncio.sleep(0.1)

    assert order == [0, 1]
    await asyncio.gather(*waiting)
    assert loop.time() - start == pytest.approx(TURN_SECONDS, abs=0.01), "nobody waits for ever"


@of_every_kind
@in_virtual_time
async def test_a_turn_that_somebody_gave_up_is_not_passed_to_him(
    make: Callable[[], Sequencer],
) -> None:
    sequencer = make()
    loop = asyncio.get_running_loop()
    first, second = (asyncio.create_task(sequencer.turn("s")) for _ in range(2))
    await asyncio.sleep(0.1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    start = loop.time()
    await sequencer.announce(announcement(1, 1))
    await second

    assert loop.time() - start < 0.1

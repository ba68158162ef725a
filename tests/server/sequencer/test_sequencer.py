"""What every `Sequencer` promises: it helps, and nothing depends on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ot_protocol.messages import Participant
from ot_server.sequencer.base import (
    TAIL,
    TAIL_BYTES,
    Announcement,
    Changed,
    Message,
    Sequencer,
    StatedPresence,
    Statement,
)
from ot_server.sequencer.local import LocalSequencer
from ot_server.sequencer.redis import RedisSequencer
from ot_server.store.rows import CommittedOperation
from tests.patience import PATIENCE, took, within
from tests.redis import PrivateRedis, running_redis

PATIENT_SECONDS = 1.0


@dataclass
class Nodes:
    """Two nodes that ought to hear each other."""

    near: Sequencer
    far: Sequencer


@contextlib.asynccontextmanager
async def nodes_over(redis: PrivateRedis) -> AsyncIterator[Nodes]:
    near, far = RedisSequencer(redis.url), RedisSequencer(redis.url)
    for node in (near, far):
        await node.open()
        await within(node.connection.up.wait())
    yield Nodes(near, far)
    for node in (near, far):
        await node.close()


@pytest.fixture(params=["local", "redis"])
async def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Nodes]:
    if request.param == "local":
        local = LocalSequencer()
        yield Nodes(local, local)
        return
    async with running_redis(tmp_path) as redis, nodes_over(redis) as nodes:
        yield nodes


@dataclass
class Ear:
    """What is heard of a session on a node."""

    heard: list[Message] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, message: Message) -> None:
        self.heard.append(message)
        self.news.set()

    async def has_heard(self, count: int) -> list[Message]:
        """Return the first messages, when there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard[:count]

    @property
    def revisions(self) -> list[int]:
        """The last revisions of what was announced."""
        announced = (one for one in self.heard if isinstance(one, Announcement))
        return [one.operations[-1].revision for one in announced]


async def listening(sequencer: Sequencer, session_id: str = "s") -> Ear:
    """Return who hears all that is said from now on."""
    ear = Ear()
    sequencer.listen(session_id, ear.hear)
    if isinstance(sequencer, RedisSequencer):
        await ear.has_heard(1)  # from here on nothing is missed
        ear.heard.clear()
    return ear


def announcement(
    first: int, last: int, epoch: int = 1, session_id: str = "s", size: int = 1
) -> Announcement:
    """Return what is announced of revisions `first` to `last` of an epoch."""
    operations = [
        CommittedOperation(revision, "c", revision, "p", b"%d" % epoch * size, b"chain", 0.5)
        for revision in range(first, last + 1)
    ]
    return Announcement(session_id, epoch, b"before", operations)


async def tail(sequencer: Sequencer, revision: int, epoch: int = 1) -> list[int] | None:
    """Return the revisions that a tail consists of, or None for a miss."""
    lines = await sequencer.tail("s", epoch, revision)
    return None if lines is None else [line.revision for line in lines]


async def test_a_tail_is_what_follows_a_revision(nodes: Nodes) -> None:
    said = announcement(1, 3)
    await nodes.near.announce(said)
    await nodes.near.announce(announcement(4, 4))

    assert (await nodes.far.tail("s", 1, 0) or [])[:3] == said.operations
    assert await tail(nodes.far, 0) == [1, 2, 3, 4]
    assert await tail(nodes.far, 2) == [3, 4]
    assert not await tail(nodes.far, 4)
    assert not await tail(nodes.far, 9)


async def test_who_listens_has_the_same_tail(nodes: Nodes) -> None:
    ear = await listening(nodes.far)
    await nodes.near.announce(announcement(3, 4))
    await nodes.near.announce(announcement(5, 5))
    await ear.has_heard(2)

    assert await tail(nodes.far, 1) is None
    assert await tail(nodes.far, 2) == [3, 4, 5]
    assert await tail(nodes.far, 4) == [5]


async def test_nothing_announced_is_a_miss(nodes: Nodes) -> None:
    assert await tail(nodes.near, 0) is None


async def test_a_tail_never_has_a_gap_and_goes_on_after_one(nodes: Nodes) -> None:
    await nodes.near.announce(announcement(1, 3))

    await nodes.near.announce(announcement(6, 7))  # what told of 4 and 5 was lost
    assert await tail(nodes.far, 2) is None
    assert await tail(nodes.far, 5) == [6, 7]
    await nodes.near.announce(announcement(8, 8))

    assert await tail(nodes.far, 5) == [6, 7, 8]


async def test_a_range_that_is_announced_again_makes_no_double(nodes: Nodes) -> None:
    await nodes.near.announce(announcement(1, 5))

    await nodes.far.announce(announcement(3, 6))
    await nodes.far.announce(announcement(2, 3))

    assert await tail(nodes.near, 0) == [1, 2, 3, 4, 5, 6]


async def test_a_newer_epoch_starts_afresh_and_an_older_one_is_not_heard(nodes: Nodes) -> None:
    await nodes.near.announce(announcement(1, 5))

    await nodes.near.announce(announcement(3, 4, epoch=2))
    await nodes.far.announce(announcement(5, 6))

    assert await tail(nodes.far, 2) is None, "of an epoch that is over"
    assert await tail(nodes.far, 2, epoch=2) == [3, 4]


async def test_a_tail_is_bounded(nodes: Nodes) -> None:
    for first in range(1, 3 * TAIL, 16):
        await nodes.near.announce(announcement(first, first + 15))

    assert await tail(nodes.far, 0) is None
    assert await tail(nodes.far, 2 * TAIL - 1) is None
    assert await tail(nodes.far, 2 * TAIL) == list(range(2 * TAIL + 1, 3 * TAIL + 1))


async def test_a_tail_is_bounded_in_bytes(nodes: Nodes) -> None:
    size = TAIL_BYTES // 8
    for revision in range(1, 20):
        await nodes.near.announce(announcement(revision, revision, size=size))

    assert await tail(nodes.far, 10) is None
    assert await tail(nodes.far, 15) == [16, 17, 18, 19]


async def test_what_is_too_long_to_be_sent_is_told_all_the_same(nodes: Nodes) -> None:
    ear = await listening(nodes.far)
    await nodes.near.announce(announcement(1, 1, size=2 * TAIL_BYTES))
    await nodes.near.announce(announcement(2, 2))

    heard = await ear.has_heard(2)

    assert isinstance(heard[0], Announcement | Changed)
    assert await tail(nodes.far, 0) is None
    assert await tail(nodes.far, 1) == [2]


async def test_sessions_have_nothing_to_do_with_each_other(nodes: Nodes) -> None:
    ear, other = await listening(nodes.far), await listening(nodes.far, "t")

    await nodes.near.announce(announcement(1, 1, session_id="t"))
    await other.has_heard(1)

    assert ear.heard == []
    assert await tail(nodes.far, 0) is None


async def test_everybody_who_listens_hears_until_he_stops(nodes: Nodes) -> None:
    first, second = Ear(), await listening(nodes.far)
    stop = nodes.far.listen("s", first.hear)

    await nodes.near.announce(announcement(1, 1))
    await second.has_heard(1)
    stop()
    await nodes.near.announce(announcement(2, 2))
    await second.has_heard(2)

    assert first.revisions == [1]
    assert second.revisions == [1, 2]


async def test_a_node_hears_its_own_announcement(nodes: Nodes) -> None:
    ear = await listening(nodes.near)

    await nodes.near.announce(announcement(1, 1))

    assert await ear.has_heard(1) == [announcement(1, 1)]


async def test_one_may_stop_listening_while_one_is_told(nodes: Nodes) -> None:
    heard: list[Message] = []

    def once(message: Message) -> None:
        heard.append(message)
        stop()

    ear = await listening(nodes.far)
    stop = nodes.far.listen("s", once)
    nodes.far.listen("s", ear.hear)
    await nodes.near.announce(announcement(1, 1))
    await nodes.near.announce(announcement(2, 2))
    await ear.has_heard(4)

    assert ear.revisions == [1, 1, 2, 2]
    assert heard == [announcement(1, 1)]


async def test_who_is_where_is_heard_as_it_was_said(nodes: Nodes) -> None:
    ear = await listening(nodes.far)
    ada = Participant("p", "Ada", "#123456", "editor", "guest")
    said = Statement(
        "s",
        "node",
        1,
        [ada],
        {
            "p": [StatedPresence("c", 1.5, 3, [(1, 2)], typing=True, data=b'{"is": "\xff"}')],
            "q": [],
        },
    )

    nodes.near.tell(said)
    nodes.near.tell(Changed("s"))
    heard = await ear.has_heard(2)

    assert isinstance(heard[0], Statement)
    assert (heard[0].node, heard[0].epoch) == ("node", 1)
    assert list(heard[0].participants or ()) == [ada]
    [caret] = heard[0].presences["p"]
    assert (caret.connection, caret.since, caret.revision) == ("c", 1.5, 3)
    assert (list(map(tuple, caret.selections)), caret.typing) == ([(1, 2)], True)
    assert caret.data == b'{"is": "\xff"}'
    assert list(heard[0].presences["q"]) == []
    assert heard[1] == Changed("s")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns be waited for until no slow machine is taken for one that has gone."""
    for module in ("channel", "local", "redis.sequencer"):
        monkeypatch.setattr(f"ot_server.sequencer.{module}.TURN_SECONDS", PATIENT_SECONDS)


async def wait_in_order(*nodes: Sequencer) -> list[asyncio.Task[None]]:
    """Let nodes wait for their turn, one after the other."""
    await asyncio.gather(*(node.tail("s", 1, 0) for node in nodes))  # with connections there are
    tasks = []
    for node in nodes:
        tasks.append(asyncio.create_task(node.turn("s")))
        await asyncio.sleep(PATIENT_SECONDS / 20)
    return tasks


@pytest.mark.usefixtures("patient")
async def test_an_announcement_passes_the_turn_to_who_has_waited_longest(nodes: Nodes) -> None:
    for node in (nodes.near, nodes.far):
        await listening(node)
    waiting = await wait_in_order(nodes.near, nodes.far, nodes.near)

    for revision, task in enumerate(waiting[:2], 1):
        announcing = asyncio.create_task(nodes.far.announce(announcement(revision, revision)))
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert done == {task}
        waiting.remove(task)
        announcing.cancel()

    assert await took(waiting[0]) < PATIENT_SECONDS, "nobody waits for ever"


@pytest.mark.usefixtures("patient")
async def test_a_turn_that_somebody_gave_up_is_not_passed_to_him(nodes: Nodes) -> None:
    for node in (nodes.near, nodes.far):
        await listening(node)
    first, second = await wait_in_order(nodes.near, nodes.near)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.sleep(PATIENT_SECONDS / 20)

    announcing = asyncio.create_task(nodes.far.announce(announcement(1, 1)))

    assert await took(second) < PATIENT_SECONDS / 2
    announcing.cancel()


@pytest.mark.usefixtures("patient")
async def test_who_has_passed_the_turn_on_lets_the_other_go_first(nodes: Nodes) -> None:
    for node in (nodes.near, nodes.far):
        await listening(node)
    (waiting,) = await wait_in_order(nodes.far)

    announcing = asyncio.create_task(nodes.near.announce(announcement(1, 1)))
    await waiting
    await asyncio.sleep(PATIENT_SECONDS / 20)
    assert not announcing.done()
    await nodes.far.announce(announcement(2, 2))

    assert await took(announcing) < PATIENT_SECONDS / 2
    assert await took(nodes.near.announce(announcement(3, 3))) < PATIENT_SECONDS / 2


@pytest.mark.usefixtures("patient")
async def test_nobody_is_let_go_first_for_ever(nodes: Nodes) -> None:
    for node in (nodes.near, nodes.far):
        await listening(node)
    (waiting,) = await wait_in_order(nodes.far)

    await nodes.near.announce(announcement(1, 1))  # and whose turn it is commits nothing

    assert waiting.done()


async def test_a_cluster_finds_all_of_a_session_in_one_slot(tmp_path: Path) -> None:
    async with running_redis(tmp_path, is_cluster=True) as redis, nodes_over(redis) as nodes:
        ear = await listening(nodes.far)
        turn = asyncio.create_task(nodes.far.turn("s"))
        await nodes.near.announce(announcement(1, 2))
        nodes.near.tell(Changed("s"))
        await turn
        await ear.has_heard(2)

        assert await tail(nodes.near, 0) == [1, 2]
        for node in (nodes.near, nodes.far):
            assert isinstance(node, RedisSequencer)
            assert node.connection.failures == 0

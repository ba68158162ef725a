"""Two nodes over one store hear each other through Redis; without it they are slower, no more.

Redis is a real one.  What a test loses of it is what the network, a crash or a failover loses.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from msgspec import Raw
from redis.asyncio import Redis
from structlog.testing import capture_logs

from ot_protocol.messages import Participants, Presence, Presences
from ot_server.sequencer.base import Announcement
from ot_server.sequencer.redis import RedisSequencer
from ot_server.session.hub import Hub
from ot_server.store.rows import CommittedOperation
from tests.patience import PATIENCE, took, within
from tests.redis import PrivateRedis
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer


@dataclass
class Node:
    """A hub, and its own connections to Redis."""

    hub: Hub
    sequencer: RedisSequencer


class Cluster:
    """Two nodes, each with a client."""

    def __init__(self, redis: PrivateRedis, **settings: object) -> None:
        self.redis = redis
        self.world = World("hello", **settings)
        self.nodes: list[Node] = []
        self.peers: list[Peer] = []

    async def start(self) -> None:
        for _ in range(2):
            sequencer = RedisSequencer(self.redis.url)
            await sequencer.open()
            self.nodes.append(Node(self.world.node(sequencer=sequencer), sequencer))

    async def join(self) -> Sequence[Peer]:
        """Return a new client on each node, when the nodes know of each other's."""
        self.peers = [self.world.peer() for _ in self.nodes]
        for node, peer in zip(self.nodes, self.peers, strict=True):
            await peer.connect(node.hub)
        for peer in self.peers:
            await within(peer.until(partial(self._knows_all, peer)))
        return self.peers

    def _knows_all(self, peer: Peer) -> bool:
        return len(known_to(peer)) == len(self.peers)

    async def reached(self) -> None:
        """Return when Redis has been heard on both nodes."""
        for node in self.nodes:
            await within(node.sequencer.connection.up.wait())

    async def settled(self) -> None:
        """Return when everybody has every edit."""
        await within(self.world.settled(*self.peers))

    async def stop(self) -> None:
        for node in self.nodes:
            await node.hub.close()
            await node.sequencer.close()


@pytest.fixture
async def cluster(private_redis: PrivateRedis) -> AsyncIterator[Cluster]:
    # The store is asked rarely, so that what arrives sooner has come by Redis.
    cluster = Cluster(private_redis, poll_seconds=60.0)
    await cluster.start()
    await cluster.reached()
    yield cluster
    await cluster.stop()


@pytest.fixture
async def polling(private_redis: PrivateRedis) -> AsyncIterator[Cluster]:
    """Nodes that ask the store as often as they do by default."""
    cluster = Cluster(private_redis)
    await cluster.start()
    await cluster.reached()
    yield cluster
    await cluster.stop()


def known_to(peer: Peer) -> set[str]:
    """Return the participants that a client knows of."""
    known: set[str] = set()
    for message in peer.heard:
        known |= {one.id for one in getattr(message, "participants", ())}
        if isinstance(message, Participants):
            known |= {one.id for one in message.joined}
            known -= set(message.left)
    return known


async def say_nothing(announcement: Announcement) -> None:
    """Announce, but every message is lost."""


async def test_each_sees_what_the_other_commits(cluster: Cluster) -> None:
    ada, ben = await cluster.join()

    for _ in range(10):
        ada.insert("a")
        ben.insert("b")
        await cluster.settled()

    assert ada.text == ben.text
    assert sorted(ada.text) == sorted("hello" + 10 * "ab")
    assert all(node.sequencer.connection.failures == 0 for node in cluster.nodes)


async def test_what_others_commit_is_read_from_the_tail(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    cluster.world.store.calls.clear()

    for _ in range(5):
        ada.insert("a")
        await cluster.settled()

    assert ben.text == ada.text
    assert cluster.world.store.calls["operations"] == 0


async def test_each_sees_who_comes_and_goes_on_the_other(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    cleo = cluster.world.peer()

    await cleo.connect(cluster.nodes[1].hub)
    await within(ada.until(lambda: cleo.participant in known_to(ada)))
    cleo.drop()
    await within(ada.until(lambda: cleo.participant not in known_to(ada)))

    assert known_to(ada) == {ada.participant, ben.participant}


async def test_who_comes_to_another_node_is_welcomed_with_everybody(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    cleo = cluster.world.peer()

    welcome = await cleo.connect(cluster.nodes[0].hub)

    here = {ada.participant, ben.participant, cleo.participant}
    assert {one.id for one in welcome.participants} == here


async def test_each_sees_the_carets_of_the_other_in_its_own_text(cluster: Cluster) -> None:
    ada, ben = await cluster.join()

    ada.say(Presence(1, [(2, 5)], typing=True))
    await within(ben.until(lambda: ben.carets_of(ada) == [(2, 5)]))
    ben.insert("!!", 0)
    await cluster.settled()
    ada.say(Presence(ada.client.revision, [(4, 4)]))

    await within(ben.until(lambda: ben.carets_of(ada) == [(4, 4)]))


async def test_a_caret_in_a_text_that_is_still_to_come_waits_for_it(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    catching_up = cluster.world.store.hold("standing")

    ada.insert("!" * 10)
    await within(cluster.world.settled(ada))
    ada.say(Presence(2, [(15, 15)]))
    await asyncio.sleep(0.2)  # time enough to show it too early
    assert ben.text == "hello"
    catching_up.set()

    await within(ben.until(lambda: ben.carets_of(ada) == [(15, 15)]))
    assert ben.text == "hello" + "!" * 10


async def test_each_tab_has_carets_of_its_own_on_whatever_node_it_is(cluster: Cluster) -> None:
    ada, _ = await cluster.join()
    first, second = [cluster.world.peer("cleo") for _ in cluster.nodes]
    for number, (tab, node) in enumerate(zip((first, second), cluster.nodes, strict=True)):
        await tab.connect(node.hub)
        tab.say(Presence(1, [(number, number)], data=Raw(b'"pen"')))
    await within(ada.until(lambda: None not in map(ada.carets_of, (first, second))))
    await within(first.until(lambda: first.carets_of(second) == [(1, 1)]))
    assert [one.data for one in ada.who["cleo"]] == ["pen", "pen"]

    second.drop()
    await within(ada.until(lambda: ada.carets_of(second) is None))

    assert ada.carets_of(first) == [(0, 0)]


async def test_a_tab_that_comes_back_by_another_node_is_shown_once(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    tab = cluster.world.peer()
    await tab.connect(cluster.nodes[1].hub)
    tab.say(Presence(1, [(2, 2)]))
    await within(ada.until(lambda: ada.carets_of(tab) == [(2, 2)]))
    tab.vanish()

    await tab.connect(cluster.nodes[0].hub)  # and the other node doesn't know
    tab.say(Presence(1, [(4, 4)]))

    for reader in (ada, ben):
        while reader.carets_of(tab) != [(4, 4)]:
            await within(reader.next(Presences))


async def test_a_node_that_goes_takes_its_people_along(cluster: Cluster) -> None:
    ada, ben = await cluster.join()

    await cluster.nodes[1].hub.close()

    await within(ada.until(lambda: ben.participant not in known_to(ada)))


async def test_a_changed_role_is_seen_at_once_on_every_node(cluster: Cluster) -> None:
    ada, ben = await cluster.join()

    cluster.world.memory.set_role(SESSION, ben.participant, None)
    cluster.nodes[0].hub.mark_stale(SESSION)

    await within(ben.until(lambda: ben.closed is not None))
    assert ada.closed is None


async def test_a_lost_message_is_made_good_by_the_store(polling: Cluster) -> None:
    ada, ben = await polling.join()
    polling.nodes[0].sequencer.announce = say_nothing  # type: ignore[method-assign]
    ada.insert("!")

    assert await took(polling.settled()) < 2
    assert ben.text == "hello!"


async def test_what_follows_a_lost_message_fills_the_gap(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    sequencer = cluster.nodes[0].sequencer
    announce, held = sequencer.announce, list[Announcement]()

    async def hold(announcement: Announcement) -> None:
        held.append(announcement)

    sequencer.announce = hold  # type: ignore[method-assign]
    ada.insert("1")
    await within(cluster.world.settled(ada))
    sequencer.announce = announce  # type: ignore[method-assign]
    ada.insert("2")
    await cluster.settled()
    assert ben.text == "hello12"
    await announce(held[0])  # it was late, not lost
    ada.insert("3")
    await cluster.settled()

    assert ben.text == "hello123"
    assert len(ben.text) == len(cluster.world.log) + 4


async def test_a_wiped_tail_is_made_good_by_the_store(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    async with Redis.from_url(cluster.redis.url) as redis:
        for number in range(5):
            ada.insert(f"{number}")
            await redis.flushall()
            await cluster.settled()

    assert ben.text == "hello01234"


async def test_a_tail_that_is_not_the_log_is_not_believed(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    row = cluster.world.kept.row
    fake = CommittedOperation(2, ada.client_id, 1, ada.participant, b'[5,"?"]', b"?" * 16, 0.0)

    with capture_logs() as logs:
        await cluster.nodes[0].sequencer.announce(
            Announcement(SESSION, row.epoch, row.chain, [fake])
        )
        ada.insert("!")
        await cluster.settled()

    assert ben.text == "hello!"
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_a_tail_that_ends_too_early_is_made_good_by_the_store(cluster: Cluster) -> None:
    ada, ben = await cluster.join()
    sequencer = cluster.nodes[0].sequencer
    catching_up = cluster.world.store.hold("standing")
    ada.insert("1")
    await within(cluster.world.settled(ada))

    sequencer.announce = say_nothing  # type: ignore[method-assign]
    ada.insert("2")
    await within(cluster.world.settled(ada))
    catching_up.set()
    await cluster.settled()
    ben.insert("3")  # what is taken for corrupt is read-only
    await cluster.settled()

    assert ada.text == "hello123"


async def test_what_is_no_message_of_ours_is_passed_over(polling: Cluster) -> None:
    ada, ben = await polling.join()
    async with Redis.from_url(polling.redis.url) as redis:
        for junk in (b"", b"\xff" * 40, b"[]"):
            await redis.publish(f"ot:{{{SESSION}}}", junk)
        await redis.set(f"ot:{{{SESSION}}}:tail", "not a list")

    ada.insert("!")
    await polling.settled()

    assert ben.text == "hello!"


async def test_without_redis_from_the_start_everything_works(private_redis: PrivateRedis) -> None:
    await private_redis.kill()
    cluster = Cluster(private_redis)
    await cluster.start()
    peers = cluster.peers = [cluster.world.peer() for _ in cluster.nodes]
    for node, peer in zip(cluster.nodes, peers, strict=True):
        await peer.connect(node.hub)

    for number, peer in enumerate(2 * peers):
        peer.insert(f"{number}")
        assert await took(within(cluster.world.settled(peer))) < 1, "nobody waits for Redis"
        assert await took(cluster.settled()) < 2, "the others see it when they ask the store"

    assert peers[0].text == peers[1].text
    await cluster.stop()


async def test_redis_that_dies_and_comes_back_empty_is_only_a_delay(polling: Cluster) -> None:
    ada, ben = await polling.join()
    ada.insert("1")
    await polling.settled()

    await polling.redis.kill()
    for peer, text in ((ada, "2"), (ben, "3")):
        peer.insert(text)
        assert await took(within(polling.world.settled(peer))) < 1, "acknowledged without Redis"
        await polling.settled()
    await polling.redis.start()
    await within(lost_and_found(polling))
    ada.insert("4")
    await polling.settled()

    assert ada.text == ben.text == "hello1234"
    assert all(node.sequencer.connection.failures for node in polling.nodes), "counted"


async def lost_and_found(cluster: Cluster) -> None:
    """Return when both nodes are heard over Redis again."""
    await cluster.reached()
    ada, ben = cluster.peers
    # Nobody polls for carets: they come by Redis or not at all.
    for offset in range(200):
        ada.say(Presence(ada.client.revision, [(offset % 5, offset % 5)]))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await ben.next(Presences)
                return


async def test_redis_that_stops_in_its_tracks_holds_up_nobody_for_long(polling: Cluster) -> None:
    ada, ben = await polling.join()
    polling.redis.pause()

    try:
        waits = []
        for number in range(8):
            ada.insert(f"{number}")
            waits.append(await took(within(polling.world.settled(ada))))
        assert await took(polling.settled()) < 2, "the other node asks the store"
    finally:
        polling.redis.resume()
    await within(lost_and_found(polling))
    ada.insert("!")
    await polling.settled()

    assert max(waits) < 1.5
    assert sorted(waits)[len(waits) // 2] < 0.25, "only the first ones wait for it at all"
    assert ada.text == ben.text == "hello01234567!"


async def test_who_is_silent_for_long_is_there_no_more(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.session.peers.GONE_SECONDS", 0.2)
    ada, ben = await cluster.join()
    actor = await cluster.nodes[0].hub.actor(SESSION)
    await cluster.nodes[1].sequencer.close()  # as if it had been killed

    async with asyncio.timeout(PATIENCE):
        while ben.participant in known_to(ada):
            actor.look_after()
            await asyncio.sleep(0.05)


async def test_a_node_that_dies_takes_along_the_carets_of_its_tabs_alone(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.session.peers.GONE_SECONDS", 0.2)
    ada, _ = await cluster.join()
    first, second = [cluster.world.peer("cleo") for _ in cluster.nodes]
    for tab, node in zip((first, second), cluster.nodes, strict=True):
        await tab.connect(node.hub)
        tab.say(Presence(1, [(3, 3)]))
    await within(ada.until(lambda: None not in map(ada.carets_of, (first, second))))
    actor = await cluster.nodes[0].hub.actor(SESSION)
    await cluster.nodes[1].sequencer.close()  # as if it had been killed

    async with asyncio.timeout(PATIENCE):
        while ada.carets_of(second) is not None:
            actor.look_after()
            await asyncio.sleep(0.05)

    assert ada.carets_of(first) == [(3, 3)]

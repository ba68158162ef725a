"""Diagnostics in live sessions: when they are made, and that everybody is told, in step."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from msgspec import structs

from ot_protocol.messages import Diagnostic, Diagnostics, Fix, Replacement, Reset, Update, Verify
from ot_server.errors import AnalysisFailed
from ot_server.session.diagnostics import LONGEST_WAIT, PAUSE
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time, in_virtual_time_with_a_bug

WORD = "bad"


class Reader:
    """An analyzer that finds a word, takes its time for it, and remembers what it read."""

    languages = frozenset({"python"})

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.error: Exception | None = None
        self.read: list[tuple[float, str]] = []
        self.under_way = 0
        self.most_under_way = 0
        self.given_up = 0

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.read]

    async def diagnose(self, text: str) -> list[Diagnostic]:
        self.read.append((asyncio.get_running_loop().time(), text))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        finally:
            self.under_way -= 1
        if self.error is not None:
            raise self.error
        start = text.find(WORD)
        if start < 0:
            return []
        stop = start + len(WORD)
        fix = Fix("Mend it", [Replacement(start, stop, "good")])
        return [Diagnostic(start, stop, "warning", "W1", "a bad word", fix=fix)]


def told(peer: Peer) -> list[tuple[int, list[tuple[int, int]]]]:
    """Return revisions and places of the diagnostics that a client was told of, in order."""
    return [
        (one.revision, [(item.start, item.stop) for item in one.items])
        for one in peer.heard_of(Diagnostics)
    ]


async def type_for(seconds: float, peer: Peer, every: float) -> None:
    for _ in range(round(seconds / every)):
        peer.insert("x", 0)
        await asyncio.sleep(every)


@in_virtual_time
async def test_everybody_is_told_what_is_wrong_once_the_text_has_rested() -> None:
    world, reader = World("all good"), Reader()
    ada, ben = await world.peers(world.node(analyzer=reader), 2)
    await asyncio.sleep(1)
    ada.insert(f"{WORD} ", 0)
    await world.settled(ada, ben)
    changed = asyncio.get_running_loop().time()
    await asyncio.sleep(1)

    assert reader.texts == ["all good", "bad all good"]
    assert 0.3 <= reader.read[1][0] - changed < 0.31
    for peer in ada, ben:
        assert told(peer) == [(1, []), (2, [(0, 3)])]


@in_virtual_time
async def test_who_comes_later_is_told_at_once_and_nothing_is_looked_for_again() -> None:
    world, reader = World("so bad"), Reader()
    hub = world.node(analyzer=reader)
    await world.peers(hub, 1)
    await asyncio.sleep(1)
    (ben,) = await world.peers(hub, 1)

    assert told(ben) == [(1, [(3, 6)])]
    await asyncio.sleep(5)
    assert len(reader.read) == 1


@in_virtual_time
async def test_while_people_type_on_the_newest_text_is_read_now_and_then() -> None:
    world, reader = World("bad"), Reader(0.1)
    (ada,) = await world.peers(world.node(analyzer=reader), 1)
    await type_for(10, ada, every=0.05)
    await asyncio.sleep(2)

    assert reader.most_under_way == 1
    assert reader.texts[-1] == "x" * 200 + "bad"
    times = [at for at, _ in reader.read]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert min(pauses) >= 0.1 + PAUSE * 0.1
    assert max(pauses) <= 0.1 + PAUSE * 0.1 + LONGEST_WAIT + 0.1
    assert told(ada)[-1] == (201, [(200, 203)])


@in_virtual_time
async def test_nothing_is_looked_for_while_nobody_is_here() -> None:
    world, reader = World("bad"), Reader(5)
    hub = world.node(analyzer=reader)
    (ada,) = await world.peers(hub, 1)
    await asyncio.sleep(1)
    assert len(reader.read) == 1
    ada.drop()
    await asyncio.sleep(1)
    assert reader.given_up == 1

    actor = await hub.actor(SESSION)
    await actor.caught_up()
    await asyncio.sleep(20)
    assert len(reader.read) == 1


@in_virtual_time
async def test_what_was_found_is_moved_to_where_its_reader_is() -> None:
    world, reader = World("bad"), Reader(0.5)
    ada, ben = await world.peers(world.node(analyzer=reader), 2)
    await asyncio.sleep(0.4)
    assert reader.texts == ["bad"]
    ada.insert("oh, ", 0)
    await world.settled(ada, ben)
    await asyncio.sleep(1)

    for peer in ada, ben:
        (message,) = peer.heard_of(Diagnostics)
        assert message.revision == 2
        (item,) = message.items
        assert (item.start, item.stop) == (4, 7)
        assert item.fix == Fix("Mend it", [Replacement(4, 7, "good")])


@in_virtual_time
async def test_who_is_slow_to_read_is_told_no_sooner_than_of_the_text_that_it_is_about() -> None:
    world, reader = World("fine"), Reader()
    ada, ben = await world.peers(world.node(analyzer=reader), 2)
    await asyncio.sleep(1)
    ben.wire.reads.clear()
    ada.insert("bad ", 0)
    await asyncio.sleep(1)
    ada.insert("not ", 0)
    await asyncio.sleep(1)
    ben.wire.reads.set()
    await asyncio.sleep(1)

    at = 1
    for message in ben.heard:
        if isinstance(message, Update):
            at = message.to
        elif isinstance(message, Diagnostics):
            assert message.revision == at
    assert told(ben)[-1] == (3, [(4, 7)])


@in_virtual_time
async def test_what_was_found_in_one_language_is_taken_back_in_another() -> None:
    world, reader = World("bad"), Reader()
    hub = world.node(analyzer=reader)
    (ada,) = await world.peers(hub, 1)
    await asyncio.sleep(1)
    kept = world.kept
    for language in "java", "python":
        kept.info = structs.replace(kept.info, language=language)
        kept.row = structs.replace(kept.row, version=kept.row.version + 1)
        hub.mark_stale(SESSION)
        await asyncio.sleep(2)

    assert told(ada) == [(1, [(0, 3)]), (1, []), (1, [(0, 3)])]
    assert len(reader.read) == 2


@in_virtual_time
async def test_a_text_that_cannot_be_read_is_left_alone_until_it_changes() -> None:
    world, reader = World("bad"), Reader()
    reader.error = AnalysisFailed("too deep")
    (ada,) = await world.peers(world.node(analyzer=reader), 1)
    await asyncio.sleep(30)
    assert len(reader.read) == 1
    assert told(ada) == []

    reader.error = None
    ada.insert("!", 0)
    await asyncio.sleep(2)
    assert told(ada) == [(2, [(1, 4)])]


@in_virtual_time_with_a_bug
async def test_a_bug_in_it_costs_nobody_an_edit() -> None:
    world, reader = World("bad"), Reader()
    reader.error = ZeroDivisionError()
    ada, ben = await world.peers(world.node(analyzer=reader), 2)
    await type_for(5, ada, every=0.5)
    await world.settled(ada, ben)
    assert ben.text == "x" * 10 + "bad"


@in_virtual_time
async def test_a_session_that_begins_anew_is_looked_at_anew() -> None:
    world, reader = World("bad"), Reader()
    hub = world.node(analyzer=reader)
    (ada,) = await world.peers(hub, 1)
    await asyncio.sleep(1)
    kept = world.kept
    kept.row = structs.replace(kept.row, epoch=kept.row.epoch + 1, version=kept.row.version + 1)
    hub.mark_stale(SESSION)
    await asyncio.sleep(2)

    assert reader.texts == ["bad", "bad"]
    assert told(ada) == [(1, [(0, 3)]), (1, [(0, 3)])]


@in_virtual_time
async def test_who_asks_while_a_search_is_under_way_gets_what_it_finds() -> None:
    world, reader = World("bad"), Reader(1)
    hub = world.node(analyzer=reader)
    (ada,) = await world.peers(hub, 1)
    await asyncio.sleep(0.5)
    assert reader.under_way == 1
    actor = await hub.actor(SESSION)
    found = await asyncio.gather(*(actor.diagnostics.newest(reader) for _ in range(3)))

    assert len(reader.read) == 1
    assert [(one.revision, len(one.items)) for one in found] == [(1, 1)] * 3
    await asyncio.sleep(1)
    assert told(ada) == [(1, [(0, 3)])]


@in_virtual_time
async def test_who_starts_again_from_the_text_is_told_again() -> None:
    world, reader = World("bad"), Reader()
    (ada,) = await world.peers(world.node(analyzer=reader), 1)
    await asyncio.sleep(1)
    ada.say(Verify(1, 0))
    await asyncio.sleep(1)

    assert len(ada.heard_of(Reset)) == 1
    assert told(ada) == [(1, [(0, 3)])] * 2


@in_virtual_time
async def test_an_edit_never_waits_for_a_search() -> None:
    world, reader = World("bad"), Reader(60)
    ada, ben = await world.peers(world.node(analyzer=reader), 2)
    await asyncio.sleep(1)
    assert reader.under_way == 1
    loop = asyncio.get_running_loop()
    began = loop.time()
    ada.insert("oh ", 0)
    await world.settled(ada, ben)
    assert loop.time() - began < 0.1


@in_virtual_time
async def test_each_node_looks_for_itself_and_tells_its_own() -> None:
    world, readers = World("bad"), [Reader(), Reader()]
    (ada,) = await world.peers(world.node(analyzer=readers[0]), 1)
    (ben,) = await world.peers(world.node(analyzer=readers[1]), 1)
    ada.insert("oh ", 0)
    await asyncio.sleep(3)
    for peer in ada, ben:
        assert told(peer)[-1] == (2, [(3, 6)])
    assert all(len(reader.read) <= 2 for reader in readers)

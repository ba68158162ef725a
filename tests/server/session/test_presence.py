"""Who is here, where their carets are, and that both are told in step with the text."""

from __future__ import annotations

import asyncio
import zlib

import pytest
from msgspec import UNSET, Raw

from ot_core import Operation
from ot_protocol import CloseCode, Malformed, decode_client
from ot_protocol.messages import (
    PROTOCOL,
    Error,
    Hello,
    Participants,
    Ping,
    Pong,
    Presence,
    Presences,
    Reset,
    Verify,
)
from ot_server.session.hub import Hub
from ot_server.session.peers import GATHERING_SECONDS, GONE_SECONDS
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION, Peer
from tests.server.props.virtual_time import in_virtual_time


def known_to(peer: Peer) -> set[str]:
    """Return the participants that a client knows of, from its welcome and all news since."""
    known: set[str] = set()
    for message in peer.heard:
        if isinstance(message, Participants):
            known |= {participant.id for participant in message.joined}
            known -= set(message.left)
        else:
            known |= {one.id for one in getattr(message, "participants", ())}
    return known


@in_virtual_time
async def test_everybody_hears_who_joins_and_who_leaves() -> None:
    world = World()
    hub = world.node()
    ada, ben, cleo = await world.peers(hub, 3)
    assert known_to(ada) == known_to(ben) == known_to(cleo) == {"peer 1", "peer 2", "peer 3"}

    ben.drop()
    await asyncio.sleep(1)
    assert known_to(ada) == known_to(cleo) == {"peer 1", "peer 3"}
    await ben.connect(hub)
    await asyncio.sleep(1)

    assert known_to(ada) == known_to(ben) == known_to(cleo) == {"peer 1", "peer 2", "peer 3"}


@in_virtual_time
async def test_who_was_slow_hears_of_everybody_who_came_and_went_meanwhile() -> None:
    world = World()
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ada.wire.reads.clear()
    ben.drop()
    (cleo,) = await world.peers(hub, 1)
    (dora,) = await world.peers(hub, 1)
    cleo.drop()

    ada.wire.reads.set()
    await asyncio.sleep(1)

    assert known_to(ada) == known_to(dora) == {ada.participant, dora.participant}


@in_virtual_time
async def test_a_participant_is_here_as_long_as_one_of_its_connections() -> None:
    world = World()
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    first, second = world.peer("ben"), world.peer("ben")
    await first.connect(hub)
    await second.connect(hub)
    await asyncio.sleep(1)

    first.drop()
    await asyncio.sleep(1)
    assert known_to(ada) == {"peer 1", "ben"}
    second.drop()
    await asyncio.sleep(1)
    assert known_to(ada) == {"peer 1"}


@in_virtual_time
async def test_a_participant_under_a_new_name_is_told_as_changed() -> None:
    world = World()
    hub = world.node()
    ada, ben = await world.peers(hub, 2)

    world.memory.rename(SESSION, ben.participant, "Benjamin")
    await world.twin(ben).connect(hub)
    await asyncio.sleep(1)

    news = ada.heard_of(Participants)[-1]
    assert [one.name for one in news.joined + news.changed] == ["Benjamin"]


@in_virtual_time
async def test_a_caret_is_told_at_the_revision_that_its_reader_has() -> None:
    world = World("hello")
    ada, ben, cleo = await world.peers(world.node(), 3)
    cleo.wire.reads.clear()
    ben.insert("!", 0)
    await world.settled(ada, ben)
    ada.say(Presence(2, [(6, 6), (1, 3)], typing=True))
    ben.insert("?", 0)
    await world.settled(ada, ben)

    cleo.wire.reads.set()
    told = await cleo.next(Presences)

    assert told.revision == 3
    assert cleo.carets_of(ada) == [(7, 7), (2, 4)]
    [caret] = told.who[ada.participant]
    assert caret.typing


@in_virtual_time
async def test_a_caret_made_on_an_older_text_is_moved_to_the_head() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    for _ in range(5):
        ben.insert("!", 0)
        await world.settled(ada, ben)

    ada.say(Presence(1, [(2, 5)]))
    told = await ben.next(Presences)

    assert told.revision == 6
    assert ben.carets_of(ada) == [(7, 10)]


@in_virtual_time
async def test_a_caret_out_of_range_is_clamped_and_one_out_of_time_is_ignored() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)

    ada.say(Presence(9, [(0, 0)]))
    ada.say(Presence(1, [(2, 99)]))
    await ben.next(Presences)

    assert ben.carets_of(ada) == [(2, 5)]
    assert len(ben.heard_of(Presences)) == 1


@in_virtual_time
async def test_selections_that_come_with_an_edit_are_told_where_they_are_in_the_text_then() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ada.wire.reads.clear()
    ben.insert("b", 0)
    await world.settled(ben)

    operation = ada.client.edit(Operation([5, "!"]))
    assert operation is not None
    ada.send(operation, [(6, 99)])
    told = await ben.next(Presences)

    assert (ben.text, ben.carets_of(ada)) == ("bhello!", [(7, 7)])
    [caret] = told.who[ada.participant]
    assert caret.typing


@in_virtual_time
async def test_carets_outlive_the_history_that_they_were_made_on() -> None:
    world = World("hello", history_revisions=10)
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ada.say(Presence(1, [(3, 3)]))
    for _ in range(100):
        ben.insert("!", 0)
        await world.settled(ada, ben)

    (cleo,) = await world.peers(hub, 1)

    assert cleo.carets_of(ada) == [(103, 103)]


# A caret at each tab.


async def tabs(world: World, *hubs: Hub) -> list[Peer]:
    """Return connected clients of one participant, each with its caret at its number."""
    clients = [world.peer("ben") for _ in hubs]
    for number, (client, hub) in enumerate(zip(clients, hubs, strict=True)):
        await client.connect(hub)
        client.say(Presence(client.client.revision, [(number, number)]))
    await asyncio.sleep(1)
    return clients


@in_virtual_time
async def test_each_tab_of_a_person_has_carets_of_its_own_which_go_with_it() -> None:
    world = World("hello world")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    first, second = await tabs(world, hub, hub)
    first.say(Presence(1, [(3, 3)]))
    second.say(Presence(1, [(8, 8)]))
    await asyncio.sleep(1)
    assert (ada.carets_of(first), ada.carets_of(second)) == ([(3, 3)], [(8, 8)])
    assert second.carets_of(first) == [(3, 3)], "a tab sees the other one"

    second.drop()
    await asyncio.sleep(1)
    (late,) = await world.peers(hub, 1)
    for reader in (ada, first, late):
        assert (reader.carets_of(first), reader.carets_of(second)) == ([(3, 3)], None)

    first.drop()
    await asyncio.sleep(1)
    assert ada.who.get("ben", []) == []


@in_virtual_time
async def test_who_comes_is_welcomed_with_all_carets_where_they_are_now() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)
    ada.say(Presence(1, [(2, 5)]))
    ben.insert("!!", 0)
    await world.settled(ada, ben)

    cleo = world.peer()
    assert (await cleo.connect(hub)).revision == 2
    assert cleo.carets_of(ada) == [(4, 7)]
    await asyncio.sleep(1)
    assert not cleo.heard_of(Presences), "it is not told twice"
    cleo.drop()
    ben.insert("?", 0)
    await world.settled(ben)
    ada.say(Presence(3, []))
    await asyncio.sleep(1)

    welcome = await cleo.connect(hub)
    assert (welcome.from_, welcome.to) == (2, 3)
    assert cleo.carets_of(ada) == []


@in_virtual_time
async def test_a_tab_that_comes_back_after_a_silent_end_is_shown_once() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    first, second = await tabs(world, hub, hub)
    first.vanish()

    before = first.connection
    await first.connect(hub)
    assert first.connection == before
    assert ada.carets_of(first) is None, "it has not told any"
    first.say(Presence(1, [(5, 5)]))
    await asyncio.sleep(1)

    assert (ada.carets_of(first), ada.carets_of(second)) == ([(5, 5)], [(1, 1)])


@in_virtual_time
async def test_a_tab_that_comes_back_by_another_node_is_shown_once() -> None:
    world = World("hello")
    left, right = world.node(), world.node()
    (ada,) = await world.peers(left, 1)
    (cleo,) = await world.peers(right, 1)
    first, second = await tabs(world, left, right)
    ghost = first.vanish()
    assert ghost is not None

    await first.connect(right)
    first.say(Presence(1, [(5, 5)]))
    await asyncio.sleep(1)
    (late,) = await world.peers(world.node(), 1)
    await asyncio.sleep(1)
    for reader in (ada, cleo, late):
        assert (reader.carets_of(first), reader.carets_of(second)) == ([(5, 5)], [(1, 1)])

    ghost.leave()
    await asyncio.sleep(1)
    for reader in (ada, cleo, late):
        assert reader.carets_of(first) == [(5, 5)], "what has ended was not that tab any more"


@in_virtual_time
async def test_what_a_node_states_of_a_dead_line_is_older_than_what_the_tab_says_now() -> None:
    world = World("hello")
    left, right = world.node(), world.node()
    (first,) = await tabs(world, left)
    first.vanish()

    await first.connect(right)
    await asyncio.sleep(1.5 * GATHERING_SECONDS)  # now the first node is stating all that it knows
    first.say(Presence(1, [(5, 5)]))
    await asyncio.sleep(1)

    for reader in [await world.peers(node, 1) for node in (left, right)]:
        assert reader[0].carets_of(first) == [(5, 5)]


@in_virtual_time
async def test_a_tab_that_is_closed_on_another_node_leaves_nothing_where_it_was() -> None:
    world = World("hello")
    left, right = world.node(), world.node()
    (ada,) = await world.peers(left, 1)
    first, second = await tabs(world, left, right)
    first.vanish()
    await first.connect(right)
    first.say(Presence(1, [(5, 5)]))
    await asyncio.sleep(1)

    first.drop()
    await asyncio.sleep(1)

    assert (ada.carets_of(first), ada.carets_of(second)) == (None, [(1, 1)])
    assert "ben" in known_to(ada)


@in_virtual_time
async def test_tabs_on_two_nodes_are_told_of_only_when_they_move() -> None:
    world = World("hello")
    left, right = world.node(), world.node()
    (ada,) = await world.peers(left, 1)
    first, _ = await tabs(world, left, right)
    await asyncio.sleep(60)
    before = len(ada.heard_of(Presences))

    first.say(Presence(1, [(4, 4)]))
    await asyncio.sleep(60)

    assert len(ada.heard_of(Presences)) == before + 1


@in_virtual_time
async def test_a_node_that_dies_takes_along_the_carets_of_its_tabs_alone() -> None:
    world = World("hello")
    way = world.way()
    left, right = world.node(), world.node(sequencer=way)
    (ada,) = await world.peers(left, 1)
    first, second = await tabs(world, left, right)
    assert ada.carets_of(second) == [(1, 1)]

    way.is_deaf = True
    await asyncio.sleep(GONE_SECONDS + 2)
    assert (ada.carets_of(first), ada.carets_of(second)) == ([(0, 0)], None)

    await second.connect(left)
    second.say(Presence(1, [(3, 3)]))
    await asyncio.sleep(1)
    assert (ada.carets_of(first), ada.carets_of(second)) == ([(0, 0)], [(3, 3)])


@in_virtual_time
async def test_a_caret_that_has_not_moved_for_long_is_known_to_a_new_node() -> None:
    world = World("hello", snapshot_operations=10, history_revisions=20)
    left = world.node()
    ada, ben = await world.peers(left, 2)
    ada.say(Presence(1, [(3, 3)]))
    for _ in range(15):
        ben.insert("!", 0)
        await world.settled(ada, ben)

    (cleo,) = await world.peers(world.node(), 1)
    await asyncio.sleep(1)

    assert cleo.carets_of(ada) == [(18, 18)]


# What is shown beside carets.


def beside(peer: Peer, reader: Peer) -> object:
    """Return the data that a reader was told that a client shows."""
    [shown] = reader.who[peer.participant]
    return shown.data


def said(revision: int, data: str) -> Presence:
    """Return presence with these data, which are JSON."""
    return Presence(revision, [(1, 1)], data=Raw(data.encode()))


@in_virtual_time
async def test_data_are_shown_beside_carets_until_others_or_none_are() -> None:
    world = World("hello")
    hub = world.node()
    ada, ben = await world.peers(hub, 2)

    ada.say(said(1, '{"tool": ["pen", 2.5, null, "😀"]}'))
    await ben.next(Presences)
    assert beside(ada, ben) == {"tool": ["pen", 2.5, None, "😀"]}
    (late,) = await world.peers(hub, 1)
    assert beside(ada, late) == {"tool": ["pen", 2.5, None, "😀"]}

    operation = ada.client.edit(Operation([5, "!"]))
    assert operation is not None
    ada.send(operation, [(6, 6)])
    await ben.next(Presences)
    assert ben.carets_of(ada) == [(6, 6)]
    assert beside(ada, ben) == {"tool": ["pen", 2.5, None, "😀"]}, "an edit says nothing of them"

    for none in ("null", ""):
        ada.say(said(2, "7"))
        await ben.next(Presences)
        assert beside(ada, ben) == 7
        ada.say(said(2, none) if none else Presence(2, [(1, 1)]))
        await ben.next(Presences)
        assert beside(ada, ben) is None


@in_virtual_time
async def test_data_are_those_of_one_tab_and_reach_other_nodes() -> None:
    world = World("hello")
    left, right = world.node(), world.node()
    (ada,) = await world.peers(left, 1)
    first, second = await tabs(world, left, right)
    first.say(said(1, '"pen"'))
    second.say(said(1, '"brush"'))
    await asyncio.sleep(1)

    shown = {one.connection: one.data for one in ada.who["ben"]}

    assert shown == {first.connection: "pen", second.connection: "brush"}


@pytest.mark.parametrize("size", [1, 1024])
def test_data_may_have_so_many_bytes(size: int) -> None:
    data = b"7" if size == 1 else b'"' + b"x" * (size - 2) + b'"'

    message = decode_client(b'{"type":"presence","revision":1,"selections":[],"data":%b}' % data)

    assert isinstance(message, Presence)
    assert message.data is not UNSET
    assert bytes(message.data) == data


@pytest.mark.parametrize(
    "data",
    [
        b'"' + b"x" * 1023 + b'"',
        b"[" + b" " * 1023 + b"]",
        ('"' + "é" * 512 + '"').encode(),
        rb'"\ud800"',
        b'"\xff"',
        b"1e999",
        b"[" * 100,
    ],
)
def test_data_that_are_too_long_or_not_for_everybody_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_client(b'{"type":"presence","revision":1,"selections":[],"data":%b}' % data)


@in_virtual_time
async def test_of_a_frame_only_the_data_are_kept() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)

    ada.say(said(1, "[1]"))
    connection = (await hub.actor(SESSION)).connections[ada.client_id]

    assert type(connection.data) is bytes


@in_virtual_time
async def test_presence_over_its_rate_closes_the_connection() -> None:
    world = World("hello", presence_per_second=5)
    ada, ben = await world.peers(world.node(), 2)
    for _ in range(8):
        ben.say(Presence(1, [(1, 1)]))
        await asyncio.sleep(0.25)
    assert ben.closed is None

    for _ in range(6):
        ada.say(Presence(1, [(1, 1)]))
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.TOO_FAST


@in_virtual_time
async def test_edits_over_their_rate_close_the_connection() -> None:
    world = World("hello", edits_per_second=10, edits_burst=3)
    (ada,) = await world.peers(world.node(), 1)

    for _ in range(5):
        ada.insert("!")
        await asyncio.sleep(0.01)
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.TOO_FAST
    assert len(world.log) == 1 + 3


@in_virtual_time
async def test_a_text_that_is_another_is_found_out_and_replaced() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)

    ada.say(Verify(1, zlib.crc32(b"hello")))
    ben.say(Verify(1, zlib.crc32(b"hullo")))
    reset = await ben.next(Reset)

    assert (reset.reason, reset.text, reset.revision) == ("diverged", "hello", 1)
    assert not ada.heard_of(Reset)


@in_virtual_time
async def test_a_checksum_of_an_older_text_is_not_compared() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)
    ada.insert("!")
    await world.settled(ada, ben)

    ben.say(Verify(1, 0))
    ben.say(Ping())
    await ben.next(Pong)

    assert not ben.heard_of(Reset)


@in_virtual_time
async def test_a_hello_or_a_token_has_no_place_in_the_conversation() -> None:
    world = World("hello")
    (ada,) = await world.peers(world.node(), 1)

    assert not ada.say(Hello(PROTOCOL, ada.client_id))
    assert (await ada.next(Error)).code == "protocol"

"""Who is here, where their carets are, and that both are told in step with the text."""

from __future__ import annotations

import asyncio
import zlib

from ot_core import Operation
from ot_protocol import CloseCode
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


def carets(message: Presences, peer: Peer) -> list[tuple[int, int]] | None:
    """Return where a message says that a client's carets are, or None where it has none."""
    caret = message.who[peer.participant]
    return None if caret is None else caret.selections


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
    assert carets(told, ada) == [(7, 7), (2, 4)]
    caret = told.who[ada.participant]
    assert caret is not None
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
    assert carets(told, ada) == [(7, 10)]


@in_virtual_time
async def test_a_caret_out_of_range_is_clamped_and_one_out_of_time_is_ignored() -> None:
    world = World("hello")
    ada, ben = await world.peers(world.node(), 2)

    ada.say(Presence(9, [(0, 0)]))
    ada.say(Presence(1, [(2, 99)]))
    told = await ben.next(Presences)

    assert carets(told, ada) == [(2, 5)]
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

    assert (ben.text, carets(told, ada)) == ("bhello!", [(7, 7)])
    caret = told.who[ada.participant]
    assert caret is not None
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
    told = cleo.heard_of(Presences)[-1]

    assert carets(told, ada) == [(103, 103)]


@in_virtual_time
async def test_the_connection_that_was_active_last_speaks_for_its_participant() -> None:
    world = World("hello")
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    first, second = world.peer("ben"), world.peer("ben")
    await first.connect(hub)
    await second.connect(hub)

    first.say(Presence(1, [(1, 1)]))
    second.say(Presence(1, [(2, 2)]))
    assert carets(await ada.next(Presences), first) == [(2, 2)]
    first.drop()
    await asyncio.sleep(1)
    assert carets(ada.heard_of(Presences)[-1], second) == [(2, 2)]
    await first.connect(hub)
    second.drop()

    assert carets(await ada.next(Presences), second) is None, "its carets go with it"


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

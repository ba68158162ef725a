"""Real traces of people typing, through a running server, end as they were recorded.

How an edit is moved to where its client is, is tried first without a server, over
schedules that a fast network never makes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Final

import pytest

from benchmarks.replay import replay
from benchmarks.trace import Author, Turn, turns
from ot_core import Acknowledgement, Client, Document, Operation
from tests.servers import ProcessServer
from tests.traces import Trace, Transaction, trace

FRIENDS: Final = trace("friendsforever")
PARTING: Final = 24_746
"""From this transaction on everything is written on all that was written before."""


@dataclass
class Desk:
    """An author, its client, the edit on its way, and how far it has read the log."""

    author: Author
    client: Client
    sent: tuple[Operation, int] | None = None
    position: int = 0
    acknowledged: int = 0

    @property
    def is_busy(self) -> bool:
        return bool(self.author.turns) or self.client.outstanding is not None

    def write(self) -> None:
        operation = self.client.edit(self.author.write())
        assert operation is not None
        self.sent = operation, self.client.revision


@dataclass
class Room:
    """Two desks and a server, which take turns by chance."""

    trace: Trace
    random: Random
    log: list[tuple[Desk, Operation]] = field(default_factory=list)

    def __post_init__(self) -> None:
        start = self.trace.start
        self.document = Document(start)
        self.desks = [Desk(Author(own, len(start)), Client(start)) for own in turns(self.trace)]

    def run(self, latency: float) -> None:
        """Let everything be written; the higher `latency`, the later all is heard of."""
        while any(desk.is_busy or desk.position < len(self.log) for desk in self.desks):
            desk = self.random.choice(self.desks)
            if self.random.random() < latency:
                if self._may_write(desk):
                    desk.write()
            elif desk.sent is not None and self.random.random() < 0.7:
                operation = self.document.rebase(*desk.sent)
                self.document.apply(operation)
                self.log.append((desk, operation))
                desk.sent = None
            else:
                self._read(desk, self.random.randint(desk.position, len(self.log)))

    def _may_write(self, desk: Desk) -> bool:
        [other] = (one for one in self.desks if one is not desk)
        author = desk.author
        if not author.turns or desk.client.outstanding is not None:
            return False
        return author.is_ready and other.acknowledged >= author.turns[0].held

    def _read(self, desk: Desk, last: int) -> None:
        for by, operation in self.log[desk.position : last]:
            desk.position += 1
            own = by is desk
            change = Acknowledgement() if own else operation
            for shown in desk.client.receive([change], desk.position).operations:
                desk.author.receive(shown)
            desk.acknowledged += own


@cache
def ending() -> Trace:
    """Return what was written in the end, on the text that there was before it."""
    before = Room(
        Trace(FRIENDS.name, FRIENDS.start, "", FRIENDS.agents, FRIENDS.transactions[:PARTING]),
        Random(1),
    )
    before.run(0.5)
    later = [
        Transaction(
            tuple(parent - PARTING for parent in parents if parent >= PARTING), agent, patches
        )
        for parents, agent, patches in FRIENDS.transactions[PARTING:]
    ]
    return Trace("its end", before.document.text, FRIENDS.end, FRIENDS.agents, tuple(later))


@pytest.mark.parametrize(("seed", "latency"), [(1, 0.3), (2, 0.8)])
def test_the_trace_of_two_people_ends_as_recorded_on_any_schedule(
    seed: int, latency: float
) -> None:
    room = Room(FRIENDS, Random(seed))
    room.run(latency)
    assert room.document.text == FRIENDS.end
    assert [desk.client.confirmed for desk in room.desks] == [FRIENDS.end] * 2


def test_what_each_person_knew_is_read_from_the_parents() -> None:
    first, second = turns(FRIENDS)
    assert len(first) + len(second) == len(FRIENDS.transactions) == 26_078
    held = [(turn.known, turn.held) for turn in first if turn.held]
    [(known, awaited)] = held
    assert 0 < known < awaited <= len(second)
    assert first[0] == Turn(((0, 0, "A"),), known=0, held=0)


async def test_two_clients_replay_the_end_of_a_real_trace_both_writing_at_once(
    process_server: ProcessServer,
) -> None:
    await replay_with_two(process_server, ending())


@pytest.mark.soak
async def test_two_clients_replay_a_real_trace_both_writing_at_once(
    process_server: ProcessServer,
) -> None:
    await replay_with_two(process_server, FRIENDS)


async def replay_with_two(server: ProcessServer, trace: Trace) -> None:
    """Replay a trace, and see how it ends."""
    replayed = await replay([server.url], trace)
    print(f"{replayed.edits_per_second:,.0f} edits per second")
    assert replayed.edits == len(trace.transactions)
    assert replayed.server_text == trace.end
    assert replayed.client_texts == [trace.end, trace.end]

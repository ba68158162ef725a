"""`Person`: somebody with an editor, over the real `ot_client` on a network that is none.

Whatever is typed holds one sign that nobody else types: what became of it is judged when
all is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ot_client import Disconnected
from ot_client.carrier import Carrier
from ot_client.connection import Phase
from ot_client.events import Changed, Event, Unsaved
from ot_core import Operation, Selection, TextBuffer
from tests.simulation.cluster import Cluster
from tests.simulation.keeping import Keeping
from tests.simulation.loop import Process
from tests.simulation.network import ClientEnd, Link
from tests.simulation.node import Node, token
from tests.simulation.watched import Watched, Witness

__all__ = ["Person"]

CONNECTING: Final = 0.01
"""How long it takes to reach a node, on average, in seconds."""


@dataclass
class Person:
    """One participant, with one client."""

    cluster: Cluster
    session_id: str
    name: str
    client_id: str
    strays: float
    """How often it comes to another node than others of its session."""
    stores: bool
    """Whether it keeps what is unsaved, and so may crash."""
    typed: dict[str, bool] = field(default_factory=dict)
    """Each sign, and whether it was taken back before it was sent."""
    offered: list[Unsaved] = field(default_factory=list)
    closed: int | None = None
    """The code with which the server has put an end to it."""
    node: Node | None = None
    """Where it is connected, if it is."""
    link: Link | None = None

    def __post_init__(self) -> None:
        cluster = self.cluster
        self.witness = Witness(cluster.ledger, self.session_id, self.client_id, cluster.breach)
        self.connection = self._new_connection()
        self._keeping = Keeping(cluster.random, self.witness, self)
        self._kept: bytes | None = None
        self._end: ClientEnd | None = None
        self.open()

    def open(self) -> None:
        """Open the editor."""
        random = self.cluster.random
        self.process = Process()
        self.copy = TextBuffer(self.connection.text)
        """What the editor shows: it hears of changes by events alone."""
        self.carrier = Carrier(
            self.connection,
            self._dial,
            token(self.session_id, self.name),
            None,
            self.cluster.loop,
            random.uniform,
            self._told,
        )
        self.process.start(self._run())

    @property
    def is_open(self) -> bool:
        """Whether there is a text, and somebody to edit it."""
        return self.process.runs and self.closed is None and self.connection.has_text

    def is_undisturbed(self, seconds: float) -> bool:
        """Whether nothing has kept news from it for so long."""
        node, link = self.node, self.link
        return (
            self.process.runs
            and link is not None
            and link.is_undisturbed(seconds)
            and node is not None
            and node.is_undisturbed
        )

    @property
    def is_put_out(self) -> bool:
        """Whether it has no access any more."""
        kept = self.cluster.ledger.sessions[self.session_id]
        return kept.participants[self.name].role is None

    @property
    def is_settled(self) -> bool:
        """Whether it has the whole log, and the log its edits; or whether it knows of its end."""
        client, ledger = self.connection.client, self.cluster.ledger
        if self.is_put_out:
            return self.closed is not None
        return (
            self.connection.phase is Phase.OPEN
            and client.outstanding is None
            and self.witness.epoch == ledger.sessions[self.session_id].row.epoch
            and client.revision == ledger.lineage(self.session_id).head
        )

    def type(self, sign: str) -> None:
        """Put a sign somewhere; now and then in the place of something."""
        random, connection = self.cluster.random, self.connection
        text = connection.text
        start = random.randint(0, len(text))
        stop = min(len(text), start + random.choice((0, 0, 0, 1, 3)))
        for gone in text[start:stop]:
            if gone in self.typed:
                self.typed[gone] = True
        self.typed[sign] = False
        operation = Operation.replace(len(text), start, stop, sign)
        connection.edit(operation, self.cluster.loop.time())
        self.copy.apply(operation)
        if random.random() < 0.2:
            connection.select([Selection(start, start + 1)], typing=True)
        self.keep()
        self.process.do(self.carrier.wake)

    def crash(self, server_notices: float) -> None:
        """Let the editor be killed."""
        self.process.kill()
        if self.link is not None:
            self.link.cut(0, server_notices)

    def reopen(self) -> None:
        """Open the editor again, with what was kept."""
        self.connection = (
            self._keeping.taken_up(self._kept) if self._kept else self._new_connection()
        )
        self.connection.lost()
        self.keep()
        self.open()

    def keep(self) -> None:
        """Keep what is unsaved."""
        if self.stores:
            self._kept = self._keeping.kept(self.connection)

    def _new_connection(self) -> Watched:
        return Watched(self.witness, self.cluster.random, self._mark, self.keep)

    def _mark(self) -> int:
        return self._end.mark if self._end else 0

    async def _dial(self) -> ClientEnd:
        cluster = self.cluster
        await asyncio.sleep(cluster.random.expovariate(1 / CONNECTING))
        node = cluster.route(self.session_id, self.strays)
        cluster.note(self.name, "dials", node.name)
        if node.process.is_dead:
            raise Disconnected
        self.node, self.link = node, cluster.connect(node, self.session_id)
        self._end = ClientEnd(self.link)
        return self._end

    async def _run(self) -> None:
        ended = await self.carrier.run()
        self.closed = ended.code
        self._told(self.connection.abandon())

    def _told(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Changed):
                self.copy.apply(event.operation)
            elif isinstance(event, Unsaved):
                self.offered.append(event)
                self.cluster.note(self.name, "is offered back", event)
        client = self.connection.client
        self.cluster.note(self.name, self.connection.phase.name, client.revision)

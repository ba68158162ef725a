"""`Person`: somebody with an editor, over the real `ot_client` on a network that is none.

Whatever is typed holds one sign that nobody else types: what became of it is judged when
all is over.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ot_client import Disconnected
from ot_client.events import Changed, Unsaved
from ot_client.machine import Phase
from ot_client.record import Keep, Record
from ot_client.socket import Socket
from ot_core import Operation, Selection, TextBuffer
from tests.simulation.cluster import Cluster
from tests.simulation.loop import Process
from tests.simulation.network import ClientEnd, Link
from tests.simulation.node import Node, token
from tests.simulation.watched import Watched, Witness

__all__ = ["Person"]

CONNECTING: Final = 0.01
"""How long it takes to reach a node, on average, in seconds."""


@dataclass
class Person:
    """One participant, with one client after the other."""

    cluster: Cluster
    session_id: str
    name: str
    number: int
    """Of its client ids, which are UUIDs, the last part."""
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
        self.witnesses: list[Witness] = []
        """One of each client that it has been."""
        self._kept: str | None = None
        """What its storage holds."""
        self._end: ClientEnd | None = None
        self.open()

    def open(self) -> None:
        """Open the editor: as the client of which something is kept, or as another one."""
        if self._kept is None:
            client_id = str(UUID(fields=(len(self.witnesses), 0, 0, 0, 0, self.number)))
            cluster = self.cluster
            witness = Witness(cluster.ledger, self.session_id, client_id, cluster.breach)
            self.witnesses.append(witness)
        random = self.cluster.random
        self.process = Process()
        record = Record.from_json(json.loads(self._kept)) if self._kept else None
        self.machine = Watched(self.witness, random, self._mark, record)
        self.copy = TextBuffer()
        """What the editor shows: it hears of changes by events alone."""
        self.socket = Socket(
            self.machine,
            self._dial,
            token(self.session_id, self.name),
            self.cluster.loop,
            random.uniform,
            self._settle,
        )
        self.process.start(self._run())

    @property
    def witness(self) -> Witness:
        """Of what the client says and is told that it is now."""
        return self.witnesses[-1]

    @property
    def is_open(self) -> bool:
        """Whether there is a text, and somebody to edit it."""
        return self.process.runs and self.closed is None and self.machine.has_text

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
        return kept.participants[self.name].given is None

    @property
    def is_settled(self) -> bool:
        """Whether it has the whole log, and the log its edits; or whether it knows of its end."""
        machine, ledger = self.machine, self.cluster.ledger
        if self.is_put_out:
            return self.closed is not None
        return (
            machine.phase is Phase.OPEN
            and machine.is_synchronized
            and self.witness.epoch == ledger.sessions[self.session_id].row.epoch
            and machine.revision == ledger.lineage(self.session_id).head
        )

    def type(self, sign: str) -> None:
        """Put a sign somewhere; now and then in the place of something."""
        random, machine = self.cluster.random, self.machine
        text = machine.text
        start = random.randint(0, len(text))
        stop = min(len(text), start + random.choice((0, 0, 0, 1, 3)))
        for gone in text[start:stop]:
            if gone in self.typed:
                self.typed[gone] = True
        self.typed[sign] = False
        operation = Operation.replace(len(text), start, stop, sign)
        machine.at(self.cluster.loop.time())
        machine.edit(operation)
        self.copy.apply(operation)
        if random.random() < 0.2:
            machine.select([Selection(start, start + 1)], is_typing=True)
        self._settle()
        self.process.do(self.socket.wake)

    def crash(self, server_notices: float) -> None:
        """Let the editor be killed."""
        self.process.kill()
        if self.link is not None:
            self.link.cut(0, server_notices)

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
        await self.socket.run()
        assert self.machine.ended is not None
        self.closed = self.machine.ended.code

    def _settle(self) -> None:
        machine = self.machine
        for event in machine.events():
            if isinstance(event, Changed):
                self.copy.apply(event.operation)
            elif isinstance(event, Unsaved):
                self.offered.append(event)
                if machine.ended is None:
                    self.witness.loses(event.reason)
                self.cluster.note(self.name, "is offered back", event)
        for write in machine.writes() if self.stores else ():
            self._kept = json.dumps(write.record.to_json()) if isinstance(write, Keep) else None
            machine.stored(True)
        self.cluster.note(self.name, machine.phase.name, machine.revision)

"""`Person`: somebody with an editor, using the real `ot_client` on a simulated network.

Everything that is typed holds one sign that nobody else types, so that its fate can be
judged at the end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from ot_client import Disconnected
from ot_client.connection import Phase
from ot_client.events import Changed, Unsaved
from ot_client.machine import Machine
from ot_client.record import Keep, Record
from ot_client.socket import Socket
from ot_core import Operation, Selection, TextBuffer
from tests.simulation.cluster import Cluster
from tests.simulation.loop import Process
from tests.simulation.network import ClientEnd, Connection
from tests.simulation.node import Node, token
from tests.simulation.watched import Watched, Witness

__all__ = ["MachineOf", "Person"]

MachineOf = Callable[[str, Random, Record | None], Machine]
"""Makes the machine of a client id, with what was stored of it."""

Shown = tuple[str, object, tuple[Selection, ...]]
"""What a tab shows: its participant, its data, its carets."""

CONNECTING: Final = 0.01
"""How long it takes to reach a node, on average, in seconds."""


@dataclass
class Person:
    """One participant in one tab, with one client after the other.  Tabs may share a name."""

    cluster: Cluster
    session_id: str
    name: str
    number: int
    """The last part of its client ids, which are UUIDs."""
    strays: float
    """The share of its connections that go to another node than its session's."""
    machine_of: MachineOf
    """What makes its machines."""
    stores: bool
    """Whether it stores unsaved edits, so that it may crash."""
    typed: dict[str, bool] = field(default_factory=dict)
    """Each sign, and whether it was deleted again before it was sent."""
    offered: list[Unsaved] = field(default_factory=list)
    closed: int | None = None
    """The code with which the server closed it for good."""
    node: Node | None = None
    """The node that it is connected to, if any."""
    connection: Connection | None = None

    def __post_init__(self) -> None:
        self.witnesses: list[Witness] = []
        """One for each client that it has been."""
        self.shown: Selection | None = None
        """Where it put its caret last."""
        self._kept: str | None = None
        """What its storage holds."""
        self.open()

    def open(self) -> None:
        """Open the editor: as the client that was stored, or as a new one."""
        if self._kept is None:
            client_id = str(UUID(fields=(len(self.witnesses), 0, 0, 0, 0, self.number)))
            cluster = self.cluster
            witness = Witness(cluster.ledger, self.session_id, client_id, cluster.breach)
            self.witnesses.append(witness)
        random = self.cluster.random
        self.process = Process()
        record = Record.from_json(json.loads(self._kept)) if self._kept else None
        self.machine = self.machine_of(self.witness.client_id, random, record)
        self.copy = TextBuffer()
        """What the editor shows; it learns of changes only through events."""
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
        """The witness of the client that it is now."""
        return self.witnesses[-1]

    @property
    def is_open(self) -> bool:
        """Whether there is a text that can be edited."""
        return self.process.runs and self.closed is None and self.machine.has_text

    def is_undisturbed(self, seconds: float) -> bool:
        """Whether nothing has kept news from it for `seconds`."""
        node, connection = self.node, self.connection
        return (
            self.process.runs
            and connection is not None
            and connection.is_undisturbed(seconds)
            and node is not None
            and node.is_undisturbed
        )

    @property
    def is_put_out(self) -> bool:
        """Whether it no longer has access."""
        kept = self.cluster.ledger.sessions[self.session_id]
        return kept.participants[self.name].given is None

    @property
    def is_settled(self) -> bool:
        """Whether it has the whole log and the log has its edits, or it knows that it is closed."""
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
        """Insert a sign somewhere; sometimes replace something by it."""
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

    def show(self) -> None:
        """Put the caret somewhere, and beside it what is this tab's alone."""
        random, machine = self.cluster.random, self.machine
        length = len(machine.text)
        self.shown = Selection(random.randint(0, length), random.randint(0, length))
        machine.at(self.cluster.loop.time())
        machine.select([self.shown], data=self.witness.client_id)
        self._settle()
        self.process.do(self.socket.wake)

    @property
    def seen(self) -> set[Shown]:
        """What it sees of all other tabs, each with its participant's name."""
        return {
            (name, one.data, one.selections)
            for name, tabs in self.machine.presences.others().items()
            for one in tabs
        }

    def crash(self, server_notices: float) -> None:
        """Kill the editor."""
        self.process.kill()
        if self.connection is not None:
            self.connection.cut(0, server_notices)

    async def _dial(self) -> Watched:
        cluster = self.cluster
        await asyncio.sleep(cluster.random.expovariate(1 / CONNECTING))
        node = cluster.route(self.session_id, self.strays)
        cluster.note(self.name, "dials", node.name)
        if node.process.is_dead:
            raise Disconnected
        self.node, self.connection = node, cluster.connect(node, self.session_id)
        return Watched(ClientEnd(self.connection), self.witness)

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

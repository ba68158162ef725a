"""`Cluster`: the nodes of a run, what they share, and how clients reach them."""

from __future__ import annotations

from random import Random
from typing import Final

from ot_server.settings import Settings
from tests.simulation.database import Database
from tests.simulation.ledger import Ledger
from tests.simulation.loop import Loop
from tests.simulation.network import Connection
from tests.simulation.node import Node
from tests.simulation.promises import Promise
from tests.simulation.simulated_redis import SimulatedRedis
from tests.simulation.verdict import Broken, Trace

__all__ = ["Cluster"]

NODES: Final = 3


class Cluster:
    """A few nodes over one store and one Redis."""

    def __init__(self, loop: Loop, random: Random, settings: Settings) -> None:
        self.loop = loop
        self.random = random
        self.trace = Trace()
        self.ledger = Ledger(self.breach)
        self.database = Database(self.ledger, random)
        self.redis = SimulatedRedis(random, self.ledger.require)
        self._settings = settings
        self._started = 0
        self.nodes: list[Node] = []

    def note(self, who: str, what: str, more: object = "") -> None:
        """Something happened."""
        self.trace.note(self.loop.time(), who, what, more)

    def breach(self, promise: Promise, detail: object) -> None:
        """Report that a promise is broken: the run ends here."""
        self.note("ledger", promise, detail)
        if self.loop.failure is None:
            self.loop.failure = Broken(promise, detail, self.trace)

    def start(self) -> None:
        """Start all nodes."""
        self.nodes = [self._new_node() for _ in range(NODES)]

    def replace(self, node: Node) -> None:
        """Start a node in place of another one."""
        self.nodes[self.nodes.index(node)] = self._new_node()

    def route(self, session_id: str, strays: float) -> Node:
        """Return the node that a balancer chooses: by session, except for a share that strays."""
        if self.random.random() < strays:
            return self.random.choice(self.nodes)
        first = int(session_id[-1])
        nodes = [self.nodes[(first + step) % NODES] for step in range(NODES)]
        return next((node for node in nodes if not node.process.is_dead), nodes[0])

    def connect(self, node: Node, session_id: str) -> Connection:
        """Return a new connection to a node."""
        connection = Connection(self.random, lambda: self.ledger.mark)
        node.accept(connection, session_id)
        return connection

    def _new_node(self) -> Node:
        self._started += 1
        node = Node(f"node {self._started}", self.database, self.redis, self._settings)
        node.start()
        return node

"""What can go wrong; each fault lasts for a while.

Every fault ends by itself or with `Faults.end`; after that only its consequences remain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ot_protocol.messages import Role
from tests.simulation.cluster import Cluster
from tests.simulation.node import Node
from tests.simulation.person import Person

__all__ = ["Faults"]

Fault = Callable[[], Coroutine[Any, Any, None]]


class Faults:
    """Causes the faults of one run."""

    def __init__(self, cluster: Cluster, people: list[Person]) -> None:
        self._cluster = cluster
        self._people = people
        self._random = cluster.random
        kinds: list[Fault] = [
            self.store_is_slow,
            self.store_is_down,
            self.store_restarts,
            self.answers_are_lost,
            self.node_loses_store,
            self.redis_is_down,
            self.redis_is_silent,
            self.redis_is_wiped,
            self.redis_fails_over,
            self.node_loses_redis,
            self.messages_go_astray,
            self.node_is_killed,
            self.node_is_paused,
            self.node_drains,
            self.connection_breaks,
            self.connection_is_half_open,
            self.frames_come_late,
            self.reader_is_slow,
            self.client_crashes,
            self.role_changes,
            self.somebody_is_put_out,
            self.backup_is_restored,
            self.epoch_begins,
        ]
        # With few kinds, each strikes more often: some bugs need the same fault twice.
        few = [self.role_changes, *self._random.sample(kinds, self._random.randint(1, 5))]
        self._kinds = kinds if self._random.random() < 0.3 else few
        for person in people:
            person.stores = person.stores and self.client_crashes in self._kinds
        self._tasks: list[asyncio.Task[None]] = []

    async def strike(self) -> None:
        """Cause one fault after the other until cancelled."""
        pace = self._random.choice((1.0, 3.0))
        while True:
            await asyncio.sleep(self._random.expovariate(pace))
            for fault in self._random.choices(self._kinds, k=self._random.choice((1, 1, 3))):
                self._cluster.note("fate", fault.__name__)
                self._tasks.append(asyncio.create_task(fault()))

    async def end(self) -> None:
        """End all faults."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        cluster = self._cluster
        cluster.database.heal()
        cluster.redis.heal()
        for node in tuple(cluster.nodes):
            self._heal(node)
            if node.process.is_dead or node.is_leaving:
                node.kill(silently=False)
                cluster.replace(node)
        for person in self._people:
            if person.process.is_dead:
                person.open()

    # The store.

    async def store_is_slow(self) -> None:
        database = self._cluster.database
        database.seconds = self._random.choice((0.05, 0.3, 1.0))
        await self._for_a_while()
        database.heal()

    async def store_is_down(self) -> None:
        self._cluster.database.is_down = True
        await self._for_a_while()
        self._cluster.database.heal()

    async def store_restarts(self) -> None:
        database = self._cluster.database
        database.restart()
        database.is_down = True
        await asyncio.sleep(self._random.expovariate(2))
        database.heal()

    async def answers_are_lost(self) -> None:
        self._cluster.database.lost_answers = self._random.choice((0.1, 0.5))
        await self._for_a_while()
        self._cluster.database.heal()

    async def node_loses_store(self) -> None:
        node = self._node()
        node.way.is_cut = True
        await self._for_a_while()
        self._heal(node)

    # Redis.

    async def redis_is_down(self) -> None:
        redis = self._cluster.redis
        redis.is_down = True
        redis.disconnect()
        await self._for_a_while()
        redis.heal()

    async def redis_is_silent(self) -> None:
        self._cluster.redis.is_silent = True
        await self._for_a_while()
        self._cluster.redis.heal()

    async def redis_is_wiped(self) -> None:
        self._cluster.redis.wipe()

    async def redis_fails_over(self) -> None:
        self._cluster.redis.replicate()
        await self._for_a_while()
        self._cluster.redis.fail_over()

    async def node_loses_redis(self) -> None:
        node = self._node()
        node.redis.is_cut = True
        await self._for_a_while()
        self._heal(node)

    async def messages_go_astray(self) -> None:
        redis, random = self._cluster.redis, self._random
        redis.lost, redis.doubled = random.choice((0.0, 0.3, 1.0)), random.choice((0.0, 0.5))
        redis.lateness = random.choice((0.001, 0.1, 1.0))
        await self._for_a_while()
        redis.heal()

    # Nodes.

    async def node_is_killed(self) -> None:
        node = self._node()
        if not node.process.is_dead:
            node.kill(silently=self._random.random() < 0.3)
            await asyncio.sleep(self._random.expovariate(1))
            self._replace(node)

    async def node_is_paused(self) -> None:
        node = self._node()
        node.process.pause()
        await self._for_a_while()
        self._heal(node)

    async def node_drains(self) -> None:
        node = self._node()
        if node.process.runs and not node.is_leaving:
            await node.drain()
            await asyncio.sleep(self._random.expovariate(3))
            self._replace(node)

    # Clients and their connections.

    async def connection_breaks(self) -> None:
        if connection := self._person().connection:
            connection.cut(0, self._random.expovariate(10))

    async def connection_is_half_open(self) -> None:
        if connection := self._person().connection:
            connection.cut(self._random.uniform(0, 4), self._random.uniform(0, 8))

    async def frames_come_late(self) -> None:
        """Frames that the client sent arrive after it has already connected elsewhere."""
        person = self._person()
        late = self._random.uniform(0.1, 3)
        if connection := person.connection:
            connection.stall(connection.to_server, late)
            await asyncio.sleep(self._random.expovariate(5))
            connection.cut(0, late + 0.5)

    async def reader_is_slow(self) -> None:
        if connection := self._person().connection:
            connection.stall(connection.to_client, self._random.uniform(0.5, 6))

    async def client_crashes(self) -> None:
        person = self._person()
        if person.stores and person.process.runs and person.closed is None:
            person.crash(self._random.expovariate(2))
            await self._for_a_while()
            person.open()

    # Access, and the past.

    async def role_changes(self) -> None:
        """Somebody becomes a viewer for a moment, maybe between an edit and its answer."""
        person, database = self._person(), self._cluster.database
        if self._random.random() < 0.5:
            database.lost_answers = 0.7
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while await self._cluster.ledger.next_author() != person.name:
                        pass
            database.heal()
        if self._change_role(person, "viewer"):
            await asyncio.sleep(self._random.expovariate(2))
            self._change_role(person, "editor")

    async def somebody_is_put_out(self) -> None:
        self._change_role(self._person(), None)

    async def backup_is_restored(self) -> None:
        """All nodes are stopped for it, as operators are told to do."""
        cluster = self._cluster
        for node in cluster.nodes:
            node.kill(silently=False)
        cluster.database.restore(self._person().session_id, self._random.choice((0, 1, 5)))
        await asyncio.sleep(self._random.expovariate(2))
        for node in tuple(cluster.nodes):
            self._replace(node)

    async def epoch_begins(self) -> None:
        """While the nodes are running, and without losing anything."""
        self._cluster.database.restore(self._person().session_id, 0)

    # Helpers.

    async def _for_a_while(self) -> None:
        await asyncio.sleep(self._random.choice((0.3, 1.0, 3.0)) * self._random.uniform(0.5, 1.5))

    def _node(self) -> Node:
        return self._random.choice(self._cluster.nodes)

    def _person(self) -> Person:
        """Return somebody; more often a person who waits for an answer."""
        waiting = [one for one in self._people if not one.machine.is_synchronized]
        return self._random.choice(
            waiting if waiting and self._random.random() < 0.5 else self._people
        )

    def _replace(self, node: Node) -> None:
        if node in self._cluster.nodes and node.process.is_dead:
            self._cluster.replace(node)

    def _heal(self, node: Node) -> None:
        node.redis.is_cut = False
        node.way.heal()
        node.process.go_on()

    def _change_role(self, person: Person, role: Role | None) -> bool:
        """Do what the REST call does: change it in the store, then tell the nodes."""
        ledger, session_id = self._cluster.ledger, person.session_id
        before = ledger.sessions[session_id].participants[person.name].given
        if before in (None, role) or self._cluster.database.is_down:
            return False
        ledger.set_role(session_id, person.name, role)
        node = self._node()
        if node.process.runs and self._random.random() < 0.8:
            node.process.do(node.hub.mark_stale, session_id)
        return True

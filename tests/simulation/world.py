"""`World`: people type while things go wrong; then the faults end, and soon all must be well."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final, cast

from ot_client.machine import Machine
from ot_client.record import Record
from ot_protocol.messages import Role
from ot_server.settings import Settings
from ot_server.store.rows import NewSession, ParticipantRow, SessionInfoRow
from tests.simulation.callers import Put, put, read
from tests.simulation.cluster import Cluster
from tests.simulation.faults import Faults
from tests.simulation.judgement import judge
from tests.simulation.loop import Loop
from tests.simulation.person import Person
from tests.simulation.presence import see_each_other
from tests.simulation.promises import Promise
from tests.simulation.typescript import InTypeScript
from tests.simulation.watch import watch

__all__ = ["World"]

EDITS: Final = 60
"""The most edits of a run."""
PEOPLE: Final = 5
TABS: Final = 0.25
"""The share of people who are another tab of somebody."""
SESSIONS: Final = tuple(f"session {number}" for number in range(3))
SIGNS: Final = 0x4E00
"""Each edit of a run inserts one character that no other inserts, from here on."""
PATIENCE: Final = 30.0
"""Within so many seconds after the last fault all must be well.  A client may wait 10 seconds
before it connects again, and that twice in a row."""


class World:
    """A cluster, and the people of a run."""

    def __init__(self, loop: Loop, random: Random, is_mixed: bool = False) -> None:
        """`is_mixed`: whether every other person uses the TypeScript machine."""
        choice = random.choice
        self._random = random
        settings = Settings(
            edits_per_second=choice((30, 1000)),
            history_revisions=choice((4, 10_000)),
            snapshot_operations=choice((3, 10, 1000)),
            batch_operations=choice((1, 2, 64)),
            transform_lag=choice((8, 100_000, 100_000)),
            idle_seconds=choice((0.2, 1, 60)),
            unavailable_seconds=choice((1, 5)),
            slow_reader_seconds=choice((1, 5)),
            drain_seconds=choice((0.5, 5)),
        )
        self.cluster = Cluster(loop, random, settings)
        self._is_mixed = is_mixed
        self._crowds = choice(((2, 1, 1), (8, 1, 1)))
        """How people are spread over the sessions."""
        self.people: list[Person] = []
        self.puts: list[Put] = []

    async def run(self) -> None:
        """Type, suffer, recover, and be judged."""
        for session_id in SESSIONS:
            owner = ParticipantRow("owner", session_id, "owner", "guest", "owner")
            info = SessionInfoRow(session_id, "A session", "python", 0.0, 0.0)
            self.cluster.ledger.add(NewSession(info, owner))
        self.cluster.start()
        strays = self._random.choice((0.1, 1.0))
        for number in range(PEOPLE):
            self.people.append(self._new_person(number, strays))
        faults = Faults(self.cluster, self.people)
        watching = asyncio.create_task(watch(self.cluster, self.people))
        striking = asyncio.create_task(faults.strike())
        await self._type()
        striking.cancel()
        await faults.end()
        await self._rest()
        await see_each_other(self.cluster, self.people)
        watching.cancel()
        await judge(self.cluster, self.people, self.puts)

    def _new_person(self, number: int, strays: float) -> Person:
        random = self._random
        if self.people and random.random() < TABS:
            first = random.choice(self.people)
            name, session_id = first.name, first.session_id
        else:
            name = f"person {number}"
            session_id = random.choices(SESSIONS, self._crowds)[0]
            role: Role = "viewer" if random.random() < 0.1 else "editor"
            self.cluster.ledger.sessions[session_id].participants[name] = ParticipantRow(
                name, session_id, name, "guest", role, number
            )
        machine_of = in_typescript if self._is_mixed and number % 2 else in_python
        stores = random.random() < 0.5
        return Person(self.cluster, session_id, name, number + 1, strays, machine_of, stores)

    async def _type(self) -> None:
        random = self._random
        pace, together = random.choice((3, 6, 30)), random.choice((1, 5))
        signs = iter(range(SIGNS, SIGNS + random.randint(20, EDITS)))
        while True:
            await asyncio.sleep(random.expovariate(pace / together))
            for person in random.choices(self.people, k=together):
                number = next(signs, None)
                if number is None:
                    return
                self._edit(person, chr(number))

    def _edit(self, person: Person, sign: str) -> None:
        random, cluster = self._random, self.cluster
        node = random.choice(cluster.nodes)
        draw = random.random()
        if node.process.runs and draw < 0.1:
            self.puts.append(put(cluster, node, person, sign))
            return
        if node.process.runs and draw < 0.3:
            read(cluster, node, person.session_id)
        if person.is_open:
            cluster.note(person.name, "types", sign)
            person.type(sign)

    async def _rest(self) -> None:
        """Wait until all is well."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while restless := [
            *(person.name for person in self.people if not person.is_settled),
            *(str(put) for put in self.puts if not put.is_over),
            # A write that nobody waits for any more may still commit.
            *(["a write"] if self.cluster.database.writes else []),
        ]:
            if loop.time() > until:
                self.cluster.breach(Promise.REST, restless)
            await asyncio.sleep(0.2)


def in_python(client_id: str, random: Random, record: Record | None) -> Machine:
    return Machine(client_id, random.uniform, record=record)


def in_typescript(client_id: str, random: Random, record: Record | None) -> Machine:
    return cast("Machine", InTypeScript(client_id, random, record))  # told and asked alike

"""What must be true all the time, where nothing is wrong: news travels fast, to those with access.

Redis is no excuse: what it loses is in the store.
"""

from __future__ import annotations

import asyncio
from typing import Final

from ot_client.connection import Phase
from tests.simulation.cluster import Cluster
from tests.simulation.person import Person
from tests.simulation.promises import Promise

__all__ = ["watch"]

EVERY: Final = 0.5
WITHIN: Final = 2.5
"""The promise is two seconds; frames take a moment too."""


async def watch(cluster: Cluster, people: list[Person]) -> None:
    """Watch everybody until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        for person in people:
            if person.machine.phase is Phase.OPEN and person.is_undisturbed(WITHIN):
                _look_at(cluster, person)


def _look_at(cluster: Cluster, person: Person) -> None:
    ledger, now = cluster.ledger, cluster.loop.time()
    put_out_at = ledger.put_out_at.get((person.session_id, person.name), now)
    if put_out_at < now - WITHIN:
        cluster.breach(Promise.PUT_OUT, person.name)
    lineage = ledger.lineage(person.session_id)
    if lineage.begun > now - WITHIN:
        return
    if person.witness.epoch != ledger.sessions[person.session_id].row.epoch:
        cluster.breach(Promise.FAST, (person.name, "a new epoch"))
        return
    following = person.machine.revision + 1
    if following <= lineage.head and lineage.times[following] < now - WITHIN:
        cluster.breach(Promise.FAST, (person.name, following))

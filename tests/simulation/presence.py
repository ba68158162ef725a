"""`see_each_other`: when all is well, each tab soon sees the carets of all others, and no more.

Presence may be lost, so everybody moves again and again until all have seen all.  Where there
is no Redis only those on one node see each other.
"""

from __future__ import annotations

import asyncio
from typing import Final

from tests.simulation.cluster import Cluster
from tests.simulation.person import Person, Shown
from tests.simulation.promises import Promise

__all__ = ["see_each_other"]

PATIENCE: Final = 30.0
"""A node that has died is forgotten after 15 seconds."""
MOVES_EVERY: Final = 2.0
LOOKS_EVERY: Final = 0.2


async def see_each_other(cluster: Cluster, people: list[Person]) -> None:
    """Move and look until everybody sees everybody in their session."""
    loop = asyncio.get_running_loop()
    until, moves_at = loop.time() + PATIENCE, loop.time()
    here = [person for person in people if person.closed is None]
    while wrong := [(one.name, away) for one in here if (away := _wrong(cluster, one, here))]:
        if loop.time() > until:
            cluster.breach(Promise.PRESENT, wrong)
        if loop.time() >= moves_at:
            moves_at += MOVES_EVERY
            for person in here:
                person.show()
        await asyncio.sleep(LOOKS_EVERY)


def _wrong(cluster: Cluster, person: Person, here: list[Person]) -> set[Shown]:
    """Return what somebody sees and should not, or should see and does not."""
    expected = {
        (other.name, other.witness.client_id, () if other.shown is None else (other.shown,))
        for other in here
        if other.session_id == person.session_id
        and other is not person
        and (other.node is person.node or not cluster.redis.is_down)
    }
    return expected ^ person.seen

"""Nodes without Redis do all their work, and other nodes see it within a second."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Final

from ot_client import Changed, Event, connect, create_room
from tests.faults.cluster import running_cluster
from tests.faults.crowd import crowd
from tests.patience import quiet_time, within
from tests.postgres import Postgres
from tests.redis import PrivateRedis

EDITS: Final = 40
PAUSE_SECONDS: Final = 0.2
"""The longest pause between two edits; together they outlast a node's wait for the store."""
SEEN_SECONDS: Final = 1.0


async def delays(here: str, there: str) -> list[float]:
    """Return how long edits took from their acknowledgement on one node to the other node."""
    room = await create_room(here, name="host")
    token, elsewhere = room.token, f"{there}/s/{room.session.id}"
    async with connect(room.address, token) as ada, connect(elsewhere, token) as ben:
        seen: dict[int, float] = {}
        all_seen = asyncio.Event()

        def see(event: Event) -> None:
            if isinstance(event, Changed):
                seen.setdefault(ben.revision, quiet_time())
                if ben.revision == EDITS:
                    all_seen.set()

        ben.listen(see)
        acknowledged: dict[int, float] = {}
        random = Random(5)
        for _ in range(EDITS):
            ada.insert(0, "x")
            await ada.synchronized()
            acknowledged[ada.revision] = quiet_time()
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))
        await within(all_seen.wait())
    return [
        min(when for until, when in seen.items() if until >= revision) - since
        for revision, since in acknowledged.items()
    ]


async def test_without_redis_all_is_kept_and_another_node_shows_it_within_a_second(
    tmp_path: Path, postgres: Postgres
) -> None:
    async with running_cluster(tmp_path, postgres, PrivateRedis(tmp_path), count=2) as cluster:
        here, there = cluster.urls
        async with crowd(cluster, Random(5), sessions=2, typists=4) as people:
            took = await delays(here, there)
            await people.stop()
            await people.judge(await people.settled())

    print(f"{len(took)} edits, the slowest after {max(took):.3f} s")
    assert len(took) == EDITS
    assert max(took) < SEEN_SECONDS

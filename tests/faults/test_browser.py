"""A person with a browser loses nothing when a node dies, and goes on at another."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.browser.conftest import OpenBrowser
from tests.faults.cluster import running_cluster
from tests.faults.crowd import HEALED_SECONDS, crowd
from tests.faults.postgres_connection import At
from tests.faults.proxy import Proxy, passing_through
from tests.patience import quiet_time
from tests.postgres import Postgres
from tests.redis import running_redis

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPISTS: Final = 20
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
"""Each once, and none that a typist types."""
KEYSTROKE: Final = 120.0
"""Milliseconds from key to key: the person types before, during and after the fault."""


async def test_a_browser_among_twenty_others_outlives_the_node_that_it_was_on(
    tmp_path: Path, postgres: Postgres, open_browser: OpenBrowser
) -> None:
    async with (
        running_redis(tmp_path) as redis,
        running_cluster(tmp_path, postgres, redis, count=2) as cluster,
    ):
        balancer = Proxy([node.port for node in cluster.nodes])
        async with (
            passing_through(balancer),
            crowd(cluster, Random(5), sessions=1, typists=TYPISTS) as people,
        ):
            [table] = people.tables
            ada = await open_browser("Ada")
            word = table.room.link.rpartition("/")[2]
            await ada.join(f"http://127.0.0.1:{balancer.port}/join/{word}")
            typing = asyncio.create_task(ada.page.keyboard.type(LETTERS, delay=KEYSTROKE))
            await ada.reads(LETTERS[:3])

            doomed = cluster.nodes[0]
            await doomed.to_postgres.catch(At.ANSWER)
            await doomed.kill()
            killed = quiet_time()
            await typing
            await ada.sees("Saved")
            await people.stop()
            logs = await people.settled()
            await ada.reads_only(table.typists[0].session.text)
            healed = quiet_time() - killed
            await people.judge(logs)

    assert set(LETTERS) <= {character for line in logs[0] for character in line.inserted}
    assert healed <= HEALED_SECONDS

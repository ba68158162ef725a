"""What goes wrong: each fault begins and ends before the block, and is tidied up after it.

People type during the fault and after it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Final

from tests.faults.cluster import Cluster, Node
from tests.faults.postgres_connection import At
from tests.faults.proxy import Proxy

__all__ = ["FAULTS", "Fault"]

Fault = Callable[[Cluster, Random], AbstractAsyncContextManager[None]]

PAUSE_SECONDS: Final = 10.0
"""How long Redis stands still."""
DOWN_SECONDS: Final = 0.5
"""How long Postgres, or Redis, is gone."""
APART_SECONDS: Final = 6.0
"""How long a node is cut off: longer than anything waits for an answer."""
SLOW_SECONDS: Final = 2.0
DELAY: Final = 0.3


@asynccontextmanager
async def a_node_is_killed_while_it_commits(
    cluster: Cluster, random: Random
) -> AsyncIterator[None]:
    """While its commit is on its way, or done and not yet answered."""
    node = random.choice(cluster.nodes)
    at = random.choice(list(At))
    connection = await node.to_postgres.catch(at)
    if at is At.STATEMENT:
        connection.release()  # Postgres takes longer over it than this process to the next line
    await node.kill()
    try:
        yield
    finally:
        await node.start()


@asynccontextmanager
async def redis_is_killed_and_comes_back_empty(
    cluster: Cluster, random: Random
) -> AsyncIterator[None]:
    await cluster.redis.kill()
    await asyncio.sleep(DOWN_SECONDS)
    await cluster.redis.start()
    yield


@asynccontextmanager
async def redis_stands_still(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    cluster.redis.pause()
    try:
        await asyncio.sleep(PAUSE_SECONDS)
    finally:
        cluster.redis.resume()
    yield


@asynccontextmanager
async def postgres_is_restarted(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(cluster.postgres.stop, signal.SIGINT)
    await _postgres_comes_back(cluster)
    yield


@asynccontextmanager
async def postgres_is_restarted_at_once(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(cluster.postgres.stop, signal.SIGQUIT)
    await _postgres_comes_back(cluster)
    yield


@asynccontextmanager
async def postgres_is_killed(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(cluster.postgres.crash)
    await _postgres_comes_back(cluster)
    yield


@asynccontextmanager
async def a_commit_is_not_answered(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    """The answer is lost, and the connection with it."""
    for node in cluster.nodes:
        connection = await node.to_postgres.catch(At.ANSWER)
        connection.cut()
    yield


@asynccontextmanager
async def a_commit_is_never_answered(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    """The answer is lost, and nothing more is heard on that connection."""
    for node in cluster.nodes:
        connection = await node.to_postgres.catch(At.ANSWER)
        connection.drop()
    yield


@asynccontextmanager
async def a_node_is_cut_off(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    """From its clients, from Postgres and from Redis."""
    await _apart(random, *_any_node(cluster, random).ways)
    yield


@asynccontextmanager
async def a_node_is_cut_off_from_postgres(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    """From Postgres alone: its clients and the other nodes go on to talk to it."""
    await _apart(random, _any_node(cluster, random).to_postgres)
    yield


@asynccontextmanager
async def postgres_is_slow(cluster: Cluster, random: Random) -> AsyncIterator[None]:
    for node in cluster.nodes:
        node.to_postgres.delay = DELAY
    await asyncio.sleep(SLOW_SECONDS)
    for node in cluster.nodes:
        node.to_postgres.delay = 0.0
    yield


FAULTS: Final[tuple[Fault, ...]] = (
    a_node_is_killed_while_it_commits,
    redis_is_killed_and_comes_back_empty,
    redis_stands_still,
    postgres_is_restarted,
    postgres_is_restarted_at_once,
    postgres_is_killed,
    postgres_is_slow,
    a_commit_is_not_answered,
    a_commit_is_never_answered,
    a_node_is_cut_off,
    a_node_is_cut_off_from_postgres,
)


def _any_node(cluster: Cluster, random: Random) -> Node:
    return random.choice(cluster.nodes)


async def _postgres_comes_back(cluster: Cluster) -> None:
    await asyncio.sleep(DOWN_SECONDS)
    cluster.postgres.begin()
    await asyncio.to_thread(cluster.postgres.wait)


async def _apart(random: Random, *ways: Proxy) -> None:
    """Let nothing through for a while; then what was sent arrives, or the connections are cut."""
    for way in ways:
        way.swallow()
    await asyncio.sleep(APART_SECONDS)
    if random.random() < 0.5:
        for way in ways:
            way.cut()
    for way in ways:
        way.heal()

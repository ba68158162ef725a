"""`Cluster`: nodes in processes of their own over one Postgres and one Redis; all of them fail.

Everything to and from a node passes through proxies of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from tests.faults.postgres_connection import PostgresProxy
from tests.faults.proxy import Proxy, passing_through
from tests.mortal import free_port
from tests.postgres import Postgres
from tests.redis import PrivateRedis
from tests.servers import NO_LIMITS, ProcessServer

__all__ = ["Cluster", "Node", "running_cluster"]

SECRET: Final = "a key that all nodes have, of 32 bytes and more"
BUGS: Final = (b"Traceback", b"_failed", b"session_corrupt")
"""What a node must never log, whatever fails."""


class Node:
    """A server, and the three proxies around it."""

    def __init__(self, data: Path, postgres: Postgres, redis: PrivateRedis, store: str) -> None:
        """`store` is where Postgres has the tables."""
        self.port = free_port()
        """Its own, which no proxy is in front of."""
        self.door = Proxy([self.port])
        """In front of the node."""
        self.to_postgres = PostgresProxy(postgres.port)
        self.to_redis = Proxy([redis.port])
        limits = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
        environment = {
            **limits,
            "OT_SECRET": SECRET,
            "OT_STORE": store.replace(f":{postgres.port}/", f":{self.to_postgres.port}/"),
            "OT_SEQUENCER": f"redis://127.0.0.1:{self.to_redis.port}",
            "OT_LOG_LEVEL": "warning",
        }
        self.is_up = False
        self._server = ProcessServer(data, environment, f"http://127.0.0.1:{self.port}")

    async def start(self) -> None:
        """Start it, and return when it can be reached."""
        await self._server.start()
        self.is_up = True

    async def kill(self) -> None:
        """End it with SIGKILL."""
        self.is_up = False
        await self._server.kill()

    @property
    def url(self) -> str:
        """The address that clients use."""
        return f"http://127.0.0.1:{self.door.port}"

    def news(self) -> bytes:
        """Return what it has logged since the last call."""
        log, self._server.log = self._server.log, b""
        return log

    @property
    def ways(self) -> tuple[Proxy, ...]:
        """All proxies through which the node is reached, or reaches others."""
        return self.door, self.to_postgres, self.to_redis


class Cluster:
    """Some nodes, and the Postgres and Redis that they use."""

    def __init__(self, postgres: Postgres, redis: PrivateRedis, store: str) -> None:
        self.postgres = postgres
        self.redis = redis
        self.store = store
        """Where the tables are, by no proxy."""
        self.nodes: list[Node] = []

    @property
    def urls(self) -> list[str]:
        """The addresses of the nodes that are up."""
        return [node.url for node in self.nodes if node.is_up]

    def has_no_bugs(self) -> None:
        """Fail if a node has logged what it never should since the last call.

        Everything is printed, to help to find out why something else has failed.
        """
        logs = b"".join(node.news() for node in self.nodes)
        print(logs.decode())
        wrong = [line for line in logs.splitlines() if any(word in line for word in BUGS)]
        assert not wrong, b"\n".join(wrong).decode()

    async def check(self) -> None:
        """Fail if ``ot-server fsck`` finds anything wrong."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ot_server", "fsck", "--quiet"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"OT_STORE": self.store},
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()


@asynccontextmanager
async def running_cluster(
    folder: Path, postgres: Postgres, redis: PrivateRedis, count: int = 3
) -> AsyncIterator[Cluster]:
    """Start `count` nodes over tables of their own; at the end nothing may be wrong in these.

    Whether Redis runs is up to the caller.
    """
    cluster = Cluster(postgres, redis, f"{await postgres.new_url()}&sslmode=disable")
    cluster.nodes = [
        Node(folder / f"node {number}", postgres, redis, cluster.store) for number in range(count)
    ]
    async with AsyncExitStack() as stack:
        for node in cluster.nodes:
            await stack.enter_async_context(passing_through(*node.ways))
        async with asyncio.TaskGroup() as starting:
            for node in cluster.nodes:
                starting.create_task(node.start())
                stack.push_async_callback(node.kill)
        yield cluster
        await cluster.check()

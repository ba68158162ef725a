"""Servers for benchmarks: processes of their own, without limits, over stores of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from tests.postgres import running_postgres
from tests.redis import running_redis
from tests.servers import ProcessServer

__all__ = ["running_nodes"]

SECRET: Final = "a key that all nodes have, of 32 bytes and more"
UNLIMITED: Final = {
    "OT_EDITS_PER_SECOND": "1000000",
    "OT_EDITS_BURST": "1000000",
    "OT_LOG_LEVEL": "warning",
}


@asynccontextmanager
async def running_nodes(count: int) -> AsyncIterator[list[str]]:
    """Run one node over SQLite, or several over Postgres and Redis; yield their addresses.

    A commit waits until it is on the disk.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = os.environ | UNLIMITED
        if count > 1:
            postgres = stack.enter_context(running_postgres(waits_for_disk=True))
            redis = await stack.enter_async_context(running_redis(folder))
            environment["OT_SECRET"] = SECRET
            environment["OT_STORE"] = await postgres.new_url()
            environment["OT_SEQUENCER"] = redis.url
        servers = [ProcessServer(folder / f"node {number}", environment) for number in range(count)]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.kill)
        yield [server.url for server in servers]

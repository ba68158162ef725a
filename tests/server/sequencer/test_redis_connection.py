"""No error of a call to Redis reaches its caller, whenever the connection breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import uvloop

from ot_server.sequencer.redis.connection import RedisConnection
from tests.redis import running_redis


def test_a_connection_that_breaks_as_a_call_begins_is_only_a_failed_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_redis(tmp_path) as redis:
            connection = RedisConnection(redis.url)
            connection.heard()
            pool: Any = connection.redis.connection_pool

            async def break_and_ask() -> str:
                connection = await pool.get_connection()
                connection._writer.transport.abort()
                await connection._writer.wait_closed()
                try:
                    await connection.send_command("PING")
                    return "sent"
                finally:
                    await connection.disconnect(nowait=True)

            assert await connection.call(break_and_ask) is None
            assert connection.failures == 1
            await connection.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())

"""No error of a call to Redis reaches who calls, whenever the line breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import uvloop

from ot_server.sequencer.redis.link import Link
from tests.redis import running_redis


def test_a_line_that_breaks_as_a_call_begins_is_only_a_failed_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_redis(tmp_path) as redis:
            link = Link(redis.url)
            link.heard()
            pool: Any = link.redis.connection_pool

            async def break_and_ask() -> str:
                connection = await pool.get_connection()
                connection._writer.transport.abort()
                await connection._writer.wait_closed()
                try:
                    await connection.send_command("PING")
                    return "sent"
                finally:
                    await connection.disconnect(nowait=True)

            assert await link.call(break_and_ask) is None
            assert link.failures == 1
            await link.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())

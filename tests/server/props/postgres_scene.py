"""Several processes over one Postgres, and what stands in their way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from ot_server.store.postgres import PostgresStore
from tests.postgres import Postgres

__all__ = ["Open", "locking", "open_store", "postgres_url", "waiting_for"]

Open = Callable[[], Awaitable[PostgresStore]]


@pytest.fixture
async def postgres_url(postgres: Postgres) -> str:
    """Where there are no tables yet."""
    return await postgres.new_url()


@pytest.fixture
async def open_store(postgres_url: str) -> AsyncIterator[Open]:
    """Open one more store over the same tables, as another process would."""
    opened: list[PostgresStore] = []

    async def open_one() -> PostgresStore:
        store = PostgresStore(postgres_url)
        await store.open()
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@asynccontextmanager
async def locking(url: str, session_id: str = "s") -> AsyncIterator[asyncpg.Connection]:
    """Hold the row of a session, so that what writes there waits."""
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM sessions WHERE id = $1 FOR UPDATE", session_id)
            yield other
    finally:
        await other.close()


async def waiting_for(other: asyncpg.Connection) -> int:
    """Return the process that waits for a lock of this connection, once there is one."""
    found: int | None = None
    while found is None:
        found = await other.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))",
            other.get_server_pid(),
        )
    return found

"""``/readyz`` says whether work is welcome, and what is wrong where it is welcome all the same."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from ot_server.store.postgres import PostgresStore
from ot_server.store.sqlite import SqliteStore
from tests.server.props.rest import problem
from tests.servers import Server, StartServer


async def readiness(http: ClientSession, server: Server) -> Any:
    async with http.get(f"{server.url}/readyz") as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_all_is_well_over_sqlite(server: Server, http: ClientSession) -> None:
    assert await readiness(http, server) == {
        "status": "ok",
        "sequencer": "ok",
        "durable": True,
        "tables": 1,
        "wrong": [],
    }


async def test_a_sqlite_that_doesn_t_wait_for_its_disk_is_not_durable(
    start_server: StartServer,
    http: ClientSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = SqliteStore(tmp_path / "ot.sqlite3")
    connect = store._database._connect

    def careless() -> sqlite3.Connection:
        db = connect()
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    monkeypatch.setattr(store._database, "_connect", careless)
    with capture_logs() as logs:
        server = await start_server(store)

    told = await readiness(http, server)

    assert (told["status"], told["durable"]) == ("degraded", False)
    assert told["wrong"] == ["the store may lose what was acknowledged: synchronous is 1"]
    (warning,) = [line for line in logs if line["event"] == "store_not_durable"]
    assert warning["weaknesses"] == ["synchronous is 1"]


async def test_a_store_that_can_not_be_written_is_not_ready(
    start_server: StartServer, http: ClientSession, tmp_path: Path
) -> None:
    server = await start_server(unavailable_seconds=0.1)
    with closing(sqlite3.connect(tmp_path / "ot.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with http.get(f"{server.url}/readyz") as response:
            assert await problem(response) == (503, "unavailable")
            assert response.headers["Retry-After"] == "1"
        other.execute("ROLLBACK")

    assert (await readiness(http, server))["status"] == "ok"


async def test_a_server_that_drains_is_not_ready(server: Server, http: ClientSession) -> None:
    await server.hub.close()

    async with http.get(f"{server.url}/readyz") as response:
        assert (await response.json())["detail"] == "the server is stopping"
        assert await problem(response) == (503, "unavailable")


# Over Postgres.  That of the tests has ``fsync = off`` and ``synchronous_commit = off``.


@asynccontextmanager
async def host_says(url: str, **settings: str) -> AsyncIterator[None]:
    """Let the configuration of Postgres say this in the block, as its operator would."""
    admin = await asyncpg.connect(url)

    async def load(statement: str) -> None:
        for name, value in settings.items():
            await admin.execute(statement.format(name=name, value=value))
        await admin.execute("SELECT pg_reload_conf()")

    try:
        await load("ALTER SYSTEM SET {name} = {value}")
        for name, value in settings.items():
            while await _told_to_who_comes(url, name) != value:
                pass
        yield
    finally:
        await load("ALTER SYSTEM RESET {name}")
        await admin.close()


async def _told_to_who_comes(url: str, name: str) -> str:
    newcomer = await asyncpg.connect(url)
    try:
        told: str = await newcomer.fetchval(f"SHOW {name}")
        return told
    finally:
        await newcomer.close()


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    """One whose every statement goes over the same connection."""
    store = PostgresStore(postgres_url, connections=1)
    await store.open()
    yield store
    await store.close()


async def set_here(store: PostgresStore, name: str, value: str) -> None:
    """Set something on the store's one connection."""
    await store._database.rows("SELECT set_config($1, $2, false)", name, value)


async def loaded_at(store: PostgresStore) -> object:
    """Return when the store's one connection has last read the configuration."""
    return await store._database.row("SELECT pg_conf_load_time()")


async def test_a_postgres_that_doesn_t_wait_for_its_disk_is_not_durable(
    start_server: StartServer, http: ClientSession, postgres_url: str
) -> None:
    server = await start_server(PostgresStore(postgres_url))

    assert await readiness(http, server) == {
        "status": "degraded",
        "sequencer": "ok",
        "durable": False,
        "tables": 1,
        "wrong": ["the store may lose what was acknowledged: fsync is off"],
    }


async def test_a_postgres_that_waits_for_its_disk_is_durable(
    store: PostgresStore, postgres_url: str
) -> None:
    async with host_says(postgres_url, fsync="on"):
        while (await store.condition()).weaknesses:
            pass  # it hears of it with one of its next statements
        async with host_says(postgres_url, full_page_writes="off"):
            while (await store.condition()).weaknesses != ["full_page_writes is off"]:
                pass


async def test_commits_that_are_not_waited_for_are_not_durable(store: PostgresStore) -> None:
    assert "synchronous_commit is off" not in (await store.condition()).weaknesses

    await set_here(store, "synchronous_commit", "off")

    assert "synchronous_commit is off" in (await store.condition()).weaknesses


async def test_commits_are_waited_for_whatever_the_host_says_later(
    postgres_url: str,
) -> None:
    store = PostgresStore(postgres_url, connections=1)
    async with host_says(postgres_url, synchronous_commit="remote_apply"):
        await store.open()
        opened = await loaded_at(store)
        async with host_says(postgres_url, synchronous_commit="off"):
            while await loaded_at(store) == opened:
                pass
            row = await store._database.row("SHOW synchronous_commit")
    await store.close()

    assert row is not None
    assert row[0] == "remote_apply"


async def test_a_postgres_that_takes_no_writes_is_not_ready(
    start_server: StartServer, http: ClientSession, postgres_url: str
) -> None:
    store = PostgresStore(postgres_url, connections=1)
    server = await start_server(store)
    await set_here(store, "default_transaction_read_only", "on")

    async with http.get(f"{server.url}/readyz") as response:
        assert (await response.json())["detail"].startswith("the database is read only")
        assert await problem(response) == (503, "unavailable")

"""A server that starts before its Postgres: it waits, says so once, and then serves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from aiohttp import ClientSession

from ot_server.errors import StoreUnavailable
from ot_server.store.postgres import PostgresStore
from tests.patience import PATIENCE, within
from tests.postgres import Postgres

STARTING: Final = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """In this block the Postgres of the tests is down, unless the block starts it."""
    postgres.stop()
    try:
        yield
    finally:
        if not postgres.is_running:
            postgres.start()


@asynccontextmanager
async def starting(
    url: str, data: Path, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a server over a Postgres in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ot_server", "serve", "--port", "0", "--data", str(data)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"OT_STORE": url, "OT_COMPLETION": "false"} | environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def awaited(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Return what a server logs when it begins to wait for the store."""
    assert process.stderr is not None
    line: dict[str, Any] = json.loads(await within(process.stderr.readline()))
    assert line["event"] == "store_awaited"
    return line


async def test_a_server_waits_for_a_postgres_that_is_started_late(
    postgres: Postgres, tmp_path: Path, http: ClientSession
) -> None:
    url = await postgres.new_url()
    with stopped(postgres):
        async with starting(url, tmp_path) as process:
            assert process.stdout is not None
            address = asyncio.create_task(process.stdout.readline())
            told = await awaited(process)
            assert not address.done(), "nobody is served yet"

            postgres.start()
            where = (await within(address)).decode().split()[-1]
            async with http.get(f"{where}/readyz") as response:
                assert response.status == 200

            process.send_signal(signal.SIGTERM)
            _, logged = await within(process.communicate())
            assert process.returncode == 0
    assert told["seconds"] == 30
    assert told["reason"] == "Connection refused"
    assert b"store_awaited" not in logged, "it is said once"


async def test_a_server_that_waits_ends_at_once_when_it_is_asked_to(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = await postgres.new_url()
    with stopped(postgres):
        async with starting(url, tmp_path, OT_STORE_WAIT_SECONDS="3600") as process:
            await awaited(process)
            process.send_signal(signal.SIGTERM)
            printed, logged = await within(process.communicate())

    assert (process.returncode, printed, logged) == (0, b"", b"")


async def test_a_postgres_that_does_not_come_is_told_in_a_sentence(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = await postgres.new_url()
    with stopped(postgres):
        async with starting(url, tmp_path, OT_STORE_WAIT_SECONDS="0.1") as process:
            await awaited(process)
            printed, logged = await within(process.communicate())

    assert (process.returncode, printed) == (1, b"")
    assert logged.decode().startswith("Error: the database in 'postgres://127.0.0.1:")
    assert len(logged.splitlines()) == 1


async def test_a_postgres_that_is_starting_up_is_waited_for(
    postgres: Postgres, postgres_url: str
) -> None:
    """One that recovers from a crash listens, and answers everybody so."""
    turned_away = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turned_away
        turned_away += 1
        length = int.from_bytes(await reader.readexactly(4))
        if length == 8:  # whether we speak TLS
            await reader.readexactly(4)
            writer.write(b"N")
            length = int.from_bytes(await reader.readexactly(4))
        await reader.readexactly(length - 4)
        writer.write(b"E" + (len(STARTING) + 4).to_bytes(4) + STARTING)
        await writer.drain()
        writer.close()
        if turned_away == 3:
            recovering.close()
            postgres.start()

    with stopped(postgres):
        recovering = await asyncio.start_server(answer, "127.0.0.1", postgres.port)
        store = PostgresStore(postgres_url, wait_seconds=PATIENCE)
        with structlog.testing.capture_logs() as logs:
            await within(store.open())
        await store.close()

    assert turned_away == 3
    assert [(line["event"], line["reason"]) for line in logs] == [
        ("store_awaited", "the database system is starting up")
    ]


@pytest.mark.parametrize("wrong", ["database", "user", "certificate"])
async def test_what_does_not_come_right_by_itself_is_not_waited_for(
    postgres_url: str, wrong: str
) -> None:
    address, _, rest = postgres_url.partition("/postgres?")
    url = {
        "database": f"{address}/none",
        "user": f"{address.replace('postgres@', 'nobody@')}/postgres?{rest}",
        "certificate": f"{postgres_url}&sslmode=verify-full",
    }[wrong]

    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await PostgresStore(url, wait_seconds=10 * PATIENCE).open()
    assert time.monotonic() - began < PATIENCE

"""The stores that keep things for good, each empty and open: one suite runs over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ot_server.store.contract import Store
from ot_server.store.postgres import PostgresStore
from ot_server.store.sqlite import SqliteStore
from tests.postgres import Postgres

__all__ = ["KINDS", "empty_store", "new_store"]

KINDS = ("sqlite", "postgres")


async def new_store(kind: str, folder: Path, postgres: Postgres) -> Store:
    """Return a store that holds nothing, and is not open yet."""
    if kind == "sqlite":
        return SqliteStore(folder / "ot.sqlite3")
    return PostgresStore(await postgres.new_url())


@pytest.fixture(params=KINDS)
async def empty_store(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> AsyncIterator[Store]:
    """An open store that holds nothing, of each kind."""
    store = await new_store(request.param, tmp_path, postgres)
    await store.open()
    yield store
    await store.close()

"""`Store` in one SQLite file: how it is written and read, and its log."""

from __future__ import annotations

from pathlib import Path

from ot_server.store.contract import Condition
from ot_server.store.shared import SharedStore
from ot_server.store.sqlite.database import Database
from ot_server.store.sqlite.log import SqliteLog

__all__ = ["SqliteStore"]


class SqliteStore(SqliteLog, SharedStore):
    """Keeps everything in one file; see `ot_server.store.contract.Store`."""

    _database: Database

    def __init__(self, path: Path, seconds: float = 5) -> None:
        self._database = Database(path, seconds)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def condition(self) -> Condition:
        return await self._database.condition()

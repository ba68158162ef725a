"""`Store` in one SQLite file: how it is written and read, and a module for each part of it."""

from __future__ import annotations

from pathlib import Path

from ot_server.store.base import Condition
from ot_server.store.shared.access import SharedAccess
from ot_server.store.sqlite.accounts import SqliteAccounts
from ot_server.store.sqlite.admin import SqliteAdmin
from ot_server.store.sqlite.assistant import SqliteAssistant
from ot_server.store.sqlite.database import Database
from ot_server.store.sqlite.listing import SqliteListing
from ot_server.store.sqlite.locking import SqliteLocking
from ot_server.store.sqlite.runs import SqliteRuns
from ot_server.store.sqlite.sessions import SqliteSessions

__all__ = ["SqliteStore"]


class SqliteStore(
    SqliteSessions,
    SharedAccess,
    SqliteListing,
    SqliteLocking,
    SqliteAssistant,
    SqliteRuns,
    SqliteAccounts,
    SqliteAdmin,
):
    """Keeps everything in one file; see `ot_server.store.base.Store`."""

    _database: Database

    def __init__(self, path: Path, seconds: float = 5) -> None:
        self._database = Database(path, seconds)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def condition(self) -> Condition:
        return await self._database.condition()

"""`Store` in a Postgres database: how it is reached, and its log."""

from __future__ import annotations

from ot_server.store.contract import Condition, Use
from ot_server.store.postgres.condition import condition
from ot_server.store.postgres.database import Database
from ot_server.store.postgres.log import PostgresLog
from ot_server.store.postgres.migrating import migrate
from ot_server.store.shared import SharedStore

__all__ = ["PostgresStore"]


class PostgresStore(PostgresLog, SharedStore):
    """Keeps everything in one database; see `ot_server.store.contract.Store`."""

    _database: Database

    def __init__(
        self,
        url: str,
        connections: int = 16,
        use: Use = "beside",
        seconds: float = 5,
        wait_seconds: float = 0,
    ) -> None:
        self._database = Database(url, connections, use, seconds, wait_seconds)

    async def open(self) -> None:
        await self._database.open()
        try:
            await migrate(self._database)
        except BaseException:
            await self._database.close()
            raise

    async def close(self) -> None:
        await self._database.close()

    async def condition(self) -> Condition:
        return await condition(self._database)

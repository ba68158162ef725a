"""Locks that participants hold on sessions, in Postgres."""

from __future__ import annotations

from ot_server.store.columns import LOCK
from ot_server.store.postgres.database import NOW, Database, Statements
from ot_server.store.rows import LockRow, ParticipantRow
from ot_server.store.shared.participants import begin

__all__ = ["PostgresLocking"]


class PostgresLocking:
    """See `ot_server.store.locking.LockStore` for what each method does."""

    _database: Database

    async def set_lock(
        self,
        session_id: str,
        lock_id: str,
        holder: str,
        reason: str,
        seconds: float,
        by: ParticipantRow,
    ) -> LockRow | None:
        async def work(db: Statements) -> LockRow | None:
            await db.perform(begin(session_id, by))
            row = await db.row(
                "UPDATE sessions SET version = version + 1, lock_id = $2, lock_by = $3,"
                f" lock_reason = $4, lock_until = {NOW} + $5::double precision"
                f" WHERE id = $1 AND coalesce(lock_until, 0) <= {NOW} RETURNING {LOCK}",
                session_id,
                lock_id,
                holder,
                reason,
                seconds,
            )
            return LockRow(*row) if row else None

        return await self._database.transact(work)

    async def renew_lock(self, session_id: str, lock_id: str, seconds: float) -> bool:
        return bool(
            await self._database.write(
                "UPDATE sessions SET version = version + 1,"
                f" lock_until = {NOW} + $3::double precision"
                f" WHERE id = $1 AND lock_id = $2 AND lock_until > {NOW} RETURNING id",
                session_id,
                lock_id,
                seconds,
            )
        )

    async def release_lock(self, session_id: str, lock_id: str) -> bool:
        return bool(
            await self._database.write(
                "UPDATE sessions SET version = version + 1, lock_until = NULL"
                f" WHERE id = $1 AND lock_id = $2 AND lock_until > {NOW} RETURNING id",
                session_id,
                lock_id,
            )
        )

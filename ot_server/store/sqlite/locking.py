"""Locks on sessions, in SQLite."""

from __future__ import annotations

import sqlite3

from ot_server.store.columns import LOCK
from ot_server.store.rows import LockRow, ParticipantRow
from ot_server.store.shared.participants import begin
from ot_server.store.sqlite.database import NOW, Database, perform

__all__ = ["SqliteLocking"]


class SqliteLocking:
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
        def work(db: sqlite3.Connection) -> LockRow | None:
            perform(db, begin(session_id, by))
            row = db.execute(
                "UPDATE sessions SET version = version + 1, lock_id = ?, lock_by = ?,"
                f" lock_reason = ?, lock_until = {NOW} + ?"
                f" WHERE id = ? AND coalesce(lock_until, 0) <= {NOW} RETURNING {LOCK}",
                (lock_id, holder, reason, seconds, session_id),
            ).fetchone()
            return LockRow(*row) if row else None

        return await self._database.write(work)

    async def renew_lock(self, session_id: str, lock_id: str, seconds: float) -> bool:
        return await self._database.write(
            lambda db: (
                db.execute(
                    f"UPDATE sessions SET version = version + 1, lock_until = {NOW} + ?"
                    f" WHERE id = ? AND lock_id = ? AND lock_until > {NOW}",
                    (seconds, session_id, lock_id),
                ).rowcount
                > 0
            )
        )

    async def release_lock(self, session_id: str, lock_id: str) -> bool:
        return await self._database.write(
            lambda db: (
                db.execute(
                    "UPDATE sessions SET version = version + 1, lock_until = NULL"
                    f" WHERE id = ? AND lock_id = ? AND lock_until > {NOW}",
                    (session_id, lock_id),
                ).rowcount
                > 0
            )
        )

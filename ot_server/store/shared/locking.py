"""Locks that participants hold on sessions."""

from __future__ import annotations

from ot_server.store.columns import LOCK
from ot_server.store.rows import Holder, LockRow
from ot_server.store.shared.participants import begin
from ot_server.store.transactions import NOW, Shared, Statement, Transaction, row, some, write

__all__ = ["SharedLocking"]


class SharedLocking(Shared):
    """See `ot_server.store.contract.locking.LockStore` for what each method does."""

    @write
    def set_lock(
        self,
        session_id: str,
        lock_id: str,
        holder: str,
        reason: str,
        seconds: float,
        by: Holder,
    ) -> Transaction[LockRow | None]:
        yield from begin(session_id, by)
        return (
            yield from row(
                LockRow,
                "UPDATE sessions SET version = version + 1, lock_id = $2, lock_by = $3,"
                f" lock_reason = $4, lock_until = {NOW} + $5"
                f" WHERE id = $1 AND coalesce(lock_until, 0) <= {NOW} RETURNING {LOCK}",
                session_id,
                lock_id,
                holder,
                reason,
                seconds,
            )
        )

    @write
    def renew_lock(self, session_id: str, lock_id: str, seconds: float) -> Statement[bool]:
        return some(
            f"UPDATE sessions SET version = version + 1, lock_until = {NOW} + $3"
            f" WHERE id = $1 AND lock_id = $2 AND lock_until > {NOW} RETURNING id",
            session_id,
            lock_id,
            seconds,
        )

    @write
    def release_lock(self, session_id: str, lock_id: str) -> Statement[bool]:
        return some(
            "UPDATE sessions SET version = version + 1, lock_until = NULL"
            f" WHERE id = $1 AND lock_id = $2 AND lock_until > {NOW} RETURNING id",
            session_id,
            lock_id,
        )

"""Who waits for whom in Postgres: accounts are locked before sessions.

Invariant: whoever locks more than one session has the accounts to itself, so that no transaction
waits for one that waits for it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ot_server.store.postgres.database import Statements

__all__ = ["lock_accounts", "lock_sessions", "share_accounts"]

ACCOUNTS: Final = 0x6F745F75736572
"""Key of the advisory lock on who has an account, and under which name and address."""


async def lock_accounts(db: Statements) -> None:
    """Let accounts come, change and go one at a time, until this transaction ends."""
    await db.rows("SELECT pg_advisory_xact_lock($1)", ACCOUNTS)


async def share_accounts(db: Statements) -> None:
    """Let accounts stay as they are until this transaction ends."""
    await db.rows("SELECT pg_advisory_xact_lock_shared($1)", ACCOUNTS)


async def lock_sessions(db: Statements, session_ids: Collection[str]) -> None:
    """Let the rows of these sessions stay as they are until this transaction ends."""
    await db.rows("SELECT FROM sessions WHERE id = ANY($1) FOR NO KEY UPDATE", [*session_ids])

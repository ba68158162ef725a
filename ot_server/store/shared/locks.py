"""Who waits for whom, where several transactions write at once: accounts before sessions.

Invariant: what locks more than one session has the accounts to itself, so that no transaction
waits for one that waits for it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ot_server.store.transactions import ROW_LOCK, Lock, Statement, any_of, change

__all__ = ["lock_accounts", "lock_sessions", "share_accounts"]

ACCOUNTS: Final = 0x6F745F75736572
"""Key of the lock on who has an account, and under which name and address."""


def lock_accounts() -> Lock:
    """Let accounts come, change and go one at a time, until this transaction ends."""
    return Lock(ACCOUNTS)


def share_accounts() -> Lock:
    """Let accounts stay as they are until this transaction ends."""
    return Lock(ACCOUNTS, is_shared=True)


def lock_sessions(session_ids: Collection[str]) -> Statement[None]:
    """Let the rows of these sessions stay as they are until this transaction ends."""
    return change(f"SELECT id FROM sessions WHERE id {any_of('$1')} {ROW_LOCK}", [*session_ids])

"""The order of locks, where several transactions write at once: accounts before sessions.

Invariant: a transaction that locks more than one session first locks the accounts, so that no two
transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ot_server.store.transactions import ROW_LOCK, Lock, Statement, any_of, change

__all__ = ["lock_accounts", "lock_sessions", "share_accounts"]

ACCOUNTS: Final = 0x6F745F75736572
"""The key of the lock on accounts: who has one, and with which name and address."""


def lock_accounts() -> Lock:
    """Lock accounts, to change them, until this transaction ends."""
    return Lock(ACCOUNTS)


def share_accounts() -> Lock:
    """Lock accounts against changes until this transaction ends."""
    return Lock(ACCOUNTS, is_shared=True)


def lock_sessions(session_ids: Collection[str]) -> Statement[None]:
    """Lock the rows of these sessions until this transaction ends."""
    return change(f"SELECT id FROM sessions WHERE id {any_of('$1')} {ROW_LOCK}", [*session_ids])

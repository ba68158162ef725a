"""`LockStore`: a session that one participant has alone for a while.

Invariant: what sets, renews or releases a lock moves the session's `version` in the same
transaction.  So once it has answered, nothing commits that was decided before it.
"""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Holder, LockRow

__all__ = ["LockStore"]


class LockStore(Protocol):
    """Times are the store's: a lock that nobody renews ends for all nodes at once."""

    async def set_lock(
        self,
        session_id: str,
        lock_id: str,
        holder: str,
        reason: str,
        seconds: float,
        by: Holder,
    ) -> LockRow | None:
        """Lock a session for all participants but the holder; None where it is locked already.

        Raises:
            RoleLost: `by`, who asks, does not hold the role any more that allowed it.
        """

    async def renew_lock(self, session_id: str, lock_id: str, seconds: float) -> bool:
        """Let a lock hold for so long from now; say whether it still held."""

    async def release_lock(self, session_id: str, lock_id: str) -> bool:
        """Let everybody edit again; say whether this lock still held."""

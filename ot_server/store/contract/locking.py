"""`LockStore`: locks a session, so that only one participant can edit for a while.

Invariant: setting, renewing or releasing a lock changes the session's `version` in the same
transaction.  So after it has returned, nothing commits that was decided before it.
"""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Holder, LockRow

__all__ = ["LockStore"]


class LockStore(Protocol):
    """Times are by the store's clock: a lock that nobody renews ends for all nodes at once."""

    async def set_lock(
        self,
        session_id: str,
        lock_id: str,
        holder: str,
        reason: str,
        seconds: float,
        by: Holder,
    ) -> LockRow | None:
        """Lock a session for everybody except the holder; None if it is already locked.

        Raises:
            RoleLost: `by`, who calls, no longer holds the role that allowed it.
        """

    async def renew_lock(self, session_id: str, lock_id: str, seconds: float) -> bool:
        """Let a lock last for `seconds` from now on; return whether it still lasted."""

    async def release_lock(self, session_id: str, lock_id: str) -> bool:
        """Let everybody edit again; return whether this lock still lasted."""

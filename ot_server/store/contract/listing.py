"""`ListingStore`: the list of a user's sessions."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import OwnSessionRow

__all__ = ["ListingStore"]


class ListingStore(Protocol):
    """The list of sessions, which a user sees first."""

    async def sessions_of(
        self, user_id: str, query: str, limit: int, after: tuple[float, str] | None
    ) -> list[OwnSessionRow]:
        """Return the sessions in which a user has a role, last updated first.

        Only those whose title contains `query`, in any case; `after` is the `updated_at` and id
        of the last one that the caller has.
        """

"""`AccountStore`: the part of a `Store` for accounts."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Departure, UserRow

__all__ = ["AccountStore"]


class AccountStore(Protocol):
    """Users with their accounts."""

    async def add_user(self, user: UserRow) -> None:
        """Add a user, with the roles to which the address was invited.

        Raises:
            UsernameTaken, EmailTaken: another user has it, in any case.
        """

    async def user(self, user_id: str) -> UserRow | None:
        """Return a user, or None if there is none."""

    async def user_by_name(self, name: str) -> UserRow | None:
        """Return the user with a username or an email address, in any case, or None."""

    async def change_user(
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> UserRow | None:
        """Change what is not None, and return the result; None if there is no such user.

        Participants with the old username as their name get the new one; a new address brings
        the roles to which it was invited.

        Raises:
            UsernameTaken, EmailTaken: another user has it, in any case.
        """

    async def delete_user(self, user_id: str, *, delete_sessions: bool) -> Departure:
        """Delete a user, and the sessions that nobody else owns; return which these were.

        In other sessions the user stays in the history, as a participant without name and role.

        Raises:
            OwnsSessions: there are such sessions, and `delete_sessions` is False.
        """

"""`AccountStore`: what signing in asks of a `Store`."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Departure, UserRow

__all__ = ["AccountStore"]


class AccountStore(Protocol):
    """Users, and where they are signed in."""

    async def add_user(self, user: UserRow) -> None:
        """Add a user, with the roles that the address was invited to.

        Raises:
            UsernameTaken, EmailTaken: another user has it, whatever the case.
        """

    async def user(self, user_id: str) -> UserRow | None:
        """Return a user, or None where there is none."""

    async def user_by_name(self, name: str) -> UserRow | None:
        """Return the user of a username or an e-mail address, whatever the case, or None."""

    async def change_user(
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> UserRow | None:
        """Change what is not None, and return what holds now; None where there is no user.

        Participants that are called by the old username are called by the new one; a new
        address brings the roles that it was invited to.

        Raises:
            UsernameTaken, EmailTaken: another user has it, whatever the case.
        """

    async def delete_user(self, user_id: str, *, delete_sessions: bool) -> Departure:
        """Delete a user, with the sessions that nobody else owns; say which they were.

        Elsewhere the user stays in history as a participant without name, user and role.

        Raises:
            OwnsSessions: there are such sessions, and `delete_sessions` is not so.
        """

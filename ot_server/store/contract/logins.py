"""`LoginStore`: where users are signed in."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import LoginRow, UserRow

__all__ = ["LoginStore"]


class LoginStore(Protocol):
    """Logins, each a family of refresh tokens, which ends as one."""

    async def add_login(
        self, login: LoginRow, token_hash: bytes, checked: str, rehashed: str | None = None
    ) -> bool:
        """Sign a user in, with a first refresh token; return whether that was possible.

        It isn't if the user's password hash is no longer `checked`.  If it still is, and
        `rehashed` is given, that replaces it.
        """

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        """Return a login that has not ended, and its user; or None."""

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        """Use a refresh token to get the next one, and extend its login until `expires_at`.

        It can be used once, and again within `grace` seconds, as long as none of the tokens that
        it was exchanged for has been used.  If it is used again otherwise, its login ends with
        all its tokens.  Returns None if it isn't valid.  Tokens that were used longer ago than a
        login lasts are deleted.
        """

    async def end_login(self, login_id: str) -> None:
        """Sign out."""

    async def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> bool:
        """Replace a password; return whether that was possible.

        All other logins of the user end, and this one goes on with this refresh token only.
        Nothing changes if this login has ended, or the password is no longer the old one.
        """

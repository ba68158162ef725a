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
        """Sign a user in, with a first refresh token, and say whether that was possible.

        It isn't where the user's password hash is not `checked` any more; where it is, and
        there is a `rehashed` one, that replaces it.
        """

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        """Return a login that has not ended and whose it is, or None."""

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        """Use a refresh token to get the next one, and let its login live on until `expires_at`.

        It is good once, and again within `grace` seconds as long as nothing that it was used
        for has been used itself.  Used again otherwise, its login ends with all its tokens.
        None is returned where it isn't good.  Tokens that were used longer ago than a login
        lives are forgotten.
        """

    async def end_login(self, login_id: str) -> None:
        """Sign out."""

    async def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> bool:
        """Replace a password, and say whether that was possible.

        With it all logins of the user end but one, which goes on with this refresh token alone.
        Nothing changes if that one has ended, or the password is not the old one any more.
        """

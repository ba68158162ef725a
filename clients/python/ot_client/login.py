"""`Login`: signed in to an account, with a token at hand that is good.

Invariant: a refresh token is used once, though many ask for a token at one time.  The server
takes one that comes twice for stolen, and ends the login.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from msgspec import Struct

from ot_client.calls import call
from ot_client.renewal import RENEW_BEFORE

__all__ = ["Login", "Pair", "SignedIn", "User"]

FRESH: Final = RENEW_BEFORE + 30.0
"""How many seconds a token is good at least that is handed out, if the server makes such ones:
more than `Renewal` asks for, so that it gets another one and not the same again."""


class User(Struct, frozen=True):
    """Somebody with an account."""

    id: str
    username: str
    email: str


class Pair(Struct, frozen=True):
    """A token, and what the next one is got for."""

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds."""


class SignedIn(Pair, frozen=True, kw_only=True):
    """What the server answers to those who sign in."""

    user: User


class Login:
    """One sign-in of a user: ``connect(address, login.token)``."""

    def __init__(self, server: str, signed_in: SignedIn) -> None:
        self.server = server
        self.user = signed_in.user
        self._take(signed_in)
        self._refreshing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Login {self.user.username!r} at {self.server}>"

    async def token(self) -> str:
        """Return a token that is good for a minute and more, as long as the login lasts.

        Raises:
            NotAuthenticated: the login has ended.
            RequestFailed: the server said no.
            Unreachable: it said nothing.
        """
        if time.monotonic() > self._good_until:
            if self._refreshing is None:
                self._refreshing = asyncio.create_task(self._refresh())
                self._refreshing.add_done_callback(self._refreshed)
            # A pair that comes after its asker has been cancelled is good all the same.
            await asyncio.shield(self._refreshing)
        return self._pair.access_token

    async def sign_out(self) -> None:
        """End the login, and all connections that it has opened.

        Raises:
            RequestFailed: the server said no.
            Unreachable: it said nothing.
        """
        url = f"{self.server}/api/v1/auth/logout"
        await call("POST", url, type(None), token=await self.token())

    async def _refresh(self) -> None:
        body = {"refresh_token": self._pair.refresh_token}
        self._take(await call("POST", f"{self.server}/api/v1/auth/refresh", Pair, body))

    def _refreshed(self, task: asyncio.Task[None]) -> None:
        self._refreshing = None
        if not task.cancelled():
            task.exception()  # those who wait have it; there may be nobody any more

    def _take(self, pair: Pair) -> None:
        self._pair = pair
        self._good_until = time.monotonic() + pair.expires_in - FRESH

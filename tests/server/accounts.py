"""People with accounts, as the tests of the REST interface need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession

from tests.server.rest import bearing

__all__ = ["PASSWORD", "Account", "log_in", "register"]

PASSWORD: Final = "a tulip for the ferryman"
"""Everybody's here."""


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in."""

    url: str
    id: str
    username: str
    email: str
    token: str
    """The access token."""
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What to send with a request."""
        return bearing(self.token)


async def register(http: ClientSession, url: str, name: str) -> Account:
    """Open an account; its address is ``name@example.org``."""
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    async with http.post(f"{url}/api/v1/auth/register", json=body) as response:
        assert response.status == 201, await response.text()
        return _account(url, await response.json())


async def log_in(http: ClientSession, url: str, name: str, password: str = PASSWORD) -> Account:
    """Sign in once more."""
    body = {"username": name, "password": password}
    async with http.post(f"{url}/api/v1/auth/login", json=body) as response:
        assert response.status == 200, await response.text()
        return _account(url, await response.json())


def _account(url: str, answer: dict[str, object]) -> Account:
    user, token, refresh_token = (answer[key] for key in ("user", "access_token", "refresh_token"))
    assert isinstance(user, dict)
    return Account(url, user["id"], user["username"], user["email"], str(token), str(refresh_token))

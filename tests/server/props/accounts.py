"""People with accounts, as the tests of the REST interface need them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import argon2
import pytest
from aiohttp import ClientSession

from tests.server.props.rest import bearing, problem

__all__ = [
    "GONE",
    "NEW_PASSWORD",
    "PASSWORD",
    "Account",
    "change_password",
    "log_in",
    "log_out",
    "refresh",
    "register",
    "watch_argon2",
]

API: Final = "/api/v1"
PASSWORD: Final = "a tulip for the ferryman"
"""Everybody's here."""
NEW_PASSWORD: Final = "a rose for the boatman"
GONE: Final = (401, "invalid_token")
"""What the tokens of a login that has ended get."""


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
    async with http.post(f"{url}{API}/auth/register", json=body) as response:
        assert response.status == 201, await response.text()
        return _account(url, await response.json())


async def log_in(http: ClientSession, url: str, name: str, password: str = PASSWORD) -> Account:
    """Sign in once more."""
    body = {"username": name, "password": password}
    async with http.post(f"{url}{API}/auth/login", json=body) as response:
        assert response.status == 200, await response.text()
        return _account(url, await response.json())


async def refresh(
    http: ClientSession, account: Account, token: str | None = None
) -> Account | None:
    """Exchange a refresh token; return the account with the next pair, or None if refused."""
    body = {"refresh_token": token or account.refresh_token}
    async with http.post(f"{account.url}{API}/auth/refresh", json=body) as response:
        if response.status != 200:
            assert await problem(response) == GONE
            return None
        pair = await response.json()
    assert sorted(pair) == ["access_token", "expires_in", "refresh_token", "token_type"]
    return replace(account, token=pair["access_token"], refresh_token=pair["refresh_token"])


async def log_out(http: ClientSession, account: Account) -> None:
    """Sign out."""
    async with http.post(f"{account.url}{API}/auth/logout", headers=account.headers) as response:
        assert response.status == 204


async def change_password(
    http: ClientSession, account: Account, old: str = PASSWORD, new: str = NEW_PASSWORD
) -> tuple[int, Any]:
    """Try to change the password; return status and answer."""
    body = {"old_password": old, "new_password": new}
    async with http.post(
        f"{account.url}{API}/auth/password", json=body, headers=account.headers
    ) as response:
        return response.status, await response.json(content_type=None)


def watch_argon2(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a name with everything that argon2 computes from now on."""
    done: list[str] = []

    def watched(name: str) -> object:
        work = getattr(argon2.low_level, name)

        def watch(*args: object, **more: object) -> object:
            done.append(name)
            return work(*args, **more)

        return watch

    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(argon2.low_level, name, watched(name))
    return done


def _account(url: str, answer: dict[str, object]) -> Account:
    user, token, refresh_token = (answer[key] for key in ("user", "access_token", "refresh_token"))
    assert isinstance(user, dict)
    return Account(url, user["id"], user["username"], user["email"], str(token), str(refresh_token))

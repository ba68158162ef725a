"""Logins: signing in and out, and the tokens of a login.

Invariant: neither an answer nor the work that it takes shows whether there is an account of
the name that somebody tries to sign in with.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, structs

from ot_protocol.names import LONGEST_EMAIL, LONGEST_PASSWORD
from ot_server.access.tokens import AccessToken, hash_refresh_token, new_refresh_token
from ot_server.http.framework.problem import INVALID_TOKEN, UNAVAILABLE, Problem, ProblemType
from ot_server.http.framework.routing import Call, Routes, UserCall
from ot_server.http.framework.services import Services
from ot_server.ids import new_id
from ot_server.store.rows import LoginRow, UserRow
from ot_server.times import Time, rfc3339

__all__ = [
    "CHANGED_MEANWHILE",
    "Password",
    "SignedIn",
    "TokenPair",
    "User",
    "new_pair",
    "routes",
    "shown_to_oneself",
    "sign_in",
]

routes = Routes("accounts")

Password = Annotated[str, Meta(min_length=1, max_length=LONGEST_PASSWORD)]
"""One that is tried.  It has no rules: they would help to guess."""
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_EMAIL)]
RefreshToken = Annotated[str, Meta(min_length=1, max_length=128)]

WRONG_CREDENTIALS: Final = ProblemType(
    HTTPStatus.UNAUTHORIZED, "wrong_credentials", "name or password is wrong"
)
CHANGED_MEANWHILE: Final = "the password has just been changed: try again"


class Credentials(Struct, forbid_unknown_fields=True):
    """The name and password of an account."""

    username: Name
    """Or the e-mail address."""
    password: Password


class PasswordForm(Struct):
    """The form of OAuth2's password grant (RFC 6749, 4.3.2).  Other fields are ignored."""

    username: Name
    """Or the e-mail address."""
    password: Password
    grant_type: Literal["password"] = "password"


class Refresh(Struct, forbid_unknown_fields=True):
    """A refresh token, to be exchanged."""

    refresh_token: RefreshToken


class User(Struct):
    """Somebody with an account, as shown to that user alone."""

    id: str
    username: str
    email: str
    created_at: Time


class TokenPair(Struct):
    """An access token for requests, and a refresh token for the next pair."""

    access_token: str
    refresh_token: str
    """Good once: the next pair has another one."""
    expires_in: int
    """How long the access token is good, in seconds."""
    token_type: Literal["bearer"] = "bearer"


class SignedIn(TokenPair, kw_only=True):
    """A user, and the tokens of this login."""

    user: User


@routes.post("/auth/login", bucket="login", problems=(WRONG_CREDENTIALS,))
async def login(call: Call[Credentials, None]) -> SignedIn:
    """Sign in with the username or the e-mail address."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/token", bucket="login", is_form=True, problems=(WRONG_CREDENTIALS,))
async def token(call: Call[PasswordForm, None]) -> SignedIn:
    """Sign in by OAuth2's password grant, as generated clients do."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/auth/refresh", problems=(INVALID_TOKEN,))
async def refresh(call: Call[Refresh, None]) -> TokenPair:
    """Exchange a refresh token for the next pair.

    A token that was used already ends its login with all its tokens, because somebody has stolen
    it.  Within seconds of its first use it is still good: the answer may have been lost.
    """
    settings, now, next_token = call.services.settings, time.time(), new_refresh_token()
    login = await call.services.store.rotate(
        hash_refresh_token(call.body.refresh_token),
        hash_refresh_token(next_token),
        now,
        now + settings.refresh_token_seconds,
        settings.refresh_grace_seconds,
    )
    if login is None:
        raise Problem(INVALID_TOKEN)
    return new_pair(call.services, login, next_token)


@routes.post("/auth/logout")
async def logout(call: UserCall[None, None]) -> None:
    """Sign out: the tokens of this login end, and its connections are closed."""
    await call.services.store.end_login(call.login.id)
    call.services.hub.mark_logins_stale()


async def sign_in(services: Services, user: UserRow, rehashed: str | None = None) -> SignedIn:
    """Begin a login of a user whose password has just been checked."""
    now, first_token = time.time(), new_refresh_token()
    login = LoginRow(new_id(), user.id, now, now + services.settings.refresh_token_seconds)
    if not await services.store.add_login(
        login, hash_refresh_token(first_token), user.password_hash, rehashed
    ):
        raise Problem(UNAVAILABLE, CHANGED_MEANWHILE)
    pair = new_pair(services, login, first_token)
    return SignedIn(**structs.asdict(pair), user=shown_to_oneself(user))


def new_pair(services: Services, login: LoginRow, refresh_token: str) -> TokenPair:
    now, seconds = int(time.time()), int(services.settings.access_token_seconds)
    access = AccessToken(login.user_id, login.id, now + seconds)
    return TokenPair(services.tokens.issue(access, now), refresh_token, seconds)


def shown_to_oneself(user: UserRow) -> User:
    """Return an account as it is shown to its user."""
    return User(user.id, user.username, user.email, rfc3339(user.created_at))


async def _log_in(call: Call[Any, Any], name: str, password: str) -> SignedIn:
    """Sign in the user with this name and password.

    Raises:
        Problem: 401, there is none; 429, too many were tried.
    """
    services, request = call.services, call.request
    services.limits.count_guess(name, request)
    user = await services.store.user_by_name(name)
    checked = await services.passwords.check(password, user.password_hash if user else None)
    if user is None or not checked.is_right:
        raise Problem(WRONG_CREDENTIALS)
    services.limits.remember_home(name, request)
    return await sign_in(services, user, checked.rehashed)

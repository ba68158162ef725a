"""Accounts: register, sign in and out, and who one is.

Invariant: what is answered, and the work that it takes, doesn't say whether a name that
somebody tries to sign in with is anybody's.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, Final

from msgspec import UNSET, structs

from ot_server.access.passwords import weakness_of
from ot_server.access.tokens import AccessToken, hash_refresh_token, new_refresh_token
from ot_server.errors import OwnsSessions, Taken
from ot_server.http.account_shapes import (
    Changes,
    Credentials,
    Leaving,
    Left,
    NewPasswords,
    PasswordForm,
    Refresh,
    Registration,
    SignedIn,
    TokenPair,
    User,
    shown_to_oneself,
    titles,
)
from ot_server.http.framework.problem import INVALID_TOKEN, UNAVAILABLE, Problem, ProblemType
from ot_server.http.framework.routing import Call, Routes, UserCall
from ot_server.http.framework.services import Services
from ot_server.ids import new_id
from ot_server.store.rows import LoginRow, UserRow

__all__ = ["routes"]

routes = Routes("accounts")

REGISTRATION_OFF: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "registration_off", "accounts are opened by whoever runs this server"
)
USERNAME_TAKEN: Final = ProblemType(
    HTTPStatus.CONFLICT, "username_taken", "somebody else has this username"
)
EMAIL_TAKEN: Final = ProblemType(
    HTTPStatus.CONFLICT, "email_taken", "another account has this e-mail address"
)
WEAK_PASSWORD: Final = ProblemType(
    HTTPStatus.UNPROCESSABLE_ENTITY, "weak_password", "this password is too easy to guess"
)
WRONG_CREDENTIALS: Final = ProblemType(
    HTTPStatus.UNAUTHORIZED, "wrong_credentials", "name or password is wrong"
)
WRONG_PASSWORD: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "wrong_password", "this is not your password"
)
OWNS_SESSIONS: Final = ProblemType(
    HTTPStatus.CONFLICT,
    "owns_sessions",
    "nobody else owns some sessions: make others their owners, or let them be deleted too",
)

CHANGED_MEANWHILE: Final = "the password has just been changed: try again"


@routes.post(
    "/auth/register",
    status=HTTPStatus.CREATED,
    bucket="register",
    problems=(REGISTRATION_OFF, USERNAME_TAKEN, EMAIL_TAKEN, WEAK_PASSWORD),
)
async def register(call: Call[Registration, None]) -> SignedIn:
    """Open an account, and sign in to it."""
    services, body, now = call.services, call.body, time.time()
    if not services.settings.registration:
        raise Problem(REGISTRATION_OFF)
    _require_strong(body.password, body.username, body.email)
    hash_ = await services.passwords.hash(body.password)
    user = UserRow(new_id(), body.username, body.email, hash_, now)
    try:
        await services.store.add_user(user)
    except Taken as taken:
        raise _taken(taken) from None
    return await _sign_in(services, user)


@routes.post("/auth/login", bucket="login", problems=(WRONG_CREDENTIALS,))
async def login(call: Call[Credentials, None]) -> SignedIn:
    """Sign in: with the username or the e-mail address."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/token", bucket="login", is_form=True, problems=(WRONG_CREDENTIALS,))
async def token(call: Call[PasswordForm, None]) -> SignedIn:
    """Sign in by OAuth2's password grant, as generated clients do."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/auth/refresh", problems=(INVALID_TOKEN,))
async def refresh(call: Call[Refresh, None]) -> TokenPair:
    """Exchange a refresh token for the next pair.

    One that was used already ends its login with all its tokens: two have it, and one of them
    has stolen it.  Only where the answer may have been lost, seconds ago, it is good again.
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
    return _pair(call.services, login, next_token)


@routes.post("/auth/logout")
async def logout(call: UserCall[None, None]) -> None:
    """Sign out: the tokens of this login are good no more, and its connections are closed."""
    await call.services.store.end_login(call.login.id)
    call.services.hub.mark_logins_stale()


@routes.get("/auth/me")
async def read_me(call: UserCall[None, None]) -> User:
    """Return one's account."""
    return shown_to_oneself(call.user)


@routes.patch("/auth/me", bucket="login", problems=(USERNAME_TAKEN, EMAIL_TAKEN, WRONG_PASSWORD))
async def change_me(call: UserCall[Changes, None]) -> User:
    """Change username or e-mail address; the latter takes the password."""
    body = call.body
    if body.email is not UNSET:
        if body.password is UNSET:
            raise Problem(WRONG_PASSWORD, "this takes your current password")
        await _require_password(call, body.password)
    try:
        user = await call.services.store.change_user(
            call.user.id, username=body.username or None, email=body.email or None
        )
    except Taken as taken:
        raise _taken(taken) from None
    if user is None:
        raise Problem(INVALID_TOKEN)
    return shown_to_oneself(user)


@routes.delete("/auth/me", bucket="login", problems=(WRONG_PASSWORD, OWNS_SESSIONS))
async def delete_me(call: UserCall[Leaving, None]) -> Left:
    """Delete one's account, and all access with it.

    Sessions that others own too stay.  Where nobody else owns a session the call is refused
    and `sessions` lists those, unless `delete_sessions` says that they may go.
    """
    services, body = call.services, call.body
    await _require_password(call, body.password)
    try:
        departure = await services.store.delete_user(
            call.user.id, delete_sessions=body.delete_sessions
        )
    except OwnsSessions as owns:
        raise Problem(OWNS_SESSIONS, members={"sessions": titles(owns.sessions)}) from None
    for info in (*departure.deleted, *departure.left):
        services.hub.mark_stale(info.id)
    services.hub.mark_logins_stale()
    return Left(titles(departure.deleted), titles(departure.left))


@routes.post("/auth/password", bucket="login", problems=(WRONG_PASSWORD, WEAK_PASSWORD))
async def change_password(call: UserCall[NewPasswords, None]) -> TokenPair:
    """Replace the password: all other logins end, and this one goes on with new tokens."""
    services, body, user = call.services, call.body, call.user
    await _require_password(call, body.old_password)
    _require_strong(body.new_password, user.username, user.email)
    next_token = new_refresh_token()
    is_changed = await services.store.change_password(
        user.id,
        user.password_hash,
        await services.passwords.hash(body.new_password),
        call.login.id,
        hash_refresh_token(next_token),
    )
    if not is_changed:
        raise Problem(UNAVAILABLE, CHANGED_MEANWHILE)
    services.hub.mark_logins_stale()
    return _pair(services, call.login, next_token)


async def _log_in(call: Call[Any, Any], name: str, password: str) -> SignedIn:
    """Sign in whoever has this name and password.

    Raises:
        Problem: 401, nobody has; 429, too many were tried.
    """
    services, request = call.services, call.request
    services.limits.count_guess(name, request)
    user = await services.store.user_by_name(name)
    checked = await services.passwords.check(password, user.password_hash if user else None)
    if user is None or not checked.is_right:
        raise Problem(WRONG_CREDENTIALS)
    services.limits.remember_home(name, request)
    return await _sign_in(services, user, checked.rehashed)


async def _sign_in(services: Services, user: UserRow, rehashed: str | None = None) -> SignedIn:
    """Begin a login of a user whose password has just been checked."""
    now, first_token = time.time(), new_refresh_token()
    login = LoginRow(new_id(), user.id, now, now + services.settings.refresh_token_seconds)
    if not await services.store.add_login(
        login, hash_refresh_token(first_token), user.password_hash, rehashed
    ):
        raise Problem(UNAVAILABLE, CHANGED_MEANWHILE)
    pair = _pair(services, login, first_token)
    return SignedIn(**structs.asdict(pair), user=shown_to_oneself(user))


def _pair(services: Services, login: LoginRow, refresh_token: str) -> TokenPair:
    now, seconds = int(time.time()), int(services.settings.access_token_seconds)
    access = AccessToken(login.user_id, login.id, now + seconds)
    return TokenPair(services.tokens.issue(access, now), refresh_token, seconds)


async def _require_password(call: UserCall[Any, Any], password: str) -> None:
    """See that whoever has the token knows the password too.

    Raises:
        Problem: 403, it is another one; 429, too many were tried.
    """
    services = call.services
    services.limits.count_guess(call.user.username, call.request)
    if not (await services.passwords.check(password, call.user.password_hash)).is_right:
        raise Problem(WRONG_PASSWORD)


def _require_strong(password: str, username: str, email: str) -> None:
    """See that a new password can't be guessed easily.

    Raises:
        Problem: 422, it can; `reason` says in which way.
    """
    weakness = weakness_of(password, username, email)
    if weakness is not None:
        members = {"reason": weakness.name.lower()}
        raise Problem(WEAK_PASSWORD, f"choose another password: {weakness.value}", members=members)


def _taken(taken: Taken) -> Problem:
    return Problem(USERNAME_TAKEN if taken.what == "username" else EMAIL_TAKEN)

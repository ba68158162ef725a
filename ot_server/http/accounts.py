"""Accounts, and signing in to them.

Here accounts are opened, changed and deleted; logins and their tokens are in `logins`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from ot_protocol.names import Email, NewPassword, Username
from ot_server.access.passwords import weakness_of
from ot_server.access.tokens import hash_refresh_token, new_refresh_token
from ot_server.errors import OwnsSessions
from ot_server.http.framework.answers import EMAIL_TAKEN, OWNS_SESSIONS, USERNAME_TAKEN
from ot_server.http.framework.problem import INVALID_TOKEN, UNAVAILABLE, Problem, ProblemType
from ot_server.http.framework.routing import Call, Routes, UserCall
from ot_server.http.logins import (
    CHANGED_MEANWHILE,
    Password,
    SignedIn,
    TokenPair,
    User,
    new_pair,
    shown_to_oneself,
    sign_in,
)
from ot_server.ids import new_id
from ot_server.store.rows import SessionInfoRow, UserRow

__all__ = ["routes"]

routes = Routes("accounts")

REGISTRATION_OFF: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "registration_off", "only this server's operator opens accounts"
)
WEAK_PASSWORD: Final = ProblemType(
    HTTPStatus.UNPROCESSABLE_ENTITY, "weak_password", "this password is too easy to guess"
)
WRONG_PASSWORD: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "wrong_password", "this is not your password"
)


class Registration(Struct, forbid_unknown_fields=True):
    """An account to be opened."""

    username: Username
    """Letters, digits and ``_.-``.  No other user's differs in case only."""
    email: Email
    """No other user's.  Roles that it was invited to are given at once."""
    password: NewPassword
    """Not a common one, and not with the username or the address in it."""


class Changes(Struct, forbid_unknown_fields=True):
    """What changes; the rest stays."""

    username: Username | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    """The current one: a change of the address needs it."""


class NewPasswords(Struct, forbid_unknown_fields=True):
    """A password to be replaced."""

    old_password: Password
    new_password: NewPassword


class Leaving(Struct, forbid_unknown_fields=True):
    """What a user confirms who deletes the account."""

    password: Password
    delete_sessions: bool = False
    """Whether sessions without another owner are deleted with the account."""


class SessionTitle(Struct):
    """A session, by id and title."""

    id: str
    title: str


class Left(Struct):
    """What a deleted account has left behind."""

    deleted_sessions: list[SessionTitle]
    """They had no other owner, and are gone with their history."""
    kept_sessions: list[SessionTitle]
    """They have other owners; what the user wrote stays, as a deleted user's."""


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
    await services.store.add_user(user)
    return await sign_in(services, user)


@routes.get("/auth/me")
async def read_me(call: UserCall[None, None]) -> User:
    """Return the caller's account."""
    return shown_to_oneself(call.user)


@routes.patch("/auth/me", bucket="login", problems=(USERNAME_TAKEN, EMAIL_TAKEN, WRONG_PASSWORD))
async def change_me(call: UserCall[Changes, None]) -> User:
    """Change username or e-mail address; the address needs the password."""
    body = call.body
    if body.email is not UNSET:
        if body.password is UNSET:
            raise Problem(WRONG_PASSWORD, "this needs your current password")
        await _require_password(call, body.password)
    user = await call.services.store.change_user(
        call.user.id, username=body.username or None, email=body.email or None
    )
    if user is None:
        raise Problem(INVALID_TOKEN)
    return shown_to_oneself(user)


@routes.delete("/auth/me", bucket="login", problems=(WRONG_PASSWORD, OWNS_SESSIONS))
async def delete_me(call: UserCall[Leaving, None]) -> Left:
    """Delete the caller's account, and all access with it.

    Sessions with other owners stay.  If there are sessions without, the call is refused and
    `sessions` lists them, unless `delete_sessions` says that they are to be deleted too.
    """
    services, body = call.services, call.body
    await _require_password(call, body.password)
    try:
        departure = await services.store.delete_user(
            call.user.id, delete_sessions=body.delete_sessions
        )
    except OwnsSessions as owns:
        raise Problem(OWNS_SESSIONS, members={"sessions": _titles(owns.sessions)}) from None
    for info in (*departure.deleted, *departure.left):
        services.hub.mark_stale(info.id)
    services.hub.mark_logins_stale()
    return Left(_titles(departure.deleted), _titles(departure.left))


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
    return new_pair(services, call.login, next_token)


async def _require_password(call: UserCall[Any, Any], password: str) -> None:
    """Check that the caller knows the account's password.

    Raises:
        Problem: 403, it is wrong; 429, too many were tried.
    """
    services = call.services
    services.limits.count_guess(call.user.username, call.request)
    if not (await services.passwords.check(password, call.user.password_hash)).is_right:
        raise Problem(WRONG_PASSWORD)


def _require_strong(password: str, username: str, email: str) -> None:
    """Refuse a new password that is easily guessed.

    Raises:
        Problem: 422, it is; `reason` says why.
    """
    weakness = weakness_of(password, username, email)
    if weakness is not None:
        members = {"reason": weakness.name.lower()}
        raise Problem(WEAK_PASSWORD, f"choose another password: {weakness.value}", members=members)


def _titles(sessions: Sequence[SessionInfoRow]) -> list[SessionTitle]:
    """Return sessions by id and title."""
    return [SessionTitle(info.id, info.title) for info in sessions]

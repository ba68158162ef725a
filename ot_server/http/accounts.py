"""Accounts: register, sign in and out, and who one is.

Invariant: what is answered, and the work that it takes, doesn't say whether a name that
somebody tries to sign in with is anybody's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, structs

from ot_server.access.passwords import weakness_of
from ot_server.access.tokens import AccessToken, hash_refresh_token, new_refresh_token
from ot_server.http.problem import INVALID_TOKEN, UNAVAILABLE, Problem, ProblemType
from ot_server.http.routing import Call, Reply, Routes, UserCall
from ot_server.http.services import Services
from ot_server.http.shapes import Time, rfc3339
from ot_server.ids import new_id
from ot_server.store.base import OwnsSessions, Taken
from ot_server.store.rows import LoginRow, SessionInfoRow, UserRow

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
NO_STORE: Final = {"Cache-Control": "no-store"}

Username = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{3,32}\Z")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+\Z")]
NewPassword = Annotated[str, Meta(min_length=12, max_length=128)]
Password = Annotated[str, Meta(min_length=1, max_length=128)]
"""One that is tried; what it must be like is nothing to tell who guesses."""
Name = Annotated[str, Meta(min_length=1, max_length=254)]
RefreshToken = Annotated[str, Meta(min_length=1, max_length=128)]


class Registration(Struct, forbid_unknown_fields=True):
    """An account to be opened."""

    username: Username
    """Letters, digits and ``_.-``; nobody else has it, whatever the case."""
    email: Email
    """Nobody else has it.  Roles that it was invited to are given at once."""
    password: NewPassword
    """Not a common one, nor with the username or the address in it."""


class Credentials(Struct, forbid_unknown_fields=True):
    """Who somebody claims to be."""

    username: Name
    """Or the e-mail address."""
    password: Password


class PasswordForm(Struct):
    """The form of OAuth2's password grant (RFC 6749, 4.3.2); what it may hold beside is ignored."""

    username: Name
    """Or the e-mail address."""
    password: Password
    grant_type: Literal["password"] = "password"


class Refresh(Struct, forbid_unknown_fields=True):
    """A refresh token, to be exchanged."""

    refresh_token: RefreshToken


class Changes(Struct, forbid_unknown_fields=True):
    """What is to be different about one's account; what is left out or null stays."""

    username: Username | None = None
    email: Email | None = None
    password: Password | None = None
    """The current one; a change of the address needs it."""


class NewPasswords(Struct, forbid_unknown_fields=True):
    """A password to be replaced."""

    old_password: Password
    new_password: NewPassword


class Leaving(Struct, forbid_unknown_fields=True):
    """What whoever deletes an account confirms."""

    password: Password
    delete_sessions: bool = False
    """Whether the sessions that nobody else owns may go with the account."""


class User(Struct):
    """Somebody with an account, as only that person sees it."""

    id: str
    username: str
    email: str
    created_at: Time


class TokenPair(Struct):
    """What signs requests, and what to get the next pair with."""

    access_token: str
    refresh_token: str
    """Good once: what is answered with the next pair has another one."""
    expires_in: int
    """How long the access token is good, in seconds."""
    token_type: Literal["bearer"] = "bearer"


class SignedIn(TokenPair, kw_only=True):
    """A user, and the tokens of this login."""

    user: User


class SessionTitle(Struct):
    """A session, by what people know it by."""

    id: str
    title: str


class Left(Struct):
    """What a deleted account has left behind."""

    deleted_sessions: list[SessionTitle]
    """Nobody else owned them: they are gone, with their history."""
    kept_sessions: list[SessionTitle]
    """Others own them: what the user wrote stays there, as that of a deleted user."""


@routes.post(
    "/auth/register",
    status=HTTPStatus.CREATED,
    bucket="register",
    problems=(REGISTRATION_OFF, USERNAME_TAKEN, EMAIL_TAKEN, WEAK_PASSWORD),
)
async def register(call: Call[Registration, None]) -> Reply[SignedIn]:
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
async def login(call: Call[Credentials, None]) -> Reply[SignedIn]:
    """Sign in: with the username or the e-mail address."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/token", bucket="login", is_form=True, problems=(WRONG_CREDENTIALS,))
async def token(call: Call[PasswordForm, None]) -> Reply[SignedIn]:
    """Sign in by OAuth2's password grant, as generated clients do."""
    return await _log_in(call, call.body.username, call.body.password)


@routes.post("/auth/refresh", problems=(INVALID_TOKEN,))
async def refresh(call: Call[Refresh, None]) -> Reply[TokenPair]:
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
    return Reply(_pair(call.services, login, next_token), NO_STORE)


@routes.post("/auth/logout")
async def logout(call: UserCall[None, None]) -> None:
    """Sign out: the tokens of this login are good no more, and its connections are closed."""
    await call.services.store.end_login(call.login.id)
    call.services.hub.mark_logins_stale()


@routes.get("/auth/me")
async def read_me(call: UserCall[None, None]) -> User:
    """Return one's account."""
    return _shown(call.user)


@routes.patch("/auth/me", bucket="login", problems=(USERNAME_TAKEN, EMAIL_TAKEN, WRONG_PASSWORD))
async def change_me(call: UserCall[Changes, None]) -> User:
    """Change username or e-mail address; the latter takes the password."""
    body = call.body
    if body.email is not None:
        await _require_password(call, body.password)
    try:
        user = await call.services.store.change_user(
            call.user.id, username=body.username, email=body.email
        )
    except Taken as taken:
        raise _taken(taken) from None
    if user is None:
        raise Problem(INVALID_TOKEN)
    return _shown(user)


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
        raise Problem(OWNS_SESSIONS, members={"sessions": _titles(owns.sessions)}) from None
    for info in (*departure.deleted, *departure.left):
        services.hub.mark_stale(info.id)
    services.hub.mark_logins_stale()
    return Left(_titles(departure.deleted), _titles(departure.left))


@routes.post("/auth/password", bucket="login", problems=(WRONG_PASSWORD, WEAK_PASSWORD))
async def change_password(call: UserCall[NewPasswords, None]) -> Reply[TokenPair]:
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
    return Reply(_pair(services, call.login, next_token), NO_STORE)


async def _log_in(call: Call[Any, Any], name: str, password: str) -> Reply[SignedIn]:
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


async def _sign_in(
    services: Services, user: UserRow, rehashed: str | None = None
) -> Reply[SignedIn]:
    """Begin a login of a user whose password has just been checked."""
    now, first_token = time.time(), new_refresh_token()
    login = LoginRow(new_id(), user.id, now, now + services.settings.refresh_token_seconds)
    if not await services.store.add_login(
        login, hash_refresh_token(first_token), user.password_hash, rehashed
    ):
        raise Problem(UNAVAILABLE, CHANGED_MEANWHILE)
    pair = _pair(services, login, first_token)
    return Reply(SignedIn(**structs.asdict(pair), user=_shown(user)), NO_STORE)


def _pair(services: Services, login: LoginRow, refresh_token: str) -> TokenPair:
    now, seconds = int(time.time()), int(services.settings.access_token_seconds)
    access = AccessToken(login.user_id, login.id, now + seconds)
    return TokenPair(services.tokens.issue(access, now), refresh_token, seconds)


async def _require_password(call: UserCall[Any, Any], password: str | None) -> None:
    """See that whoever has the token knows the password too.

    Raises:
        Problem: 403, it is another one; 429, too many were tried.
    """
    services = call.services
    if password is None:
        raise Problem(WRONG_PASSWORD, "this takes your current password")
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


def _shown(user: UserRow) -> User:
    return User(user.id, user.username, user.email, rfc3339(user.created_at))


def _titles(sessions: Sequence[SessionInfoRow]) -> list[SessionTitle]:
    return [SessionTitle(info.id, info.title) for info in sessions]

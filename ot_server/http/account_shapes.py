"""What the calls about accounts take and answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ot_protocol.names import LONGEST_EMAIL, LONGEST_PASSWORD, Email, NewPassword, Username
from ot_server.store.rows import SessionInfoRow, UserRow
from ot_server.times import Time, rfc3339

__all__ = [
    "Changes",
    "Credentials",
    "Leaving",
    "Left",
    "NewPasswords",
    "PasswordForm",
    "Refresh",
    "Registration",
    "SignedIn",
    "TokenPair",
    "User",
    "shown_to_oneself",
    "titles",
]

Password = Annotated[str, Meta(min_length=1, max_length=LONGEST_PASSWORD)]
"""One that is tried; what it must be like is nothing to tell who guesses."""
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_EMAIL)]
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
    """What is to be another; the rest stays."""

    username: Username | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    password: Password | UnsetType = UNSET
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


def shown_to_oneself(user: UserRow) -> User:
    """Return an account as its user sees it."""
    return User(user.id, user.username, user.email, rfc3339(user.created_at))


def titles(sessions: Sequence[SessionInfoRow]) -> list[SessionTitle]:
    """Return sessions by what people know them by."""
    return [SessionTitle(info.id, info.title) for info in sessions]

"""Callers: a token becomes a caller, and a caller becomes a participant of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ot_server.access.tokens import AccessToken, GuestToken, Tokens
from ot_server.errors import Forbidden, InvalidToken, NoSuchSession
from ot_server.store.contract import Store
from ot_server.store.rows import Holder, LoginRow, UserRow

__all__ = ["Caller", "Guest", "SignedIn", "holder_of", "identify"]


@dataclass(frozen=True)
class SignedIn:
    """A user, signed in."""

    user: UserRow
    login: LoginRow
    expires: int
    """When the token ends, in seconds since 1970."""

    @property
    def id(self) -> str:
        """The user's id."""
        return self.user.id


@dataclass(frozen=True)
class Guest:
    """A participant of one session, without an account."""

    token: GuestToken

    @property
    def id(self) -> str:
        """The participant's id."""
        return self.token.participant_id

    @property
    def expires(self) -> int:
        """When the token ends, in seconds since 1970."""
        return self.token.expires


Caller = SignedIn | Guest


async def identify(store: Store, tokens: Tokens, token: str, leeway: float = 0) -> Caller:
    """Return the caller whose token this is, up to `leeway` seconds after it expires.

    Raises:
        InvalidToken: it is not valid, or its user has signed out.
        StoreUnavailable: the store can't be read.
    """
    match tokens.read(token, leeway):
        case GuestToken() as guest:
            return Guest(guest)
        case AccessToken(user_id, login_id, expires):
            found = await store.login(login_id)
            if found is None or found[1].id != user_id:
                raise InvalidToken("signed out")
            login, user = found
            return SignedIn(user, login, expires)
        case other:
            assert_never(other)


async def holder_of(store: Store, caller: Caller, session_id: str) -> Holder:
    """Return the caller as a participant of a session, with the role that they hold now.

    Raises:
        NoSuchSession: they never had access, and are not told whether it exists.
        Forbidden: they no longer hold a role.
        StoreUnavailable: the store can't be read.
    """
    match caller:
        case Guest(token) if token.session_id != session_id:
            raise NoSuchSession(session_id)
        case Guest(token):
            row = await store.participant(session_id, token.participant_id)
        case SignedIn(user):
            row = await store.participant_of_user(session_id, user.id)
        case _:
            assert_never(caller)
    if row is None:
        raise NoSuchSession(session_id)
    standing = await store.standing(session_id, [row.id], ())
    role = standing.roles.get(row.id) if standing else None
    if role is None:
        raise Forbidden(row.id)
    return Holder(row, role)

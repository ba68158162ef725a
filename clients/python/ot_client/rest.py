"""The REST calls that lead to a session: start a room, come in by a link, sign in."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from ot_client.address import Address, read_address, read_server
from ot_client.calls import call
from ot_client.login import Login, SignedIn
from ot_protocol.messages import Participant, Role, SessionInfo

__all__ = ["Joined", "Room", "Snapshot", "create_room", "fetch_text", "join", "sign_in"]


@dataclass(frozen=True)
class Joined:
    """A way into a session: ``connect(joined.address, joined.token)``."""

    address: str
    """The session's."""
    token: str = field(repr=False)
    session: SessionInfo
    participant: Participant
    role: Role


@dataclass(frozen=True)
class Room(Joined):
    """A new session, and a way in for oneself."""

    link: str
    """The way in for others: ``connect(room.link)``."""


class Snapshot(Struct, frozen=True):
    """The whole text at a revision."""

    text: str
    revision: int
    epoch: int


class Entered(Struct, frozen=True):
    """What the server answers to those who come in."""

    session: SessionInfo
    token: str
    participant: Participant


class Made(Entered, frozen=True):
    """What it answers to those who start a room."""

    link: str


class Let(Entered, frozen=True):
    """What it answers to those who come in by a link."""

    role: Role


async def create_room(
    server: str,
    *,
    title: str | None = None,
    language: str | None = None,
    name: str | None = None,
    text: str | None = None,
) -> Room:
    """Start a session that needs no account, as the participant `name`.

    Raises:
        InvalidAddress: the server's is none.
        RequestFailed: the server said no.
        Unreachable: it said nothing.
    """
    server = read_server(server)
    body = {"title": title, "language": language, "name": name, "text": text}
    made = await call("POST", f"{server}/api/v1/rooms", Made, body)
    return Room(
        str(Address.of(server, "s", made.session.id)),
        made.token,
        made.session,
        made.participant,
        made.participant.role,
        str(Address.of(server, "join", made.link)),
    )


async def join(link: str, name: str | None = None, *, token: str | None = None) -> Joined:
    """Come in by a share link; with the token of an earlier visit as the same participant.

    With the token of a `Login` one comes in as that user.

    Raises:
        InvalidAddress: that is no link.
        RequestFailed: the server said no; `NotFound` where there is no such link.
        Unreachable: it said nothing.
    """
    server, _, word = read_address(link, "join")
    let = await call("POST", f"{server}/api/v1/join/{word}", Let, {"name": name}, token)
    address = str(Address.of(server, "s", let.session.id))
    return Joined(address, let.token, let.session, let.participant, let.role)


async def sign_in(server: str, username: str, password: str) -> Login:
    """Sign in to an account, by its name or e-mail address.

    Raises:
        InvalidAddress: the server's is none.
        RequestFailed: the server said no; `NotAuthenticated` where name or password is wrong.
        Unreachable: it said nothing.
    """
    server = read_server(server)
    body = {"username": username, "password": password}
    return Login(server, await call("POST", f"{server}/api/v1/auth/login", SignedIn, body))


async def fetch_text(address: str, token: str) -> Snapshot:
    """Read a session's text without connecting to it.

    Raises:
        InvalidAddress: that is no session's.
        RequestFailed: the server said no.
        Unreachable: it said nothing.
    """
    server, _, session_id = read_address(address, "s")
    url = f"{server}/api/v1/sessions/{session_id}/text"
    return await call("GET", url, Snapshot, token=token)

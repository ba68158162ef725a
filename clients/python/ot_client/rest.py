"""The REST calls that lead to a session: start a room, come in by a link."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from aiohttp import ClientError as HttpError
from aiohttp import ClientSession, ClientTimeout
from msgspec import Struct

from ot_client.errors import (
    Forbidden,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    RequestFailed,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from ot_protocol.messages import Participant, Role, SessionInfo

__all__ = ["Joined", "Room", "Snapshot", "create_room", "fetch_text", "join"]

ANSWER_WITHIN: Final = 30.0
"""Seconds."""

ERRORS: Final[dict[int, type[RequestFailed]]] = {
    HTTPStatus.BAD_REQUEST: InvalidRequest,
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.UNPROCESSABLE_ENTITY: InvalidRequest,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
}


class Room(Struct, frozen=True):
    """A new session, the link that others come in by, and one's own way in."""

    session: SessionInfo
    link: str
    token: str
    participant: Participant


class Joined(Struct, frozen=True):
    """A way into a session, with the role that the link gives."""

    session: SessionInfo
    token: str
    participant: Participant
    role: Role


class Snapshot(Struct, frozen=True):
    """The whole text at a revision."""

    text: str
    revision: int
    epoch: int


class Problem(Struct, frozen=True):
    """An error as ``application/problem+json`` (RFC 9457)."""

    title: str = "no reason given"
    code: str = ""
    detail: str = ""


Answer = TypeVar("Answer", bound=Struct)


async def create_room(
    base: str,
    *,
    title: str | None = None,
    language: str | None = None,
    name: str | None = None,
    text: str | None = None,
) -> Room:
    """Start a session that needs no account, as the participant `name`.

    Raises:
        RequestFailed: the server said no.
        Unreachable: it said nothing.
    """
    wishes = {"title": title, "language": language, "name": name, "text": text}
    body = {key: value for key, value in wishes.items() if value is not None}
    return await _call("POST", f"{base.rstrip('/')}/api/v1/rooms", Room, body)


async def join(base: str, link: str, name: str, *, token: str | None = None) -> Joined:
    """Come in by a link; with the token of an earlier visit as the same participant.

    Raises:
        RequestFailed: the server said no; `NotFound` where there is no such link.
        Unreachable: it said nothing.
    """
    url = f"{base.rstrip('/')}/api/v1/join/{link}"
    return await _call("POST", url, Joined, {"name": name}, token)


async def fetch_text(base: str, session_id: str, token: str) -> Snapshot:
    """Read a session's text without connecting to it.

    Raises:
        RequestFailed: the server said no.
        Unreachable: it said nothing.
    """
    url = f"{base.rstrip('/')}/api/v1/sessions/{session_id}/text"
    return await _call("GET", url, Snapshot, token=token)


async def _call(
    method: str,
    url: str,
    answer: type[Answer],
    body: dict[str, str] | None = None,
    token: str | None = None,
) -> Answer:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(ANSWER_WITHIN), headers=headers) as http,
            http.request(method, url, json=body) as response,
        ):
            status, content = response.status, await response.read()
    except (HttpError, OSError) as error:
        raise Unreachable(f"{url}: {error}") from error
    try:
        if status < HTTPStatus.BAD_REQUEST:
            return msgspec.json.decode(content, type=answer)
        problem = msgspec.json.decode(content, type=Problem)
    except (msgspec.MsgspecError, UnicodeError) as error:
        if status < HTTPStatus.BAD_REQUEST:
            raise Unreachable(f"{url} answered no {answer.__name__}: {error}") from error
        problem = Problem()
    fallback = Unavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RequestFailed
    raise ERRORS.get(status, fallback)(status, problem.title, problem.code, problem.detail)

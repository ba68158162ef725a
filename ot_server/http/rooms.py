"""``POST /rooms`` and ``POST /join/{link}``: sessions without an account."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from ot_core import InvalidOperation, Operation
from ot_protocol.messages import Name, Participant, Role, SessionInfo
from ot_server.access.tokens import InvalidToken
from ot_server.http.problem import Problem, read_body
from ot_server.http.services import SERVICES, Services, bearer, participant_of
from ot_server.ids import new_id, new_link
from ot_server.store.base import (
    CommittedOperation,
    LinkRow,
    NewSession,
    ParticipantRow,
    extend_chain,
    first_chain,
)

__all__ = ["routes"]

routes = web.RouteTableDef()

Title = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Language = Annotated[str, Meta(pattern=r"^[a-z0-9+#-]{1,32}\Z")]


class NewRoom(Struct, forbid_unknown_fields=True):
    """The body of ``POST /rooms``; every field has a default."""

    title: Title = "Untitled"
    language: Language = "python"
    name: Name = "Guest"
    text: str = ""


class Room(Struct):
    """A session that has just been made, and the way into it."""

    session: SessionInfo
    link: str
    token: str
    participant: Participant


class Joining(Struct, forbid_unknown_fields=True):
    """The body of ``POST /join/{link}``."""

    name: Name | None = None
    """Without one a newcomer is "Guest", and who returns keeps the name."""


class Joined(Struct):
    """Who one is in a session, and the token that says so."""

    session: SessionInfo
    token: str
    participant: Participant
    role: Role


@routes.post("/api/v1/rooms")
async def create_room(request: web.Request) -> web.Response:
    """Make a guest session: its maker owns it, whoever has the link may edit."""
    services = request.app[SERVICES]
    if not services.settings.rooms:
        raise Problem(HTTPStatus.FORBIDDEN, "rooms_off", "sessions need an account here")
    body = await read_body(request, NewRoom, services.settings.body_seconds)
    text = body.text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text.encode()) > services.settings.document_bytes:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "the text is too large")
    session_id = new_id()
    participant = ParticipantRow(new_id(), session_id, body.name, "guest", "owner")
    link = LinkRow(new_link(), session_id, "editor")
    await services.store.create_session(
        NewSession(
            id=session_id,
            title=body.title,
            language=body.language,
            created_at=time.time(),
            participant=participant,
            link=link,
            operations=_first_operations(session_id, participant, text),
        )
    )
    room = Room(
        session=SessionInfo(session_id, body.title, body.language),
        link=link.link,
        token=services.guest_token(participant),
        participant=participant_of(participant),
    )
    return _json(room, HTTPStatus.CREATED)


@routes.post("/api/v1/join/{link}")
async def join(request: web.Request) -> web.Response:
    """Become a participant by share link; with the token of an earlier time, the same one."""
    services = request.app[SERVICES]
    body = await read_body(request, Joining, services.settings.body_seconds)
    link = await services.store.link(request.match_info["link"])
    if link is None or (link.expires_at is not None and link.expires_at <= time.time()):
        raise Problem(HTTPStatus.NOT_FOUND, "no_such_link", "there is no such link, or no more")
    info = await services.store.session_info(link.session_id)
    assert info is not None, "a link goes with its session"
    participant = await _returning(request, services, link, body.name)
    if participant is None:
        participant = await services.store.add_participant(
            ParticipantRow(new_id(), link.session_id, body.name or "Guest", "guest", link.role)
        )
    joined = Joined(
        session=SessionInfo(info.id, info.title, info.language),
        token=services.guest_token(participant, link.expires_at),
        participant=participant_of(participant),
        role=participant.role,
    )
    return _json(joined, HTTPStatus.OK)


async def _returning(
    request: web.Request, services: Services, link: LinkRow, name: str | None
) -> ParticipantRow | None:
    """Return the participant whose token came with the request, by its new name if it has one."""
    token = bearer(request)
    if token is None:
        return None
    try:
        # One that has ended still tells who comes back; the link says that he may.
        guest = services.tokens.read_guest(token, leeway=None)
    except InvalidToken:
        return None
    if guest.session_id != link.session_id:
        return None
    participant = await services.store.participant(guest.session_id, guest.participant_id)
    if participant is not None and name is not None and participant.name != name:
        await services.store.rename_participant(participant.id, name)
        participant = msgspec.structs.replace(participant, name=name)
    return participant


def _first_operations(
    session_id: str, participant: ParticipantRow, text: str
) -> list[CommittedOperation]:
    """Return the log that a session begins with: its first text is its maker's edit."""
    if not text:
        return []
    try:
        operation = Operation.from_wire([text])
    except InvalidOperation as error:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body", f"{error} - at `$.text`"
        ) from None
    stored = msgspec.json.encode(operation.components)
    return [
        CommittedOperation(
            revision=1,
            client_id=None,
            seq=None,
            participant_id=participant.id,
            operation=stored,
            chain=extend_chain(first_chain(session_id), stored),
            committed_at=time.time(),
        )
    ]


def _json(body: Struct, status: HTTPStatus) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )

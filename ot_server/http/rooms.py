"""``POST /rooms`` and ``POST /join/{link}``: sessions without an account."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

from msgspec import Struct, structs

from ot_core import InvalidOperation
from ot_protocol import TooLarge
from ot_protocol.messages import Name, Participant, Role
from ot_server.access.callers import Guest, SignedIn, identify
from ot_server.access.tokens import GuestToken, InvalidToken
from ot_server.http.problem import INVALID_BODY, TOO_LARGE, Problem, ProblemType
from ot_server.http.routing import Call, Routes
from ot_server.http.services import Services, bearer, shown
from ot_server.http.shapes import Language, SessionView, Title, session_view
from ot_server.ids import new_id, new_link
from ot_server.session.beginning import begin, new_owner
from ot_server.store.rows import LinkRow, ParticipantRow

__all__ = ["routes"]

routes = Routes("rooms")

ROOMS_OFF: Final = ProblemType(HTTPStatus.FORBIDDEN, "rooms_off", "sessions need an account here")
NO_SUCH_LINK: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_link", "there is no such link, or no more"
)


class NewRoom(Struct, forbid_unknown_fields=True):
    """A guest session to be made; every field has a default."""

    title: Title = "Untitled"
    language: Language = "python"
    name: Name = "Guest"
    text: str = ""


class Room(Struct):
    """A session that has just been made, and the way into it."""

    session: SessionView
    link: str
    token: str
    participant: Participant


class Joining(Struct, forbid_unknown_fields=True):
    """Who wants to join."""

    name: Name | None = None
    """Without one a newcomer is "Guest", and who returns keeps the name."""


class Joined(Struct):
    """Who one is in a session, and the token that says so."""

    session: SessionView
    token: str
    """A guest's; who is signed in goes on with his own, which is this one."""
    participant: Participant
    role: Role


@routes.post("/rooms", status=HTTPStatus.CREATED, problems=(ROOMS_OFF, TOO_LARGE))
async def create_room(call: Call[NewRoom, None]) -> Room:
    """Make a guest session: its maker owns it, whoever has the link may edit."""
    services, body = call.services, call.body
    if not services.settings.rooms:
        raise Problem(ROOMS_OFF)
    now = time.time()
    owner = new_owner(body.name)
    link = LinkRow(new_link(), owner.session_id, "editor", now)
    try:
        new = begin(
            title=body.title,
            language=body.language,
            text=body.text,
            owner=owner,
            now=now,
            visibility="link",
            link=link,
            most_bytes=services.settings.document_bytes,
        )
    except TooLarge as error:
        raise Problem(TOO_LARGE, str(error)) from None
    except InvalidOperation as error:
        raise Problem(INVALID_BODY, f"{error} - at `$.text`") from None
    await services.store.create_session(new)
    return Room(
        session=session_view(new.info, "owner"),
        link=link.link,
        token=services.guest_token(owner),
        participant=shown(owner, "owner"),
    )


@routes.post("/join/{link}", problems=(NO_SUCH_LINK,))
async def join(call: Call[Joining, None]) -> Joined:
    """Become a participant by share link; with the token of an earlier time, the same one.

    Who is signed in joins as that user, and keeps a role that is held already.
    """
    services = call.services
    link = await services.store.link(call.path["link"])
    if link is None or (link.expires_at is not None and link.expires_at <= time.time()):
        raise Problem(NO_SUCH_LINK)
    standing = await services.store.standing(link.session_id, (), ())
    if standing is None or standing.info.visibility != "link":
        raise Problem(NO_SUCH_LINK)
    token = bearer(call.request)
    participant = await _known(services, link, token, call.body.name) if token else None
    if participant is None:
        token = None
        participant = await services.store.add_participant(
            ParticipantRow(
                new_id(),
                link.session_id,
                call.body.name or "Guest",
                "guest",
                link.role,
                link=link.link,
            )
        )
    standing = await services.store.standing(link.session_id, [participant.id], ())
    role = standing.roles.get(participant.id) if standing else None
    if standing is None or role is None:
        raise Problem(NO_SUCH_LINK)  # it has gone since
    if participant.user_id is None or token is None:
        token = services.guest_token(participant, link.expires_at)
    return Joined(
        session=session_view(standing.info, role),
        token=token,
        participant=shown(participant, role),
        role=role,
    )


async def _known(
    services: Services, link: LinkRow, token: str, name: str | None
) -> ParticipantRow | None:
    """Return the participant whose token came with the request, by its new name if it has one.

    None is returned where the token says nothing, or the participant was sent away.
    """
    try:
        # A guest's that has ended still tells who comes back; the link says that he may.
        said = services.tokens.read(token, leeway=None)
        caller = (
            Guest(said)
            if isinstance(said, GuestToken)
            else await identify(services.store, services.tokens, token)
        )
    except InvalidToken:
        return None
    if isinstance(caller, SignedIn):
        user = caller.user
        return await services.store.add_participant(
            ParticipantRow(
                new_id(),
                link.session_id,
                name or user.username,
                "user",
                link.role,
                user_id=user.id,
                link=link.link,
            )
        )
    if caller.token.session_id != link.session_id:
        return None
    participant = await services.store.participant(link.session_id, caller.token.participant_id)
    if participant is None or participant.role is None:
        return None
    if name is not None and participant.name != name:
        await services.store.rename_participant(participant.id, name)
        participant = structs.replace(participant, name=name)
    return participant

"""``POST /rooms`` and ``POST /join/{link}``: sessions without an account."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

from msgspec import Struct, structs

from ot_protocol.messages import Participant, Role
from ot_protocol.names import Language, Name, Title
from ot_server.access.callers import SignedIn, identify
from ot_server.access.participant import shown
from ot_server.access.tokens import AccessToken, GuestToken
from ot_server.errors import InvalidToken
from ot_server.http.framework.problem import INVALID_TOKEN, TOO_LARGE, Problem, ProblemType
from ot_server.http.framework.routing import Call, Routes
from ot_server.http.framework.services import Services, bearer
from ot_server.http.sessions import SessionView, make_session, session_view
from ot_server.http.text import GivenText
from ot_server.ids import new_id, new_link
from ot_server.log.new import new_owner
from ot_server.store.rows import Holder, LinkRow, ParticipantRow, UserRow

__all__ = ["NO_SUCH_LINK", "routes"]

routes = Routes("rooms")

ROOMS_OFF: Final = ProblemType(HTTPStatus.FORBIDDEN, "rooms_off", "sessions need an account here")
NO_SUCH_LINK: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_link", "there is no such link any more"
)


class NewRoom(Struct, forbid_unknown_fields=True):
    """A room to be made; every field has a default."""

    title: Title = "Untitled"
    language: Language = "python"
    name: Name = "Guest"
    text: GivenText = ""


class Room(Struct):
    """A session made without an account, and the way into it."""

    session: SessionView
    link: str
    token: str
    participant: Participant


class Joining(Struct, forbid_unknown_fields=True):
    """Somebody who wants to join."""

    name: Name | None = None
    """Of a guest.  By default a newcomer is "Guest", and one who returns keeps the name."""


class Joined(Struct):
    """The caller as a participant of the session, and a token for that."""

    session: SessionView
    token: str
    """A guest's; for a user it is the one that the call was made with."""
    participant: Participant
    role: Role


@routes.post("/rooms", status=HTTPStatus.CREATED, bucket="rooms", problems=(ROOMS_OFF, TOO_LARGE))
async def create_room(call: Call[NewRoom, None]) -> Room:
    """Make a session without an account: the caller owns it, and its link makes editors."""
    services, body = call.services, call.body
    if not services.settings.rooms:
        raise Problem(ROOMS_OFF)
    owner = new_owner(body.name)
    link = LinkRow(new_link(), owner.session_id, "editor", time.time())
    info = await make_session(
        services,
        owner,
        title=body.title,
        language=body.language,
        text=body.text,
        visibility="link",
        link=link,
    )
    return Room(
        session=session_view(info, "owner"),
        link=link.link,
        token=services.guest_token(owner),
        participant=shown(Holder(owner, "owner")),
    )


@routes.post("/join/{link}", problems=(NO_SUCH_LINK, INVALID_TOKEN))
async def join(call: Call[Joining, None]) -> Joined:
    """Become a participant by share link; with an earlier token, the same one as then.

    With an access token the caller joins as that user.  A role that is held already is kept.
    """
    services, store = call.services, call.services.store
    link = await store.link(call.path["link"])
    if link is None or (link.expires_at is not None and link.expires_at <= time.time()):
        raise Problem(NO_SUCH_LINK)
    standing = await store.standing(link.session_id, (), ())
    if standing is None or standing.info.visibility != "link":
        raise Problem(NO_SUCH_LINK)
    token = bearer(call.request)
    user = await _user(services, token)
    participant = await store.add_participant(
        _as_user(link, user) if user else await _as_guest(services, link, token, call.body.name)
    )
    standing = await store.standing(link.session_id, [participant.id], ())
    role = standing.roles.get(participant.id) if standing else None
    if standing is None or role is None:
        raise Problem(NO_SUCH_LINK)  # it has gone since
    if user is None or token is None:
        # A token that was got by a link ends with it.
        token = services.guest_token(participant, link.expires_at if participant.link else None)
    return Joined(
        session=session_view(standing.info, role),
        token=token,
        participant=shown(Holder(participant, role)),
        role=role,
    )


async def _user(services: Services, token: str | None) -> UserRow | None:
    """Return the user of an access token; None if it is a guest's, or no token of ours.

    Raises:
        Problem: 401, it is a user's and has ended: with a fresh one they would join as that user.
    """
    said = _said(services, token)
    if token is None or not isinstance(said, AccessToken):
        return None
    caller = await identify(services.store, services.tokens, token)
    return caller.user if isinstance(caller, SignedIn) else None


def _as_user(link: LinkRow, user: UserRow) -> ParticipantRow:
    """Return a user as a participant by a link."""
    return ParticipantRow(
        new_id(),
        link.session_id,
        user.username,
        "user",
        link.role,
        user_id=user.id,
        link=link.link,
    )


async def _as_guest(
    services: Services, link: LinkRow, token: str | None, name: str | None
) -> ParticipantRow:
    """Return a guest as a participant by a link: by the token the earlier one, else a new one.

    One whose access was taken away is a new one.
    """
    said = _said(services, token)
    if isinstance(said, GuestToken) and said.session_id == link.session_id:
        was = await services.store.participant(link.session_id, said.participant_id)
        if was is not None and was.given is not None:
            if name is not None and name != was.name:
                await services.store.rename_participant(was.id, name)
                was = structs.replace(was, name=name)
            return structs.replace(was, given=link.role, link=link.link)
    return ParticipantRow(
        new_id(), link.session_id, name or "Guest", "guest", link.role, link=link.link
    )


def _said(services: Services, token: str | None) -> GuestToken | AccessToken | None:
    """Return what a token says, even if it has ended: it still tells who comes back."""
    try:
        return services.tokens.read(token, leeway=None) if token else None
    except InvalidToken:
        return None

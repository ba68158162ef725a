"""Share links, and participants: who they are, and how one is sent out."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from ot_protocol.messages import Kind, Role
from ot_server.access.participant import color
from ot_server.access.roles import Action
from ot_server.http.framework.answers import LAST_OWNER
from ot_server.http.framework.paging import Ordinal, PageQuery, from_cursor, page_of
from ot_server.http.framework.problem import Problem, ProblemType
from ot_server.http.framework.routing import Routes, SessionCall
from ot_server.http.members import set_role
from ot_server.http.rooms import NO_SUCH_LINK
from ot_server.ids import new_link
from ot_server.store.rows import LinkRow, ParticipantRow
from ot_server.times import Time, rfc3339

__all__ = ["routes"]

routes = Routes("links")

MOST_LINKS: Final = 100
"""Of one session."""

PRIVATE: Final = ProblemType(
    HTTPStatus.CONFLICT, "private", "the session is private: a link would let nobody in"
)
TOO_MANY_LINKS: Final = ProblemType(
    HTTPStatus.CONFLICT, "too_many_links", f"a session has {MOST_LINKS} links at most"
)
NO_SUCH_PARTICIPANT: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_participant", "there is no such participant"
)


class NewLink(Struct, forbid_unknown_fields=True):
    """A share link to be made."""

    role: Literal["editor", "viewer"] = "viewer"
    """The role of those who join by it."""
    expires_in: Annotated[int, Meta(ge=1, le=10 * 366 * 24 * 3600)] | None = None
    """After so many seconds it ends, and the access of those who joined by it; null: never."""


class Link(Struct):
    """A share link."""

    link: str
    """What `POST /join/{link}` takes.  A secret: it lets anybody in."""
    role: Role
    created_at: Time
    expires_at: Time | None


class Links(Struct):
    """The share links of a session, oldest first."""

    items: list[Link]


class ParticipantView(Struct):
    """Somebody who takes or took part in a session."""

    id: str
    name: str
    kind: Kind
    color: str
    role: Role | None
    """Null: no access any more."""
    user_id: str | None
    """Of somebody with an account."""


class ParticipantsPage(Struct):
    """Participants, in the order in which they came."""

    items: list[ParticipantView]
    next: str | None
    """The cursor of the next page, if there is one."""


@routes.post(
    "/sessions/{session_id}/links",
    action=Action.SHARE,
    status=HTTPStatus.CREATED,
    problems=(PRIVATE, TOO_MANY_LINKS),
)
async def add_link(call: SessionCall[NewLink, None]) -> Link:
    """Make a share link: people join by it, and get its role."""
    store, now = call.services.store, time.time()
    standing = await store.standing(call.session_id, (), ())
    if standing is not None and standing.info.visibility == "private":
        raise Problem(PRIVATE)
    if len(await store.links(call.session_id)) >= MOST_LINKS:
        raise Problem(TOO_MANY_LINKS)
    expires_in = call.body.expires_in
    expires_at = None if expires_in is None else now + expires_in
    row = LinkRow(new_link(), call.session_id, call.body.role, now, expires_at)
    await store.add_link(row, by=call.me)
    return _link(row)


@routes.get("/sessions/{session_id}/links", action=Action.SHARE)
async def list_links(call: SessionCall[None, None]) -> Links:
    """Return all share links."""
    return Links([_link(row) for row in await call.services.store.links(call.session_id)])


@routes.delete("/sessions/{session_id}/links/{link}", action=Action.SHARE, problems=(NO_SUCH_LINK,))
async def delete_link(call: SessionCall[None, None]) -> None:
    """Delete a share link, and the access of all who joined by it."""
    services = call.services
    if not await services.store.delete_link(call.session_id, call.path["link"], by=call.me):
        raise Problem(NO_SUCH_LINK)
    services.hub.mark_stale(call.session_id)


@routes.get("/sessions/{session_id}/participants", action=Action.READ)
async def list_participants(call: SessionCall[None, PageQuery]) -> ParticipantsPage:
    """Return all who take or took part, also those who are not connected now."""
    limit = call.query.limit
    rows = await call.services.store.participants(
        call.session_id, limit=limit + 1, after=from_cursor(call.query.after, Ordinal)
    )
    page, following = page_of(rows, limit, lambda row: row[0].ordinal)
    return ParticipantsPage([_participant(row, role) for row, role in page], following)


@routes.delete(
    "/sessions/{session_id}/participants/{participant_id}",
    action=Action.SHARE,
    problems=(NO_SUCH_PARTICIPANT, LAST_OWNER),
)
async def kick(call: SessionCall[None, None]) -> None:
    """Take a participant's access away, and close their connections.

    A participant who still has a share link can come back by it: delete it as well.
    """
    participant_id = call.path["participant_id"]
    if not await set_role(call.services, call.session_id, participant_id, None, by=call.me):
        raise Problem(NO_SUCH_PARTICIPANT)


def _link(row: LinkRow) -> Link:
    return Link(
        link=row.link,
        role=row.role,
        created_at=rfc3339(row.created_at),
        expires_at=None if row.expires_at is None else rfc3339(row.expires_at),
    )


def _participant(row: ParticipantRow, role: Role | None) -> ParticipantView:
    return ParticipantView(
        id=row.id,
        name=row.name,
        kind=row.kind,
        color=color(row.ordinal),
        role=role,
        user_id=row.user_id,
    )

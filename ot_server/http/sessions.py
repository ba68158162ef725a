"""Sessions: make, list, change, delete, fork, download."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote

from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from ot_protocol.messages import Count, Role
from ot_protocol.names import LONGEST_TITLE, Language, Title
from ot_server.access.callers import SignedIn
from ot_server.access.roles import Action, is_allowed
from ot_server.http.framework.paging import PageQuery, from_cursor, page_of
from ot_server.http.framework.problem import (
    CORRUPT,
    FORBIDDEN,
    INVALID_TOKEN,
    NO_SUCH_REVISION,
    NO_SUCH_SESSION,
    TOO_LARGE,
    Problem,
)
from ot_server.http.framework.routing import Routes, SessionCall, UserCall
from ot_server.http.framework.services import Services
from ot_server.http.text import GivenText, judged_text, newest
from ot_server.languages import file_name
from ot_server.log.new import begin, new_owner
from ot_server.log.past import moment_at
from ot_server.log.reading import undisturbed
from ot_server.store.rows import (
    MOST_OTHERS,
    LinkRow,
    OwnSessionRow,
    ParticipantRow,
    SessionInfoRow,
    Visibility,
)
from ot_server.times import Time, rfc3339

__all__ = ["SessionView", "make_session", "routes", "session_view"]

routes = Routes("sessions")

FORKED: Final = " (fork)"
ATTRIBUTE_CHARS: Final = "!#$&+-.^_`|~"
"""What stands for itself in an encoded file name (RFC 5987), beside letters and digits."""


class SessionView(Struct):
    """A session, as somebody with a role in it sees it in lists."""

    id: str
    title: str
    language: str
    visibility: Visibility
    run: bool
    """Whether code may be run in it."""
    role: Role
    """The caller's."""
    created_at: Time
    updated_at: Time
    """About: not every edit moves it."""


class NewSession(Struct, forbid_unknown_fields=True):
    """A session to be made; every field has a default."""

    title: Title = "Untitled"
    language: Language = "python"
    text: GivenText = ""
    visibility: Visibility = "private"
    """With `link` people can join by share links, once there are some."""


class SessionsQuery(PageQuery, forbid_unknown_fields=True):
    """Which sessions are wanted."""

    query: Annotated[str, Meta(max_length=LONGEST_TITLE)] = ""
    """Part of the title, in any case."""


class People(Struct):
    """The users who have a role in a session."""

    count: Count
    """How many there are, the caller included."""
    others: Annotated[list[str], Meta(max_length=MOST_OTHERS)]
    """The names of the first five others who came, in that order."""


class ListedSession(SessionView):
    """A session, and who else is in it."""

    people: People


class SessionPage(Struct):
    """Sessions, last updated first."""

    items: list[ListedSession]
    next: str | None
    """The cursor of the next page, if there is one."""


class SessionChange(Struct, forbid_unknown_fields=True):
    """What changes; the rest stays."""

    title: Title | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    """Only owners change it; `private` ends the access of all who joined by a share link."""
    run: bool | UnsetType = UNSET
    """Whether code may be run in it; only owners change it."""


class Fork(Struct, forbid_unknown_fields=True):
    """A session to be made of the text of another one."""

    title: Title | None = None
    """By default that of the other one, with "(fork)" after it."""
    revision: Count | None = None
    """The revision whose text is taken; the newest by default."""


@routes.post("/sessions", status=HTTPStatus.CREATED, problems=(TOO_LARGE,))
async def create_session(call: UserCall[NewSession, None]) -> SessionView:
    """Make a session, which the caller owns."""
    body = call.body
    info = await make_session(
        call.services,
        new_owner(call.user.username, call.user.id),
        title=body.title,
        language=body.language,
        text=body.text,
        visibility=body.visibility,
    )
    return session_view(info, "owner")


@routes.get("/sessions")
async def list_sessions(call: UserCall[None, SessionsQuery]) -> SessionPage:
    """Return the sessions that the caller has a role in."""
    asked = call.query
    rows = await call.services.store.sessions_of(
        call.user.id, asked.query, asked.limit + 1, from_cursor(asked.after, tuple[float, str])
    )
    page, following = page_of(rows, asked.limit, lambda row: (row.info.updated_at, row.info.id))
    return SessionPage([_listed(row) for row in page], following)


@routes.get("/sessions/{session_id}", action=Action.READ)
async def read_session(call: SessionCall[None, None]) -> SessionView:
    """Return title, language and settings of a session, and the caller's role."""
    return _view(call, await _info(call))


@routes.patch("/sessions/{session_id}", action=Action.CHANGE)
async def change_session(call: SessionCall[SessionChange, None]) -> SessionView:
    """Change title, language or settings; all who are connected are told."""
    body, services = call.body, call.services
    owners = body.visibility is not UNSET or body.run is not UNSET
    if owners and not is_allowed(call.me.role, Action.SHARE):
        raise Problem(FORBIDDEN)
    if body == SessionChange():
        return _view(call, await _info(call))
    info = await services.store.change_session(
        call.session_id,
        title=body.title or None,
        language=body.language or None,
        visibility=body.visibility or None,
        run=None if body.run is UNSET else body.run,
        by=call.me,
    )
    if info is None:
        raise Problem(NO_SUCH_SESSION)
    services.hub.mark_stale(call.session_id)
    services.completer.expect(info.language)
    return _view(call, info)


@routes.delete("/sessions/{session_id}", action=Action.DELETE)
async def delete_session(call: SessionCall[None, None]) -> None:
    """Delete a session with all that belongs to it; its connections are closed."""
    if not await call.services.store.delete_session(call.session_id, by=call.me):
        raise Problem(NO_SUCH_SESSION)
    call.services.hub.mark_stale(call.session_id)


@routes.get("/sessions/{session_id}/download", action=Action.READ, media="text/plain")
async def download(call: SessionCall[None, None]) -> web.Response:
    """Return the newest text as a file, named by title and language."""
    replica = (await newest(call.services, call.session_id)).replica
    name = file_name(replica.info.title, replica.info.language)
    return web.Response(
        text=replica.document.text,
        content_type="text/plain",
        headers={"Content-Disposition": _attachment(name)},
    )


@routes.post(
    "/sessions/{session_id}/fork",
    action=Action.READ,
    status=HTTPStatus.CREATED,
    problems=(CORRUPT, INVALID_TOKEN, NO_SUCH_REVISION),
)
async def fork(call: SessionCall[Fork, None]) -> SessionView:
    """Make a private session of the text of another one; this needs an account, which owns it."""
    if not isinstance(call.caller, SignedIn):
        raise Problem(INVALID_TOKEN, "this needs an account, and the token is a guest's")
    services, wanted, user = call.services, call.body, call.caller.user
    replica = (await newest(services, call.session_id)).replica
    title, language, text = replica.info.title, replica.info.language, replica.document.text
    if wanted.revision is not None:
        async with undisturbed(services.store, call.session_id, wanted.revision):
            moment = await moment_at(services.store, call.session_id, wanted.revision)
        text = moment.text.text
    info = await make_session(
        services,
        new_owner(user.username, user.id),
        title=wanted.title or title[: LONGEST_TITLE - len(FORKED)] + FORKED,
        language=language,
        text=text,
        visibility="private",
    )
    return session_view(info, "owner")


async def make_session(
    services: Services,
    owner: ParticipantRow,
    *,
    title: str,
    language: str,
    text: str,
    visibility: Visibility,
    link: LinkRow | None = None,
) -> SessionInfoRow:
    """Make the session of a new owner.

    Raises:
        Problem: 413 or 422, the text is none that a session may have.
    """
    with judged_text():
        new = begin(
            title=title,
            language=language,
            text=text,
            owner=owner,
            now=time.time(),
            visibility=visibility,
            link=link,
            most_bytes=services.settings.document_bytes,
        )
    await services.store.create_session(new)
    return new.info


def session_view(info: SessionInfoRow, role: Role) -> SessionView:
    """Return a session as it is shown to somebody with this role."""
    return SessionView(
        id=info.id,
        title=info.title,
        language=info.language,
        visibility=info.visibility,
        run=info.run,
        role=role,
        created_at=rfc3339(info.created_at),
        updated_at=rfc3339(info.updated_at),
    )


def _attachment(name: str) -> str:
    """Return the ``Content-Disposition`` of a file to be saved by this name (RFC 6266).

    Programs that don't know RFC 5987 read the first name, which is ASCII.
    """
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, ATTRIBUTE_CHARS)}"


def _listed(row: OwnSessionRow) -> ListedSession:
    view = session_view(row.info, row.role)
    return ListedSession(**structs.asdict(view), people=People(row.members, list(row.others)))


async def _info(call: SessionCall[Any, None]) -> SessionInfoRow:
    standing = await call.services.store.standing(call.session_id, (), ())
    if standing is None:
        raise Problem(NO_SUCH_SESSION)
    return standing.info


def _view(call: SessionCall[Any, None], info: SessionInfoRow) -> SessionView:
    return session_view(info, call.me.role)

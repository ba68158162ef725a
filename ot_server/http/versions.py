"""Earlier texts brought back by restore and revert, and revisions that have a name."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from ot_protocol.messages import Count
from ot_protocol.names import VersionName
from ot_server.access.roles import Action
from ot_server.history.restore import restore
from ot_server.history.revert import revert
from ot_server.http.framework.problem import INVALID_BODY, NO_SUCH_REVISION, Problem, ProblemType
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.history import Author, authors_of
from ot_server.http.text import EDIT_PROBLEMS, Edited, edited, expected
from ot_server.ids import new_id
from ot_server.log.reading import require_revision
from ot_server.store.rows import VersionRow
from ot_server.times import Time, rfc3339

__all__ = ["routes"]

routes = Routes("restoring")

MOST_VERSIONS: Final = 200
"""Of one session."""

NO_SUCH_VERSION: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_version", "the session has no such named version"
)
TOO_MANY_VERSIONS: Final = ProblemType(
    HTTPStatus.CONFLICT,
    "too_many_versions",
    f"a session has {MOST_VERSIONS} named versions at most",
)


class Restoring(Struct, forbid_unknown_fields=True):
    """The revision whose text is to be brought back."""

    revision: Count


class Reverting(Struct, forbid_unknown_fields=True):
    """The revisions that are to be taken back."""

    from_: Annotated[int, Meta(ge=1, le=2**53 - 1)] = field(name="from")
    """The first revision."""
    to: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """The last one."""


class NewVersion(Struct, forbid_unknown_fields=True):
    """A name for a revision."""

    name: VersionName
    revision: Count | None = None
    """The head by default."""


class Version(Struct):
    """A revision with a name."""

    id: str
    name: str
    revision: int
    participant: Author
    """The participant who named it."""
    created_at: Time


class Versions(Struct):
    """All named versions of a session, highest revision first."""

    items: list[Version]


@routes.post("/sessions/{session_id}/restore", action=Action.EDIT, problems=EDIT_PROBLEMS)
async def restore_revision(call: SessionCall[Restoring, None]) -> Reply[Edited]:
    """Change the text back into what it was at a revision, by one more edit.

    With ``If-Match`` nothing is done unless the head is that text when the call comes.
    """
    actor = await expected(call)
    epoch = actor.replica.epoch
    return edited(epoch, await restore(actor, call.me.id, call.body.revision))


@routes.post("/sessions/{session_id}/revert", action=Action.EDIT, problems=EDIT_PROBLEMS)
async def revert_revisions(call: SessionCall[Reverting, None]) -> Reply[Edited]:
    """Take back a range of revisions by one more edit; what came after them stays.

    Each call puts back what the range deleted, once more.  With ``If-Match`` nothing is done
    unless the head is that text when the call comes.
    """
    first, last = call.body.from_, call.body.to
    if last < first:
        raise Problem(INVALID_BODY, "`to` comes before `from` - at `$.to`")
    actor = await expected(call)
    epoch = actor.replica.epoch
    return edited(epoch, await revert(actor, call.me.id, first, last))


@routes.get("/sessions/{session_id}/versions", action=Action.READ)
async def list_versions(call: SessionCall[None, None]) -> Versions:
    """Return the revisions that have a name."""
    store = call.services.store
    rows = await store.versions(call.session_id)
    authors = await authors_of(store, call.session_id)
    return Versions([_version(row, authors[row.participant_id]) for row in rows])


@routes.post(
    "/sessions/{session_id}/versions",
    action=Action.EDIT,
    status=HTTPStatus.CREATED,
    problems=(NO_SUCH_REVISION, TOO_MANY_VERSIONS),
)
async def name_version(call: SessionCall[NewVersion, None]) -> Version:
    """Give a revision a name; it may have several."""
    store, body = call.services.store, call.body
    standing = await require_revision(store, call.session_id, body.revision or 0)
    if len(await store.versions(call.session_id)) >= MOST_VERSIONS:
        raise Problem(TOO_MANY_VERSIONS)
    row = VersionRow(
        id=new_id(),
        session_id=call.session_id,
        name=body.name,
        revision=standing.row.head if body.revision is None else body.revision,
        participant_id=call.me.id,
        created_at=time.time(),
    )
    await store.add_version(row)
    authors = await authors_of(store, call.session_id)
    return _version(row, authors[row.participant_id])


@routes.delete(
    "/sessions/{session_id}/versions/{version_id}",
    action=Action.EDIT,
    problems=(NO_SUCH_VERSION,),
)
async def forget_version(call: SessionCall[None, None]) -> None:
    """Take a name away; the revision stays."""
    if not await call.services.store.delete_version(call.session_id, call.path["version_id"]):
        raise Problem(NO_SUCH_VERSION)


def _version(row: VersionRow, author: Author) -> Version:
    return Version(row.id, row.name, row.revision, author, rfc3339(row.created_at))

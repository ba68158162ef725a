"""The history of a session: operations, text at any revision, who wrote it, and playback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Raw, Struct, field

from ot_protocol.messages import Count
from ot_server.access.participant import color
from ot_server.access.roles import Action
from ot_server.history.blame import MOST_RANGES, blame
from ot_server.http.framework.etags import etag, spare_who_knows
from ot_server.http.framework.problem import CORRUPT, INVALID_QUERY, NO_SUCH_REVISION, Problem
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.text import Text
from ot_server.log.past import moment_at
from ot_server.log.reading import STRETCH, read_vouched, undisturbed
from ot_server.store.contract import Store
from ot_server.store.rows import CommittedOperation
from ot_server.times import Time, rfc3339

__all__ = ["Author", "authors_of", "routes"]

routes = Routes("history")

Limit = Annotated[int, Meta(ge=1, le=STRETCH, description="At most so many items.")]
Components = Annotated[
    Raw,
    Meta(
        extra_json_schema={
            "type": "array",
            "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        }
    ),
]
"""An operation's JSON as it was committed: the chain vouches for it, so it isn't read again."""
PROBLEMS = (NO_SUCH_REVISION, CORRUPT)
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Author(Struct):
    """A participant, by the current name, also one who has left the session."""

    id: str
    name: str
    color: str


class OperationsQuery(Struct, forbid_unknown_fields=True):
    """Which part of the log is wanted."""

    from_: Annotated[int, Meta(ge=1, le=2**53 - 1)] = field(default=1, name="from")
    """The first revision."""
    to: Count | None = None
    """The last revision; the head by default."""
    limit: Limit = STRETCH


class CommittedEdit(Struct):
    """One line of the log."""

    revision: int
    participant: Author
    committed_at: Time
    op: Components
    """The components of the operation, on the text at the revision before."""


class OperationsPage(Struct):
    """Part of the log, in order."""

    items: list[CommittedEdit]
    next: int | None
    """The `from` of the next page, if there is one."""


class RevisionQuery(Struct, forbid_unknown_fields=True):
    """Which epoch the revision is of."""

    epoch: Count | None = None
    """The newest by default.  With an epoch the answer may be kept for ever."""


class BlameQuery(Struct, forbid_unknown_fields=True):
    """Which part of which text is wanted."""

    revision: Count | None = None
    """The head by default."""
    start: Count = 0
    """Where the first range begins, in code points."""
    limit: Annotated[int, Meta(ge=1, le=MOST_RANGES, description="At most so many items.")] = 1_000


class BlameRange(Struct):
    """A part of the text that one revision wrote."""

    start: int
    """In code points, like `stop`, which is after the last of them."""
    stop: int
    revision: int | None
    """Null, like all that follows, where too many revisions have text to tell them apart."""
    participant: Author | None
    committed_at: Time | None


class Blame(Struct):
    """Who wrote a text: one page of ranges, in order."""

    revision: int
    epoch: int
    items: list[BlameRange]
    next: int | None
    """The `start` of the next page, if there is one."""


class ReplayQuery(Struct, forbid_unknown_fields=True):
    """What is to be played back."""

    from_: Count = field(default=0, name="from")
    """The revision to begin at."""
    to: Count | None = None
    """The last revision; the head by default."""
    limit: Limit = STRETCH


class Replay(Struct):
    """A text, and the operations that followed, in order."""

    text: str
    """At `revision`."""
    revision: int
    epoch: int
    items: list[CommittedEdit]
    next: int | None
    """The `from` of the next page, if there is one."""


@routes.get("/sessions/{session_id}/operations", action=Action.READ, problems=PROBLEMS)
async def read_operations(call: SessionCall[None, OperationsQuery]) -> OperationsPage:
    """Return the log, a page of at most 1,000 lines and about a MiB at a time."""
    store, query = call.services.store, call.query
    first = query.from_ - 1
    async with undisturbed(store, call.session_id, _furthest(first, query.to)) as standing:
        last = standing.row.head if query.to is None else query.to
        items = await _lines(store, call.session_id, first, min(last, first + query.limit))
    at = items[-1].revision if items else last
    return OperationsPage(items, at + 1 if at < last else None)


@routes.get(
    "/sessions/{session_id}/revisions/{revision}",
    action=Action.READ,
    problems=PROBLEMS,
    etag=True,
    numbers=("revision",),
)
async def read_revision(call: SessionCall[None, RevisionQuery]) -> Reply[Text]:
    """Return the text at a revision."""
    revision, store, epoch = call.number("revision"), call.services.store, call.query.epoch
    async with undisturbed(store, call.session_id, revision) as standing:
        if epoch not in (None, standing.row.epoch):
            raise Problem(NO_SUCH_REVISION, f"the session is not in epoch {epoch}")
        headers = etag(standing.row.epoch, revision)
        headers |= FOREVER if epoch is not None else {"Cache-Control": "private, no-cache"}
        spare_who_knows(call.request, headers)
        moment = await moment_at(store, call.session_id, revision)
    return Reply(Text(moment.text.text, revision, standing.row.epoch), headers)


@routes.get("/sessions/{session_id}/blame", action=Action.READ, problems=PROBLEMS)
async def read_blame(call: SessionCall[None, BlameQuery]) -> Blame:
    """Return who wrote which part of the text at a revision, and when."""
    store, query = call.services.store, call.query
    async with undisturbed(store, call.session_id, query.revision or 0) as standing:
        revision = standing.row.head if query.revision is None else query.revision
        ranges, following = await blame(store, call.session_id, revision, query.start, query.limit)
        authors = await authors_of(store, call.session_id)
    items = [
        BlameRange(
            start=part.start,
            stop=part.stop,
            revision=part.revision,
            participant=authors[part.participant_id] if part.participant_id else None,
            committed_at=rfc3339(part.committed_at) if part.committed_at is not None else None,
        )
        for part in ranges
    ]
    return Blame(revision, standing.row.epoch, items, following)


@routes.get("/sessions/{session_id}/replay", action=Action.READ, problems=PROBLEMS)
async def read_replay(call: SessionCall[None, ReplayQuery]) -> Replay:
    """Return the text at a revision, and the operations that follow, a page at a time."""
    store, query = call.services.store, call.query
    first = query.from_
    async with undisturbed(store, call.session_id, _furthest(first, query.to)) as standing:
        last = standing.row.head if query.to is None else query.to
        moment = await moment_at(store, call.session_id, first)
        items = await _lines(store, call.session_id, first, min(last, first + query.limit))
    at = items[-1].revision if items else last
    return Replay(moment.text.text, first, standing.row.epoch, items, at if at < last else None)


def _furthest(first: int, to: int | None) -> int:
    """Return the last revision that a query names, or `first` where it names none.

    Raises:
        Problem: 422, it comes before `first`.
    """
    if to is not None and to < first:
        raise Problem(INVALID_QUERY, "`to` comes before `from` - at `$.to`")
    return first if to is None else to


async def _lines(store: Store, session_id: str, first: int, last: int) -> list[CommittedEdit]:
    """Return the log after revision `first` up to `last`, at most one page of it."""
    page = read_vouched(store, session_id, first, last)
    lines: list[CommittedOperation] = await anext(page, [])
    authors = await authors_of(store, session_id)
    return [
        CommittedEdit(
            revision=line.revision,
            participant=authors[line.participant_id],
            committed_at=rfc3339(line.committed_at),
            op=Raw(line.operation),
        )
        for line in lines
    ]


class _Authors(dict[str, Author]):
    """By participant id; without a row there is an author without a name."""

    def __missing__(self, participant_id: str) -> Author:
        return Author(participant_id, "", color(0))


async def authors_of(store: Store, session_id: str) -> Mapping[str, Author]:
    """Return everybody who may have written something in a session, by participant id."""
    return _Authors(
        (row.id, Author(row.id, row.name, color(row.ordinal)))
        for row, _ in await store.participants(session_id)
    )

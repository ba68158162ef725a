"""Runs that people show to each other: code runs in their browsers, and its output is kept here.

The output is what its sender says: text that is shown with the sender's name, and that nothing
here depends on.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from ot_protocol.messages import Count
from ot_protocol.names import Language
from ot_server.access.roles import Action
from ot_server.http.framework.problem import NO_SUCH_REVISION, NO_SUCH_SESSION, Problem, ProblemType
from ot_server.http.framework.routing import Routes, SessionCall
from ot_server.http.history import Author, authors_of
from ot_server.store.rows import How, RunRow
from ot_server.times import Time, rfc3339

__all__ = ["routes"]

routes = Routes("runs")

RUN_OFF: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "run_off", "running code is switched off in this session"
)
NO_SUCH_RUN: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_run", "the session has no such run, or does not keep it any more"
)

ExitCode = Annotated[int, Meta(ge=0, le=255)]


class Piece(Struct, forbid_unknown_fields=True):
    """A part of what was printed."""

    stream: Literal["stdout", "stderr"]
    text: str


class NewRun(Struct, forbid_unknown_fields=True, kw_only=True):
    """A run to be shown to everybody."""

    revision: Count
    """Of the text that was run."""
    edited: bool = False
    """Whether that text also had edits that were not committed yet."""
    language: Language
    how: How
    """`ended` by itself, `stopped` by the user, or the browser's worker has `crashed`."""
    exit: ExitCode | None = None
    """The exit code, where it has ended by itself."""
    milliseconds: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    input: str = ""
    """What it has read."""
    output: list[Piece] = []
    """What it has printed, in order.  Of the output and of the input, the first `run_bytes` are
    kept."""
    cut: bool = False
    """Whether there was more input or output."""


class ListedRun(Struct, kw_only=True):
    """How a run went."""

    number: int
    """Counts the shared runs of the session, from 1 on."""
    participant: Author
    revision: int
    edited: bool
    language: str
    how: How
    exit: int | None
    milliseconds: int
    created_at: Time


class Runs(Struct):
    """The newest runs of a session, the newest first."""

    items: list[ListedRun]


class Body(Struct):
    """What is kept of what a run has read and printed."""

    input: str
    output: list[Piece]
    cut: bool


class Run(ListedRun, kw_only=True):
    """A run, and what it has read and printed."""

    input: str
    output: list[Piece]
    cut: bool
    """Whether there was more input or output."""


@routes.post(
    "/sessions/{session_id}/runs",
    action=Action.EDIT,
    status=HTTPStatus.CREATED,
    problems=(RUN_OFF, NO_SUCH_REVISION),
)
async def share_run(call: SessionCall[NewRun, None]) -> ListedRun:
    """Share a run of the session's code with everybody in it; the newest 20 are kept."""
    services, new = call.services, call.body
    services.limits.count_run(call.caller.id)
    if not services.settings.run:
        raise Problem(RUN_OFF, "running code is switched off on this server")
    standing = await services.store.standing(call.session_id, (), ())
    if standing is None:
        raise Problem(NO_SUCH_SESSION)
    if new.revision > standing.row.head:
        raise Problem(NO_SUCH_REVISION)
    row = RunRow(
        session_id=call.session_id,
        number=0,
        participant_id=call.me.id,
        revision=new.revision,
        edited=new.edited,
        language=new.language,
        how=new.how,
        exit=new.exit if new.how == "ended" else None,
        milliseconds=new.milliseconds,
        created_at=time.time(),
    )
    body = msgspec.json.encode(_kept(new, services.settings.run_bytes))
    kept = await services.store.add_run(row, body, by=call.me)
    if kept is None:
        raise Problem(RUN_OFF)
    services.hub.mark_stale(call.session_id)
    authors = await authors_of(services.store, call.session_id)
    return _listed(kept, authors[kept.participant_id])


@routes.get("/sessions/{session_id}/runs", action=Action.READ)
async def list_runs(call: SessionCall[None, None]) -> Runs:
    """Return how the newest shared runs went."""
    store = call.services.store
    rows = await store.runs(call.session_id)
    authors = await authors_of(store, call.session_id)
    return Runs([_listed(row, authors[row.participant_id]) for row in rows])


@routes.get(
    "/sessions/{session_id}/runs/{number}",
    action=Action.READ,
    problems=(NO_SUCH_RUN,),
    numbers=("number",),
)
async def read_run(call: SessionCall[None, None]) -> Run:
    """Return a run, and what it has read and printed."""
    store = call.services.store
    found = await store.run(call.session_id, call.number("number"))
    if found is None:
        raise Problem(NO_SUCH_RUN)
    row, content = found
    authors = await authors_of(store, call.session_id)
    body = msgspec.json.decode(content, type=Body)
    listed = _listed(row, authors[row.participant_id])
    return Run(**msgspec.structs.asdict(listed), **msgspec.structs.asdict(body))


def _listed(row: RunRow, author: Author) -> ListedRun:
    return ListedRun(
        number=row.number,
        participant=author,
        revision=row.revision,
        edited=row.edited,
        language=row.language,
        how=row.how,
        exit=row.exit,
        milliseconds=row.milliseconds,
        created_at=rfc3339(row.created_at),
    )


def _kept(new: NewRun, most: int) -> Body:
    """Return the first `most` bytes of input, and of output, each in UTF-8."""
    cut = new.cut
    input_ = _first(new.input, most)
    output, room = list[Piece](), most
    for piece in new.output:
        text = _first(piece.text, room)
        room -= len(text.encode())
        if text:
            output.append(Piece(piece.stream, text))
        cut = cut or len(text) < len(piece.text)
    return Body(input_, output, cut or len(input_) < len(new.input))


def _first(text: str, most: int) -> str:
    """Return the first characters of a text that have `most` bytes together."""
    return text[:most].encode()[:most].decode(errors="ignore")

"""The assistant: what it finds, what it writes, and what people make of that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, assert_never

from aiohttp import web
from msgspec import Meta, Struct

from ot_protocol.messages import Count, Offset
from ot_server.access.roles import Action, is_allowed
from ot_server.assistant.changes import client_that_undoes, undo
from ot_server.assistant.problems import DETAILS, AssistantFailed, FailureCode
from ot_server.assistant.writing import Ended, Event, Place, Progressed, Started, Writing
from ot_server.errors import AlreadyWriting, StoreUnavailable, TokensSpent
from ot_server.http.framework.events import EVENT_STREAM, send_events
from ot_server.http.framework.problem import (
    FORBIDDEN,
    INVALID_BODY,
    LOCKED,
    NO_SUCH_REVISION,
    Problem,
    ProblemType,
)
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.history import Author, authors_of
from ot_server.http.text import EDIT_PROBLEMS, TOO_OLD, Edited, edited, expected, newest
from ot_server.session.actor import Actor
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantRun, RunKind
from ot_server.times import Time, rfc3339

__all__ = [
    "ASKING",
    "NO_SUCH_RUN",
    "AiRun",
    "asked_run",
    "asking",
    "made_by",
    "require_epoch",
    "routes",
    "run_views",
]

routes = Routes("assistant")

BUSY: Final = ProblemType(
    HTTPStatus.CONFLICT, "assistant_busy", "the assistant is at work in this session"
)
TOKENS_SPENT: Final = ProblemType(
    HTTPStatus.TOO_MANY_REQUESTS, "assistant_tokens_spent", "the assistant has done enough today"
)
NO_SUCH_RUN: Final = ProblemType(
    HTTPStatus.NOT_FOUND,
    "no_such_assistant_run",
    "the assistant has done no such thing in this session",
)
STATUS_OF: Final[dict[FailureCode, HTTPStatus]] = {
    "assistant_not_configured": HTTPStatus.SERVICE_UNAVAILABLE,
    "assistant_stopped": HTTPStatus.SERVICE_UNAVAILABLE,
    "assistant_timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "assistant_text_too_long": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "assistant_lock_lost": HTTPStatus.CONFLICT,
    "locked": LOCKED.status,
}
"""All others are the fault of whom we ask."""
FAILURES: Final = {
    code: ProblemType(STATUS_OF.get(code, HTTPStatus.BAD_GATEWAY), code, detail)
    for code, detail in DETAILS.items()
}
ASKING: Final = (*FAILURES.values(), TOKENS_SPENT)
A_WHILE: Final = {"Retry-After": "3600"}
"""Tokens come back as the day goes by, in seconds."""

State = Literal["running", "done", "cancelled", "failed", "interrupted"]


class Generating(Struct, forbid_unknown_fields=True):
    """What the assistant is to write, and where."""

    instruction: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[^\x00]*\Z")]
    selection: tuple[Offset, Offset] | None = None
    """What is replaced, in code points; where it isn't said it writes at the end."""
    revision: Count | None = None
    """Of the text that the selection is in; the head where it isn't said."""
    lock: bool = True
    """Whether nobody else edits while it writes."""


class AiRun(Struct):
    """What the assistant was asked, and what came of it."""

    id: str
    kind: RunKind
    participant: Author
    """Who asked."""
    instruction: str
    model: str | None
    """None where none was asked."""
    lock: bool
    state: State
    """`interrupted`: its server died."""
    problem: str | None
    """The code of what went wrong."""
    revision: int
    """The head when it began."""
    last_revision: int | None
    """The last one that it has written."""
    undone: int | None
    """The revision that took it back."""
    input_tokens: int
    output_tokens: int
    """As long as it runs, the most that they may become."""
    started_at: Time
    ended_at: Time | None


class AiRuns(Struct):
    """What the assistant has done here."""

    configured: bool
    """Whether there is one; without it there is a linter."""
    model: str | None
    items: list[AiRun]
    """The newest first; of each session the last 100 are kept."""


@routes.get("/sessions/{session_id}/ai", action=Action.READ)
async def list_runs(call: SessionCall[None, None]) -> AiRuns:
    """Return what the assistant was asked in a session, and what came of it."""
    services = call.services
    rows = await services.store.assistant_runs(call.session_id)
    items = await run_views(services.store, call.session_id, rows)
    return AiRuns(services.assistant.is_configured, services.assistant.model, items)


@routes.post(
    "/sessions/{session_id}/ai/generate",
    action=Action.EDIT,
    problems=(*ASKING, BUSY, NO_SUCH_REVISION, TOO_OLD),
    media=EVENT_STREAM,
)
async def generate(call: SessionCall[Generating, None]) -> web.StreamResponse:
    """Let the assistant write into the text, and be told how far it is.

    The events are `started`, `progress` as often as something was written, and at the end
    `done` or `error`.  Who no longer listens doesn't stop it.
    """
    services, body = call.services, call.body
    actor = await newest(services, call.session_id)
    place = await _place(actor, body)
    with asking():
        writing = await services.assistant.generate(
            actor, call.me, call.caller.id, body.instruction, place, locks=body.lock
        )
    first = await writing.events.get()
    if isinstance(first, Ended):
        if first.error is not None:
            raise first.error
        if first.problem is not None:
            raise Problem(FAILURES[first.problem], first.detail or None)

    async def view() -> AiRun | None:
        try:
            kept = await services.store.assistant_run(call.session_id, writing.run.id)
            (run,) = await run_views(services.store, call.session_id, [kept or writing.run])
        except StoreUnavailable:
            return None
        return run

    return await send_events(call.request, _events(writing, first, view))


@routes.delete("/sessions/{session_id}/ai/{ai_run_id}", action=Action.EDIT, problems=(NO_SUCH_RUN,))
async def stop_run(call: SessionCall[None, None]) -> None:
    """Stop the assistant in what it does: who asked for it may, and owners.

    What it has written stays.  Where it has ended already nothing happens.
    """
    run = await asked_run(call, call.path["ai_run_id"])
    if run.participant_id != call.me.id and not is_allowed(call.me.role, Action.STOP):
        raise Problem(FORBIDDEN)
    if run.is_live:
        await call.services.assistant.stop(run)


@routes.post(
    "/sessions/{session_id}/ai/{ai_run_id}/undo",
    action=Action.EDIT,
    problems=(*EDIT_PROBLEMS, BUSY, NO_SUCH_RUN),
)
async def undo_run(call: SessionCall[None, None]) -> Reply[Edited]:
    """Take back what the assistant has written in one go, once, by one more edit.

    What others have typed inside of it stays.
    """
    run = await asked_run(call, call.path["ai_run_id"])
    if run.is_live:
        raise Problem(BUSY)
    actor = await expected(call)
    require_epoch(actor, run)
    return edited(run.epoch, await undo(actor, call.me.id, run))


@contextmanager
def asking() -> Iterator[None]:
    """In this block what the assistant can't do is a problem."""
    try:
        yield
    except AssistantFailed as error:
        raise Problem(FAILURES[error.code], str(error)) from None
    except AlreadyWriting:
        raise Problem(BUSY) from None
    except TokensSpent as error:
        whose = "you may have" if error.whose == "caller" else "this server has"
        detail = f"the assistant has done as much as {whose} in a day"
        raise Problem(TOKENS_SPENT, detail, A_WHILE) from None


async def asked_run(
    call: SessionCall[Any, Any], run_id: str, missing: ProblemType = NO_SUCH_RUN
) -> AssistantRun:
    run = await call.services.store.assistant_run(call.session_id, run_id)
    if run is None:
        raise Problem(missing)
    return run


def require_epoch(actor: Actor, run: AssistantRun) -> None:
    """Let nothing be made of what was about another lineage.

    Raises:
        Problem: 409, it was.
    """
    if actor.replica.epoch != run.epoch:
        raise Problem(TOO_OLD, "the session has begun a new epoch since")


async def run_views(store: Store, session_id: str, runs: Sequence[AssistantRun]) -> list[AiRun]:
    """Return runs of a session as everybody in it sees them."""
    authors = await authors_of(store, session_id)
    clients = {run.id: client_that_undoes(run.id) for run in runs}
    undone = await made_by(store, session_id, clients)
    return [_view(run, authors[run.participant_id], undone.get(run.id)) for run in runs]


async def made_by(
    store: Store, session_id: str, clients: Mapping[str, str]
) -> dict[str, int | None]:
    """Return the revisions that these clients have made, by what each is for."""
    standing = await store.standing(session_id, (), clients.values())
    rows = standing.clients if standing else {}
    return {
        purpose: rows[client].last_revision for purpose, client in clients.items() if client in rows
    }


def _view(run: AssistantRun, asker: Author, undone: int | None) -> AiRun:
    state: State = run.outcome or ("running" if run.is_live else "interrupted")
    return AiRun(
        id=run.id,
        kind=run.kind,
        participant=asker,
        instruction=run.instruction,
        model=run.model,
        lock=run.locks,
        state=state,
        problem=run.problem,
        revision=run.first,
        last_revision=run.last,
        undone=undone,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        started_at=rfc3339(run.started_at),
        ended_at=rfc3339(run.ended_at) if run.ended_at is not None else None,
    )


async def _events(
    writing: Writing, event: Event, view: Callable[[], Awaitable[AiRun | None]]
) -> AsyncIterator[tuple[str, object]]:
    """Yield what is told of a run, by name, from its first event on."""
    run_id = writing.run.id
    while True:
        match event:
            case Started(revision):
                yield "started", {"run": run_id, "revision": revision}
            case Progressed(revision, characters):
                yield (
                    "progress",
                    {"run": run_id, "revision": revision, "characters": characters},
                )
            case Ended(_, None):
                yield "done", {"run": await view(), "cut": event.is_cut}
                return
            case Ended(_, problem):
                assert problem is not None
                detail = event.detail or DETAILS[problem]
                yield "error", {"code": problem, "detail": detail, "run": await view()}
                return
            case _:
                assert_never(event)
        event = await writing.events.get()


async def _place(actor: Actor, body: Generating) -> Place | None:
    """Return where to write.

    Raises:
        Problem: 404, 409 or 422: nowhere in this text.
    """
    if body.selection is None:
        return None
    head = actor.replica.head
    revision = head if body.revision is None else body.revision
    if revision > head:
        raise Problem(NO_SUCH_REVISION)
    if head - revision > actor.settings.transform_lag:
        raise Problem(TOO_OLD)
    await actor.reach(revision)
    start, stop = sorted(body.selection)
    if stop > actor.replica.document.history.length_at(revision):
        raise Problem(INVALID_BODY, "it ends after the text - at `$.selection`")
    return Place(start, stop, revision)

"""The assistant: what it finds, what it writes, and what people make of that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, assert_never

from aiohttp import web

from ot_server.access.roles import Action, is_allowed
from ot_server.assistant.changes import apply, undo
from ot_server.assistant.problems import DETAILS, AssistantFailed, FailureCode
from ot_server.assistant.writing import Ended, Event, Place, Progressed, Started, Writing
from ot_server.errors import AlreadyWriting, LinesGone, StoreUnavailable, TokensSpent
from ot_server.http.assistant_shapes import (
    AiRun,
    AiRuns,
    Debugging,
    Findings,
    Generating,
    findings_view,
    kept_findings,
    run_views,
)
from ot_server.http.edits import EDIT_PROBLEMS, TOO_OLD, Edited, edited, expected, newest
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
from ot_server.session.actor import Actor
from ot_server.store.rows import AssistantRun

__all__ = ["routes"]

routes = Routes("assistant")

BUSY: Final = ProblemType(
    HTTPStatus.CONFLICT, "assistant_busy", "the assistant is at work in this session"
)
TOKENS_SPENT: Final = ProblemType(
    HTTPStatus.TOO_MANY_REQUESTS, "assistant_tokens_spent", "the assistant has done enough today"
)
LINES_GONE: Final = ProblemType(
    HTTPStatus.CONFLICT, "lines_gone", "a line that was to be changed has been deleted"
)
NOTHING_PROPOSED: Final = ProblemType(
    HTTPStatus.CONFLICT, "nothing_proposed", "the finding proposes no change"
)
NO_SUCH_RUN: Final = ProblemType(
    HTTPStatus.NOT_FOUND,
    "no_such_assistant_run",
    "the assistant has done no such thing in this session",
)
NO_SUCH_FINDING: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_finding", "the assistant has found no such thing here"
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


@routes.get("/sessions/{session_id}/ai", action=Action.READ)
async def list_runs(call: SessionCall[None, None]) -> AiRuns:
    """Return what the assistant was asked in a session, and what came of it."""
    services = call.services
    rows = await services.store.assistant_runs(call.session_id)
    items = await run_views(services.store, call.session_id, rows)
    return AiRuns(services.assistant.is_configured, services.assistant.model, items)


@routes.get("/sessions/{session_id}/ai/{ai_run_id}", action=Action.READ, problems=(NO_SUCH_RUN,))
async def read_run(call: SessionCall[None, None]) -> Findings:
    """Return one of them, with what it has found."""
    return await findings_view(call.services.store, await _run(call, call.path["ai_run_id"]))


@routes.post("/sessions/{session_id}/ai/debug", action=Action.ASK, problems=ASKING)
async def debug(call: SessionCall[Debugging, None]) -> Findings:
    """Look for mistakes in the text as it is now.

    Without an assistant it is what the linter says.
    """
    services = call.services
    actor = await newest(services, call.session_id)
    with _asking():
        run, _ = await services.assistant.debug(
            actor, call.me, call.caller.id, call.body.instruction
        )
    kept = await services.store.assistant_run(call.session_id, run.id)
    return await findings_view(call.services.store, kept or run)


@routes.post(
    "/sessions/{session_id}/ai/findings/{finding_id}/apply",
    action=Action.EDIT,
    problems=(*EDIT_PROBLEMS, LINES_GONE, NOTHING_PROPOSED, NO_SUCH_FINDING),
)
async def apply_finding(call: SessionCall[None, None]) -> Reply[Edited]:
    """Make the change that a finding proposes, once, however often it is asked for.

    It is an edit of the text that the finding is about, merged with what came since.
    """
    id_ = call.path["finding_id"]
    run = await _run(call, id_.rpartition(".")[0], NO_SUCH_FINDING)
    finding = next((item for item in kept_findings(run) if item.id == id_), None)
    if finding is None:
        raise Problem(NO_SUCH_FINDING)
    if finding.replacement is None:
        raise Problem(NOTHING_PROPOSED)
    actor = await expected(call)
    _require_epoch(actor, run)
    try:
        return edited(run.epoch, await apply(actor, call.me.id, finding))
    except LinesGone as error:
        raise Problem(LINES_GONE, str(error)) from None


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
    with _asking():
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
    run = await _run(call, call.path["ai_run_id"])
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
    run = await _run(call, call.path["ai_run_id"])
    if run.is_live:
        raise Problem(BUSY)
    actor = await expected(call)
    _require_epoch(actor, run)
    return edited(run.epoch, await undo(actor, call.me.id, run))


@contextmanager
def _asking() -> Iterator[None]:
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


async def _run(
    call: SessionCall[Any, Any], run_id: str, missing: ProblemType = NO_SUCH_RUN
) -> AssistantRun:
    run = await call.services.store.assistant_run(call.session_id, run_id)
    if run is None:
        raise Problem(missing)
    return run


def _require_epoch(actor: Actor, run: AssistantRun) -> None:
    """Let nothing be made of what was about another lineage.

    Raises:
        Problem: 409, it was.
    """
    if actor.replica.epoch != run.epoch:
        raise Problem(TOO_OLD, "the session has begun a new epoch since")

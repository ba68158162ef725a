"""The assistant: its tasks, the text that it writes, and its proposals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, assert_never

from aiohttp import web
from msgspec import Meta, Struct

from ot_protocol.messages import Count, Offset
from ot_protocol.names import Instruction
from ot_server.access.roles import Action, is_allowed
from ot_server.assistant.changes import client_that_undoes, undo
from ot_server.assistant.failures import DETAILS, AssistantFailed, FailureCode
from ot_server.assistant.writing import Ended, Event, Place, Progressed, Started, Writing
from ot_server.errors import StoreUnavailable
from ot_server.http.framework.answers import ASSISTANT_BUSY, TOKENS_SPENT
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
from ot_server.store.rows import AssistantTask, TaskKind
from ot_server.times import Time, rfc3339

__all__ = [
    "ASKING",
    "NO_SUCH_TASK",
    "Task",
    "asked_task",
    "asking",
    "made_by",
    "require_epoch",
    "routes",
    "task_views",
]

routes = Routes("assistant")

NO_SUCH_TASK: Final = ProblemType(
    HTTPStatus.NOT_FOUND,
    "no_such_task",
    "the assistant has no such task in this session",
)
STATUS_OF: Final[dict[FailureCode, HTTPStatus]] = {
    "assistant_not_configured": HTTPStatus.SERVICE_UNAVAILABLE,
    "assistant_stopped": HTTPStatus.SERVICE_UNAVAILABLE,
    "assistant_timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "assistant_text_too_long": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "assistant_lock_lost": HTTPStatus.CONFLICT,
    "locked": LOCKED.status,
}
"""All others are 502: the model's host has failed."""
FAILURES: Final = {
    code: ProblemType(STATUS_OF.get(code, HTTPStatus.BAD_GATEWAY), code, detail)
    for code, detail in DETAILS.items()
}
ASKING: Final = (*FAILURES.values(), TOKENS_SPENT)

State = Literal["running", "done", "cancelled", "failed", "interrupted"]


class Generating(Struct, forbid_unknown_fields=True):
    """What the assistant is to write, and where."""

    instruction: Annotated[Instruction, Meta(min_length=1)]
    selection: tuple[Offset, Offset] | None = None
    """What is replaced, in code points; by default it writes at the end."""
    revision: Count | None = None
    """Of the text that the selection is in; the head by default."""
    lock: bool = True
    """Whether it locks the session while it writes."""


class Task(Struct):
    """What the assistant was asked to do, and the outcome."""

    id: str
    kind: TaskKind
    participant: Author
    """Who asked."""
    instruction: str
    model: str | None
    """Null where no model was asked."""
    lock: bool
    state: State
    """`interrupted`: its server died."""
    failure: str | None
    """The code of what went wrong."""
    revision: int
    """The head when it began."""
    last_revision: int | None
    """The last revision that it has written."""
    undone: int | None
    """The revision that took it back."""
    input_tokens: int
    output_tokens: int
    """While it is at work, the most that it may use."""
    started_at: Time
    ended_at: Time | None


class Tasks(Struct):
    """The tasks of the assistant in a session."""

    configured: bool
    """Whether there is an assistant; without one there is a linter."""
    model: str | None
    items: list[Task]
    """The newest first; of each session the last 100 are kept."""


@routes.get("/sessions/{session_id}/ai", action=Action.READ)
async def list_tasks(call: SessionCall[None, None]) -> Tasks:
    """Return what the assistant was asked to do in a session, and the outcomes."""
    services = call.services
    rows = await services.store.assistant_tasks(call.session_id)
    items = await task_views(services.store, call.session_id, rows)
    return Tasks(services.assistant.is_configured, services.assistant.model, items)


@routes.post(
    "/sessions/{session_id}/ai/generate",
    action=Action.EDIT,
    problems=(*ASKING, ASSISTANT_BUSY, NO_SUCH_REVISION, TOO_OLD),
    media=EVENT_STREAM,
)
async def generate(call: SessionCall[Generating, None]) -> web.StreamResponse:
    """Let the assistant write into the text, and tell how far it is.

    The events are `started`, `progress` whenever something was written, and at the end `done` or
    `error`.  It goes on when the caller no longer listens.
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
        if first.failure is not None:
            raise Problem(FAILURES[first.failure], first.detail or None)

    async def view() -> Task | None:
        try:
            kept = await services.store.assistant_task(call.session_id, writing.task.id)
            (task,) = await task_views(services.store, call.session_id, [kept or writing.task])
        except StoreUnavailable:
            return None
        return task

    return await send_events(call.request, _events(writing, first, view))


@routes.delete("/sessions/{session_id}/ai/{task_id}", action=Action.EDIT, problems=(NO_SUCH_TASK,))
async def stop_task(call: SessionCall[None, None]) -> None:
    """Stop a task.  The participant who asked for it may do that, and owners.

    What it has written stays.  If it has ended already, nothing happens.
    """
    task = await asked_task(call, call.path["task_id"])
    if task.participant_id != call.me.id and not is_allowed(call.me.role, Action.STOP):
        raise Problem(FORBIDDEN)
    if task.is_live:
        await call.services.assistant.stop(task)


@routes.post(
    "/sessions/{session_id}/ai/{task_id}/undo",
    action=Action.EDIT,
    problems=(*EDIT_PROBLEMS, ASSISTANT_BUSY, NO_SUCH_TASK),
)
async def undo_task(call: SessionCall[None, None]) -> Reply[Edited]:
    """Take back what a task has written, once, by one more edit.

    What others have typed inside of it stays.
    """
    task = await asked_task(call, call.path["task_id"])
    if task.is_live:
        raise Problem(ASSISTANT_BUSY)
    actor = await expected(call)
    require_epoch(actor, task)
    return edited(task.epoch, await undo(actor, call.me.id, task))


@contextmanager
def asking() -> Iterator[None]:
    """Make a failure of the assistant in this block a problem."""
    try:
        yield
    except AssistantFailed as error:
        raise Problem(FAILURES[error.code], str(error)) from None


async def asked_task(
    call: SessionCall[Any, Any], task_id: str, missing: ProblemType = NO_SUCH_TASK
) -> AssistantTask:
    task = await call.services.store.assistant_task(call.session_id, task_id)
    if task is None:
        raise Problem(missing)
    return task


def require_epoch(actor: Actor, task: AssistantTask) -> None:
    """Refuse what was about another epoch.

    Raises:
        Problem: 409, it was.
    """
    if actor.replica.epoch != task.epoch:
        raise Problem(TOO_OLD, "the session has begun a new epoch since")


async def task_views(store: Store, session_id: str, tasks: Sequence[AssistantTask]) -> list[Task]:
    """Return tasks of a session as they are shown to everybody in it."""
    authors = await authors_of(store, session_id)
    clients = {task.id: client_that_undoes(task.id) for task in tasks}
    undone = await made_by(store, session_id, clients)
    return [_view(task, authors[task.participant_id], undone.get(task.id)) for task in tasks]


async def made_by(
    store: Store, session_id: str, clients: Mapping[str, str]
) -> dict[str, int | None]:
    """Return the revisions that these clients have made, by the same keys."""
    standing = await store.standing(session_id, (), clients.values())
    rows = standing.clients if standing else {}
    return {
        purpose: rows[client].last_revision for purpose, client in clients.items() if client in rows
    }


def _view(task: AssistantTask, asker: Author, undone: int | None) -> Task:
    state: State = task.outcome or ("running" if task.is_live else "interrupted")
    return Task(
        id=task.id,
        kind=task.kind,
        participant=asker,
        instruction=task.instruction,
        model=task.model,
        lock=task.locks,
        state=state,
        failure=task.failure,
        revision=task.first,
        last_revision=task.last,
        undone=undone,
        input_tokens=task.input_tokens,
        output_tokens=task.output_tokens,
        started_at=rfc3339(task.started_at),
        ended_at=rfc3339(task.ended_at) if task.ended_at is not None else None,
    )


async def _events(
    writing: Writing, event: Event, view: Callable[[], Awaitable[Task | None]]
) -> AsyncIterator[tuple[str, object]]:
    """Yield the events of a task, each with its name."""
    task_id = writing.task.id
    while True:
        match event:
            case Started(revision):
                yield "started", {"task": task_id, "revision": revision}
            case Progressed(revision, characters):
                yield (
                    "progress",
                    {"task": task_id, "revision": revision, "characters": characters},
                )
            case Ended(_, None):
                yield "done", {"task": await view(), "cut": event.is_cut}
                return
            case Ended(_, failure):
                assert failure is not None
                detail = event.detail or DETAILS[failure]
                yield "error", {"code": failure, "detail": detail, "task": await view()}
                return
            case _:
                assert_never(event)
        event = await writing.events.get()


async def _place(actor: Actor, body: Generating) -> Place | None:
    """Return where to write.

    Raises:
        Problem: 404, 409 or 422, the place is not in this text.
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

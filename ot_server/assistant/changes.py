"""The changes that people make by the assistant: a proposal applied, or a task's text taken back.

Each is an edit of theirs, made once however many people ask for it and however often.  It has a
client of its own, whose id is made of what it is for, so that the rule that an edit has one
effect holds for it on all nodes.

Of a proposal only what differs is changed, so that what others have typed meanwhile on the same
lines stays.  But something must be left of each line, and an empty one must still be a line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID, uuid5

from ot_core import Component, Operation, transform_index
from ot_server.assistant.proposals import Proposal, line_span
from ot_server.errors import LinesGone
from ot_server.history.restore import diff_within
from ot_server.history.revert import taking_back
from ot_server.log.past import moment_at
from ot_server.log.reading import undisturbed
from ot_server.log.steps import composed, leading
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed, Refused
from ot_server.session.server_edits import server_edit
from ot_server.store.rows import AssistantTask

__all__ = ["apply", "client_that_applies", "client_that_undoes", "participant_id", "undo"]

PURPOSES: Final = UUID("3f6c2f0e-5f0b-4c58-9d0c-0a3b1f1f7a52")
"""The name space of the clients' ids."""


def participant_id(session_id: str) -> str:
    """Return the id of the assistant in a session."""
    return f"assistant-{session_id}"


def client_that_applies(proposal_id: str) -> str:
    """Return the id of the client that applies a proposal."""
    return str(uuid5(PURPOSES, f"apply {proposal_id}"))


def client_that_undoes(task_id: str) -> str:
    """Return the id of the client that takes back what a task has written."""
    return str(uuid5(PURPOSES, f"undo {task_id}"))


async def apply(actor: Actor, participant: str, proposal: Proposal) -> Answer:
    """Commit the change of a proposal.

    Raises:
        LinesGone: one of its lines has been deleted.
        NoSuchSession, NoSuchRevision, Evicted: the session is another one by now.
        Corrupt: the log doesn't lead there.
        StoreUnavailable, OutcomeUnknown: the store can't be reached.
    """

    async def make() -> tuple[Operation, int, int]:
        epoch = actor.replica.epoch
        return await _operation_of(actor, proposal), proposal.revision, epoch

    client = client_that_applies(proposal.id)
    return await _commit_once(actor, client, participant, make)


async def undo(actor: Actor, participant: str, task: AssistantTask) -> Answer:
    """Take back what a task has written, and nothing that others have typed inside of it.

    It raises what `ServerEdits.edit` and `taking_back` do.
    """

    async def make() -> tuple[Operation, int, int]:
        head, epoch = actor.replica.head, actor.replica.epoch
        last = head if task.last is None else task.last
        return await taking_back(actor, task.id, task.first, last), head, epoch

    client = client_that_undoes(task.id)
    return await _commit_once(actor, client, participant, make)


async def _commit_once(
    actor: Actor,
    client_id: str,
    participant: str,
    make: Callable[[], Awaitable[tuple[Operation, int, int]]],
) -> Answer:
    """Commit what `make` returns, as a participant's edit; if that was done before, say where.

    `make` returns an operation, the revision of the text that it is for, and the epoch.  If it
    changes nothing, nothing is committed, and the answer is that revision.  The client belongs
    to the assistant, so that all who ask share it.
    """
    owner = participant_id(actor.id)
    client = await actor.server_edits.claimed(client_id, owner)
    if client.last_revision is not None:
        return Committed(client.last_revision)
    operation, revision, epoch = await make()
    if operation.is_noop:
        return Committed(revision)
    seq = client.last_seq + 1
    request = server_edit(client_id, participant, operation, revision, seq=seq)
    answer = await actor.server_edits.decided(request, epoch)
    if isinstance(answer, Refused) and answer.code == "seq_reused":
        # Somebody asked for it at the same time, when the text was another one.
        client = await actor.server_edits.claimed(client_id, owner)
        if client.last_revision is not None:
            return Committed(client.last_revision)
    return answer


async def _operation_of(actor: Actor, proposal: Proposal) -> Operation:
    """Return the change of a proposal, on the text at the proposal's revision.

    Raises:
        LinesGone: not all of its lines are there any more.
        NoSuchSession, NoSuchRevision, Evicted: the session is another one by now.
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    store, head = actor.store, actor.replica.head
    async with undisturbed(store, actor.id, head):
        text = (await moment_at(store, actor.id, proposal.revision)).text.text
        since = await composed(leading(store, actor.id, proposal.revision, head), len(text))
    return await asyncio.to_thread(_operation, text, proposal, since, actor.settings.components)


def _operation(text: str, proposal: Proposal, since: Operation, most_components: int) -> Operation:
    now = since.apply(text)
    for number in range(proposal.first_line, proposal.last_line + 1):
        start, stop = line_span(text, number, number)
        if _is_gone(start, stop, since) if start < stop else _is_joined(start, since, now):
            raise LinesGone(f"line {number} has been deleted")
    start, stop = line_span(text, proposal.first_line, proposal.last_line)
    replacement = proposal.replacement or ""
    if not replacement:  # the lines go, and a newline with them
        start, stop = (start, stop + 1) if stop < len(text) else (max(0, start - 1), stop)
    change = diff_within(text[start:stop], replacement, most_components - 2)
    around = (start, len(text) - stop)
    components: list[Component] = [*change.components]
    if around[0]:
        components.insert(0, around[0])
    if around[1]:
        components.append(around[1])
    return Operation(components)


def _is_gone(start: int, stop: int, since: Operation) -> bool:
    """Whether nothing of what was in ``[start, stop)`` is left."""
    position = 0
    for component in since.components:
        if isinstance(component, str):
            continue
        if position >= stop:
            break
        if component > 0 and position + component > start:
            return False
        position += abs(component)
    return True


def _is_joined(at: int, since: Operation, now: str) -> bool:
    """Whether what was an empty line is no line of its own any more.

    It is one if a newline before or after it is left, and it still begins and ends as a line.
    """
    beside = [index for index in (at - 1, at) if 0 <= index < since.base_length]
    if not beside:
        return False  # it was all the text
    if all(_is_gone(index, index + 1, since) for index in beside):
        return True
    start = transform_index(since, at)
    if now[max(0, start - 1) : start] not in ("", "\n"):
        return True
    if at not in beside or not _is_gone(at, at + 1, since):
        return False  # the text, or a newline, ends it
    stop = transform_index(since, at + 1)
    return now[stop : stop + 1] not in ("", "\n")

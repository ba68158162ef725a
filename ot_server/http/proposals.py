"""Proposals: the mistakes that the assistant finds, and the changes that would mend them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct, structs

from ot_protocol.messages import Severity
from ot_protocol.names import Instruction
from ot_server.access.roles import Action
from ot_server.assistant.changes import apply, client_that_applies
from ot_server.assistant.proposals import Category, Proposal, Source
from ot_server.http.assistant import (
    ASKING,
    NO_SUCH_TASK,
    Task,
    asked_task,
    asking,
    made_by,
    require_epoch,
    task_views,
)
from ot_server.http.framework.answers import LINES_GONE
from ot_server.http.framework.problem import Problem, ProblemType
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.text import EDIT_PROBLEMS, Edited, edited, expected, newest
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantTask

__all__ = ["routes"]

routes = Routes("assistant")


NOTHING_PROPOSED: Final = ProblemType(
    HTTPStatus.CONFLICT, "nothing_proposed", "the proposal names a mistake, and proposes no change"
)
NO_SUCH_PROPOSAL: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_proposal", "the assistant has made no such proposal here"
)


class Debugging(Struct, forbid_unknown_fields=True):
    """What the assistant is to look for."""

    instruction: Instruction = ""
    """What matters most, if anything does."""


class ProposalView(Struct):
    """A mistake in the text at a revision, and the change that would mend it."""

    id: str
    source: Source
    first_line: int
    """From 1 on."""
    last_line: int
    severity: Severity
    category: Category
    explanation: str
    replacement: str | None
    """What should take the place of these lines; empty: nothing, null: no change."""
    revision: int
    """Of the text that it is about."""
    applied: int | None
    """The revision that has applied it, if one has."""


class Proposals(Struct):
    """The proposals of a task."""

    task: Task
    items: list[ProposalView]


@routes.get("/sessions/{session_id}/ai/{task_id}", action=Action.READ, problems=(NO_SUCH_TASK,))
async def read_task(call: SessionCall[None, None]) -> Proposals:
    """Return a task of the assistant's, with its proposals."""
    return await _proposals_view(call.services.store, await asked_task(call, call.path["task_id"]))


@routes.post("/sessions/{session_id}/ai/debug", action=Action.ASK, problems=ASKING)
async def debug(call: SessionCall[Debugging, None]) -> Proposals:
    """Look for mistakes in the text as it is now.

    Without an assistant the proposals are the linter's.
    """
    services = call.services
    actor = await newest(services, call.session_id)
    with asking():
        task, _ = await services.assistant.debug(
            actor, call.me, call.caller.id, call.body.instruction
        )
    kept = await services.store.assistant_task(call.session_id, task.id)
    return await _proposals_view(call.services.store, kept or task)


@routes.post(
    "/sessions/{session_id}/ai/proposals/{proposal_id}/apply",
    action=Action.EDIT,
    problems=(*EDIT_PROBLEMS, LINES_GONE, NOTHING_PROPOSED, NO_SUCH_PROPOSAL),
)
async def apply_proposal(call: SessionCall[None, None]) -> Reply[Edited]:
    """Apply a proposal, once, however often that is asked for.

    It is an edit of the text that the proposal is about, merged with what came since.
    """
    id_ = call.path["proposal_id"]
    task = await asked_task(call, id_.rpartition(".")[0], NO_SUCH_PROPOSAL)
    proposal = next((item for item in _kept_proposals(task) if item.id == id_), None)
    if proposal is None:
        raise Problem(NO_SUCH_PROPOSAL)
    if proposal.replacement is None:
        raise Problem(NOTHING_PROPOSED)
    actor = await expected(call)
    require_epoch(actor, task)
    return edited(task.epoch, await apply(actor, call.me.id, proposal))


async def _proposals_view(store: Store, task: AssistantTask) -> Proposals:
    """Return a task with its proposals, and which of them were applied."""
    kept = _kept_proposals(task)
    (view,) = await task_views(store, task.session_id, [task])
    clients = {item.id: client_that_applies(item.id) for item in kept}
    applied = await made_by(store, task.session_id, clients)
    items = [ProposalView(**structs.asdict(item), applied=applied.get(item.id)) for item in kept]
    return Proposals(view, items)


def _kept_proposals(task: AssistantTask) -> list[Proposal]:
    """Return the proposals of a task, as they are kept."""
    return msgspec.json.decode(task.proposals, type=list[Proposal]) if task.proposals else []

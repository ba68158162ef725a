"""What the assistant finds, and the changes that it proposes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, structs

from ot_protocol.messages import Severity
from ot_server.access.roles import Action
from ot_server.assistant.changes import apply, client_that_applies
from ot_server.assistant.findings import Category, Finding, Source
from ot_server.errors import LinesGone
from ot_server.http.assistant import (
    ASKING,
    NO_SUCH_RUN,
    AiRun,
    asked_run,
    asking,
    made_by,
    require_epoch,
    run_views,
)
from ot_server.http.framework.problem import Problem, ProblemType
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.text import EDIT_PROBLEMS, Edited, edited, expected, newest
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantRun

__all__ = ["routes"]

routes = Routes("assistant")

Instruction = Annotated[str, Meta(max_length=4_000, pattern=r"^[^\x00]*\Z")]

LINES_GONE: Final = ProblemType(
    HTTPStatus.CONFLICT, "lines_gone", "a line that was to be changed has been deleted"
)
NOTHING_PROPOSED: Final = ProblemType(
    HTTPStatus.CONFLICT, "nothing_proposed", "the finding proposes no change"
)
NO_SUCH_FINDING: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_finding", "the assistant has found no such thing here"
)


class Debugging(Struct, forbid_unknown_fields=True):
    """What the assistant is to look at."""

    instruction: Instruction = ""
    """What matters most, if anything does."""


class FindingView(Struct):
    """A mistake in the text at a revision."""

    id: str
    source: Source
    first_line: int
    """From 1 on."""
    last_line: int
    severity: Severity
    category: Category
    explanation: str
    replacement: str | None
    """What is proposed for these lines; an empty text takes them away, None proposes nothing."""
    revision: int
    """Of the text that it was found in."""
    applied: int | None
    """The revision that has made the change, if one has."""


class Findings(Struct):
    """What was found."""

    run: AiRun
    items: list[FindingView]


@routes.get("/sessions/{session_id}/ai/{ai_run_id}", action=Action.READ, problems=(NO_SUCH_RUN,))
async def read_run(call: SessionCall[None, None]) -> Findings:
    """Return one of them, with what it has found."""
    return await _findings_view(call.services.store, await asked_run(call, call.path["ai_run_id"]))


@routes.post("/sessions/{session_id}/ai/debug", action=Action.ASK, problems=ASKING)
async def debug(call: SessionCall[Debugging, None]) -> Findings:
    """Look for mistakes in the text as it is now.

    Without an assistant it is what the linter says.
    """
    services = call.services
    actor = await newest(services, call.session_id)
    with asking():
        run, _ = await services.assistant.debug(
            actor, call.me, call.caller.id, call.body.instruction
        )
    kept = await services.store.assistant_run(call.session_id, run.id)
    return await _findings_view(call.services.store, kept or run)


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
    run = await asked_run(call, id_.rpartition(".")[0], NO_SUCH_FINDING)
    finding = next((item for item in _kept_findings(run) if item.id == id_), None)
    if finding is None:
        raise Problem(NO_SUCH_FINDING)
    if finding.replacement is None:
        raise Problem(NOTHING_PROPOSED)
    actor = await expected(call)
    require_epoch(actor, run)
    try:
        return edited(run.epoch, await apply(actor, call.me.id, finding))
    except LinesGone as error:
        raise Problem(LINES_GONE, str(error)) from None


async def _findings_view(store: Store, run: AssistantRun) -> Findings:
    """Return a run with what it has found, and what of that was made."""
    kept = _kept_findings(run)
    (view,) = await run_views(store, run.session_id, [run])
    clients = {item.id: client_that_applies(item.id) for item in kept}
    applied = await made_by(store, run.session_id, clients)
    items = [FindingView(**structs.asdict(item), applied=applied.get(item.id)) for item in kept]
    return Findings(view, items)


def _kept_findings(run: AssistantRun) -> list[Finding]:
    """Return what a run has found, as it is kept."""
    return msgspec.json.decode(run.findings, type=list[Finding]) if run.findings else []

"""What the calls of the assistant take and answer, made of what the store keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs

from ot_protocol.messages import Count, Offset, Severity
from ot_server.assistant.changes import client_that_applies, client_that_undoes
from ot_server.assistant.findings import Category, Finding, Source
from ot_server.http.authors import Author, authors_of
from ot_server.store.base import Store
from ot_server.store.rows import AssistantRun, RunKind
from ot_server.times import Time, rfc3339

__all__ = [
    "AiRun",
    "AiRuns",
    "Debugging",
    "Findings",
    "Generating",
    "findings_view",
    "kept_findings",
    "run_views",
]

Instruction = Annotated[str, Meta(max_length=4_000, pattern=r"^[^\x00]*\Z")]
State = Literal["running", "done", "cancelled", "failed", "interrupted"]


class Debugging(Struct, forbid_unknown_fields=True):
    """What the assistant is to look at."""

    instruction: Instruction = ""
    """What matters most, if anything does."""


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


class AiRuns(Struct):
    """What the assistant has done here."""

    configured: bool
    """Whether there is one; without it there is a linter."""
    model: str | None
    items: list[AiRun]
    """The newest first; of each session the last 100 are kept."""


async def findings_view(store: Store, run: AssistantRun) -> Findings:
    """Return a run with what it has found, and what of that was made."""
    kept = kept_findings(run)
    (view,) = await run_views(store, run.session_id, [run])
    clients = {item.id: client_that_applies(item.id) for item in kept}
    applied = await _made(store, run.session_id, clients)
    items = [FindingView(**structs.asdict(item), applied=applied.get(item.id)) for item in kept]
    return Findings(view, items)


def kept_findings(run: AssistantRun) -> list[Finding]:
    """Return what a run has found, as it is kept."""
    return msgspec.json.decode(run.findings, type=list[Finding]) if run.findings else []


async def run_views(store: Store, session_id: str, runs: Sequence[AssistantRun]) -> list[AiRun]:
    """Return runs of a session as everybody in it sees them."""
    authors = await authors_of(store, session_id)
    clients = {run.id: client_that_undoes(run.id) for run in runs}
    undone = await _made(store, session_id, clients)
    return [_view(run, authors[run.participant_id], undone.get(run.id)) for run in runs]


async def _made(store: Store, session_id: str, clients: Mapping[str, str]) -> dict[str, int | None]:
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

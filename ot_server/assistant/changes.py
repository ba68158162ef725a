"""What people make of the assistant's work: take a proposal, or take back what it has written.

Each is an edit of theirs, and is made once, however many ask for it.
"""

from __future__ import annotations

from ot_core import Operation
from ot_server.assistant.findings import Finding
from ot_server.assistant.proposals import proposal
from ot_server.history.once import client_of, commit_once
from ot_server.history.taking_back import taking_back
from ot_server.session.actor import Actor
from ot_server.session.request import Answer
from ot_server.store.rows import AssistantRun

__all__ = ["apply", "client_that_applies", "client_that_undoes", "participant_id", "undo"]


def participant_id(session_id: str) -> str:
    """Return the id of the assistant in a session."""
    return f"assistant-{session_id}"


def client_that_applies(finding_id: str) -> str:
    """Return the id of the client that makes what a finding proposes."""
    return client_of(f"apply {finding_id}")


def client_that_undoes(run_id: str) -> str:
    """Return the id of the client that takes back what a run has written."""
    return client_of(f"undo {run_id}")


async def apply(actor: Actor, participant: str, finding: Finding) -> Answer:
    """Commit what a finding proposes; it raises what `Actor.edit` and `proposal` do."""

    async def make() -> tuple[Operation, int, int]:
        epoch = actor.replica.epoch
        return await proposal(actor, finding), finding.revision, epoch

    client = client_that_applies(finding.id)
    return await commit_once(actor, client, participant_id(actor.id), participant, make)


async def undo(actor: Actor, participant: str, run: AssistantRun) -> Answer:
    """Take back what a run has written, and nothing of what others have typed inside of it.

    It raises what `Actor.edit` and `taking_back` do.
    """

    async def make() -> tuple[Operation, int, int]:
        head, epoch = actor.replica.head, actor.replica.epoch
        last = head if run.last is None else run.last
        return await taking_back(actor, run.id, run.first, last), head, epoch

    client = client_that_undoes(run.id)
    return await commit_once(actor, client, participant_id(actor.id), participant, make)

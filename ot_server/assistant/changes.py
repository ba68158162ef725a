"""What people make of the assistant's work: take a proposal, or take back what it has written.

Each is an edit of theirs, and is made once, however often and by however many it is asked for:
it has a client of its own, whose id is made of what it is for.  So the rule that an edit has one
effect, which holds for everybody, holds for it on all nodes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID, uuid5

from ot_core import Operation
from ot_server.assistant.findings import Finding
from ot_server.assistant.proposals import proposal
from ot_server.history.revert import taking_back
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed, Refused
from ot_server.session.server_edits import server_edit
from ot_server.store.rows import AssistantRun

__all__ = ["apply", "client_that_applies", "client_that_undoes", "participant_id", "undo"]

PURPOSES: Final = UUID("3f6c2f0e-5f0b-4c58-9d0c-0a3b1f1f7a52")
"""The name space of such clients."""


def participant_id(session_id: str) -> str:
    """Return the id of the assistant in a session."""
    return f"assistant-{session_id}"


def client_that_applies(finding_id: str) -> str:
    """Return the id of the client that makes what a finding proposes."""
    return str(uuid5(PURPOSES, f"apply {finding_id}"))


def client_that_undoes(run_id: str) -> str:
    """Return the id of the client that takes back what a run has written."""
    return str(uuid5(PURPOSES, f"undo {run_id}"))


async def apply(actor: Actor, participant: str, finding: Finding) -> Answer:
    """Commit what a finding proposes; it raises what `Actor.edit` and `proposal` do."""

    async def make() -> tuple[Operation, int, int]:
        epoch = actor.replica.epoch
        return await proposal(actor, finding), finding.revision, epoch

    client = client_that_applies(finding.id)
    return await _commit_once(actor, client, participant, make)


async def undo(actor: Actor, participant: str, run: AssistantRun) -> Answer:
    """Take back what a run has written, and nothing of what others have typed inside of it.

    It raises what `Actor.edit` and `taking_back` do.
    """

    async def make() -> tuple[Operation, int, int]:
        head, epoch = actor.replica.head, actor.replica.epoch
        last = head if run.last is None else run.last
        return await taking_back(actor, run.id, run.first, last), head, epoch

    client = client_that_undoes(run.id)
    return await _commit_once(actor, client, participant, make)


async def _commit_once(
    actor: Actor,
    client_id: str,
    participant: str,
    make: Callable[[], Awaitable[tuple[Operation, int, int]]],
) -> Answer:
    """Commit what `make` returns, as a participant's; if that was done before, say where.

    That is an operation, on the text at a revision, of an epoch.  Where there is nothing to
    change nothing is committed, and the answer is that revision.  The client is the
    assistant's, for all who ask.
    """
    owner = participant_id(actor.id)
    client = await actor.claimed(client_id, owner)
    if client.last_revision is not None:
        return Committed(client.last_revision)
    operation, revision, epoch = await make()
    if operation.is_noop:
        return Committed(revision)
    seq = client.last_seq + 1
    request = server_edit(client_id, participant, operation, revision, seq=seq)
    answer = await actor.decided(request, epoch)
    if isinstance(answer, Refused) and answer.code == "seq_reused":
        # Somebody has asked for it at the same time, and the text was another by then.
        client = await actor.claimed(client_id, owner)
        if client.last_revision is not None:
            return Committed(client.last_revision)
    return answer

"""Planted bugs in what is committed and when, and in what is answered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import pytest
from msgspec import structs

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.session import batch
from ot_server.session.batch import Decision
from ot_server.session.committing import Committing
from ot_server.session.replica import Replica
from ot_server.session.request import Answer, Refused, Request
from ot_server.store.rows import ClientRow, Commit
from tests.server.props.memory_store import MemoryStore
from tests.simulation.planting import Bugs
from tests.simulation.promises import Promise

__all__ = ["BUGS"]

BUGS: Final = Bugs()

_tasks: list[asyncio.Task[None]] = []


@BUGS.breaking(Promise.COMMITTED, Promise.ACKED, Promise.KEPT, Promise.RECORDED)
def ack_before_commit(patch: pytest.MonkeyPatch) -> None:
    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        lines, clients = decision.lines, list(decision.clients.values())
        wanted = Commit(self._id, replica.epoch, replica.version, lines, clients)
        _tasks.append(asyncio.create_task(_suppressed(self._store.commit(wanted))))
        replica.adopt(lines, decision.operations, decision.buffer, decision.size, clients)
        return True

    patch.setattr(Committing, "commit", commit)


@BUGS.breaking(Promise.COMMITTED)
def announce_before_commit(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        if decision.lines:
            await self.announce(replica, decision, replica.chain)
        return await real(self, replica, decision)

    patch.setattr(Committing, "commit", commit)


@BUGS.breaking(Promise.ONCE)
def no_dedup(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "_answer_again", lambda *_: None)


@BUGS.breaking(Promise.REFUSED)
def dedup_after_authorisation(patch: pytest.MonkeyPatch) -> None:
    real = batch._answer_again

    def answer_again(
        replica: Replica, decision: Decision, client: ClientRow, request: Request
    ) -> Answer | None:
        role = replica.roles.get(request.participant_id)
        if request.edit.seq <= client.last_seq and role != "editor":
            return Refused("forbidden", "your role doesn't allow to edit")
        return real(replica, decision, client, request)

    patch.setattr(batch, "_answer_again", answer_again)


@BUGS.breaking(Promise.ROLES)
def primary_key_only(patch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.commit

    async def commit(self: MemoryStore, wanted: Commit) -> bool:
        row = self.sessions[wanted.session_id].row
        if any(line.revision <= row.head for line in wanted.operations):
            return False
        return await real(self, structs.replace(wanted, version=row.version))

    patch.setattr(MemoryStore, "commit", commit)


@BUGS.breaking(Promise.ROLES)
def no_version_on_access_changes(patch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.set_role

    def set_role(self: MemoryStore, session_id: str, *change: Any) -> None:
        version = self.sessions[session_id].row.version
        real(self, session_id, *change)
        kept = self.sessions[session_id]
        kept.row = structs.replace(kept.row, version=version)

    patch.setattr(MemoryStore, "set_role", set_role)


@BUGS.breaking(Promise.RECORDED, Promise.REFUSED)
def refusal_not_recorded(patch: pytest.MonkeyPatch) -> None:
    real = batch.decide

    def decide(*arguments: Any) -> Decision:
        decision = real(*arguments)
        for request, answer in decision.answers:
            if isinstance(answer, Refused) and answer.code != "seq_reused":
                decision.clients.pop(request.client_id, None)
        return decision

    patch.setattr("ot_server.session.actor.decide", decide)


@BUGS.breaking(Promise.RECORDED, Promise.REFUSED, Promise.ANSWERED)
def unknown_outcome_treated_as_failed(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        try:
            return await real(self, replica, decision)
        except OutcomeUnknown:
            decision.answers = [
                (request, Refused("invalid_operation", "it failed"))
                for request, _ in decision.answers
            ]
            decision.lines.clear()
            return True

    patch.setattr(Committing, "commit", commit)


async def _suppressed(work: Any) -> None:
    with suppress(StoreUnavailable, OutcomeUnknown):
        await work

"""Bugs that somebody might write, each planted into the real code by one small change.

Each says which promise it breaks: the simulation has to find just that, and soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import pytest
from msgspec import Raw, json, structs

from ot_client.connection import Connection as ClientConnection
from ot_client.outbox import Outbox
from ot_protocol.messages import Edit
from ot_server.http import edits
from ot_server.http.services import Services
from ot_server.sequencer.tail import Tail
from ot_server.session import batch, loading, replica
from ot_server.session.actor import Actor
from ot_server.session.batch import Decision
from ot_server.session.committing import Committing
from ot_server.session.hub import Hub
from ot_server.session.replica import Corrupt, Replica
from ot_server.session.request import Answer, Refused, Request
from ot_server.store.base import OutcomeUnknown, SessionStore, StoreUnavailable
from ot_server.store.rows import Block, ClientRow, Commit, CommittedOperation, Snapshot
from tests.server.memory_store import MemoryStore

__all__ = ["BUGS", "Bug"]

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """A change of the program, and what it breaks."""

    plant: Plant
    breaks: Collection[str]

    @property
    def name(self) -> str:
        return self.plant.__name__


BUGS: Final[list[Bug]] = []


def breaks(*promises: str) -> Callable[[Plant], Plant]:
    """Add a bug, which breaks one of these promises."""

    def add(plant: Plant) -> Plant:
        BUGS.append(Bug(plant, promises))
        return plant

    return add


COMMITTED: Final = "nothing is shown before it is committed"
ONCE: Final = "each edit has one effect"
ROLES: Final = "roles hold at the commit"
REFUSED: Final = "what was refused is not in the log"
FACT: Final = "a refusal is a fact"
REST: Final = "it comes to rest"
SHOWN: Final = "what is shown is the log"
FAST: Final = "news travel fast"


# The commit.

_tasks: list[asyncio.Task[None]] = []


@breaks(COMMITTED)
def ack_before_commit(patch: pytest.MonkeyPatch) -> None:
    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        lines, clients = decision.lines, list(decision.clients.values())
        wanted = Commit(self._id, replica.epoch, replica.version, lines, clients)
        _tasks.append(asyncio.create_task(_suppressed(self._store.commit(wanted))))
        replica.adopt(lines, decision.operations, decision.buffer, decision.size, clients)
        return True

    patch.setattr(Committing, "commit", commit)


@breaks(COMMITTED)
def announce_before_commit(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        if decision.lines:
            await self.announce(replica, decision, replica.chain)
        return await real(self, replica, decision)

    patch.setattr(Committing, "commit", commit)


@breaks(ONCE)
def no_dedup(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "_answer_again", lambda *_: None)


@breaks(REFUSED)
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


@breaks(ROLES)
def primary_key_only(patch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.commit

    async def commit(self: MemoryStore, wanted: Commit) -> bool:
        row = self.sessions[wanted.session_id].row
        if any(line.revision <= row.head for line in wanted.operations):
            return False
        return await real(self, structs.replace(wanted, version=row.version))

    patch.setattr(MemoryStore, "commit", commit)


@breaks(ROLES)
def no_version_on_access_changes(patch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.set_role

    def set_role(self: MemoryStore, session_id: str, *change: Any) -> None:
        version = self.sessions[session_id].row.version
        real(self, session_id, *change)
        kept = self.sessions[session_id]
        kept.row = structs.replace(kept.row, version=version)

    patch.setattr(MemoryStore, "set_role", set_role)


@breaks(FACT, REFUSED)
def refusal_not_recorded(patch: pytest.MonkeyPatch) -> None:
    real = batch.decide

    def decide(*arguments: Any) -> Decision:
        decision = real(*arguments)
        for request, answer in decision.answers:
            if isinstance(answer, Refused) and answer.code != "seq_reused":
                decision.clients.pop(request.client_id, None)
        return decision

    patch.setattr("ot_server.session.actor.decide", decide)


@breaks(FACT, REFUSED)
def unknown_outcome_treated_as_failed(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        try:
            return await real(self, replica, decision)
        except (OutcomeUnknown, TimeoutError):
            decision.answers = [
                (request, Refused("invalid_operation", "it failed"))
                for request, _ in decision.answers
            ]
            decision.lines.clear()
            return True

    patch.setattr(Committing, "commit", commit)


# What nodes know of each other.


@breaks(REST, FAST)
def tail_stuck_after_a_gap(patch: pytest.MonkeyPatch) -> None:
    """A node goes on by what it hears, and where that has a gap it waits for the rest."""

    async def from_tail(replica: Replica, sequencer: Any, row: Any) -> Sequence[CommittedOperation]:
        lines = await sequencer.tail(row.id, row.epoch, replica.head)
        if not lines or lines[-1].revision < row.head:
            raise StoreUnavailable("the tail has a gap")
        return [line for line in lines if line.revision <= row.head]

    patch.setattr(loading, "_from_tail", from_tail)


@breaks(REST, FAST)
def poll_of_redis_instead_of_the_store(patch: pytest.MonkeyPatch) -> None:
    async def look_after(self: Hub) -> None:
        await asyncio.gather(*(a.close() for a in self._let_go(self._settings.idle_seconds)))
        for actor in self._live():
            replica = actor.replica
            if await self._sequencer.tail(actor.id, replica.epoch, replica.head):
                actor.mark_stale()

    patch.setattr(Hub, "_look_after", look_after)


@breaks(SHOWN, REST, FAST)
def lost_gap_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ot_server.sequencer.tail.Tail.since", _since_without_gap_check)
    patch.setattr(loading, "vouch_for", lambda *_: None)
    patch.setattr(replica, "vouch_for", lambda *_: None)
    patch.setattr(loading, "_require_head", lambda *_: None)


def _since_without_gap_check(
    self: Tail, epoch: int, revision: int
) -> list[CommittedOperation] | None:
    if epoch != self._epoch or not self._operations:
        return None
    return [line for line in self._operations if line.revision > revision]


@breaks(REST, FAST)
def turn_waited_for_without_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ot_server.sequencer.redis.sequencer.TURN_SECONDS", 1e6)


# What a node holds of a session.


@breaks(REST, FAST)
def eviction_with_work_in_flight(patch: pytest.MonkeyPatch) -> None:
    def is_idle(self: Actor, seconds: float) -> bool:
        return asyncio.get_running_loop().time() - self._used >= seconds

    patch.setattr(Actor, "is_idle", is_idle)


@breaks(SHOWN, "each operation follows the text before it")
def empty_document_on_failed_load(patch: pytest.MonkeyPatch) -> None:
    real = loading.load

    async def load(store: SessionStore, session_id: str) -> tuple[Replica, Corrupt | None]:
        standing = await store.standing(session_id, (), ())
        try:
            return await real(store, session_id)
        except StoreUnavailable:
            assert standing is not None
            return Replica(standing, Snapshot(standing.row.head, ""), standing.row.chain), None

    patch.setattr("ot_server.session.actor.load", load)


@breaks("a snapshot is of what was committed")
def snapshot_of_uncommitted_state(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        if decision.lines:
            last = decision.lines[-1].revision
            block = Block(replica.head, last, b"[]")
            await self._store.save_snapshot(self._id, Snapshot(last, decision.buffer.text), block)
        return await real(self, replica, decision)

    patch.setattr(Committing, "commit", commit)


@breaks(COMMITTED, FAST, REST, SHOWN)
def epoch_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Replica, "may_lead_to", lambda self, row: row.head >= self.head)


@breaks("whoever reads finds what was written")
def read_without_catching_up(patch: pytest.MonkeyPatch) -> None:
    async def newest(services: Services, session_id: str, _min_revision: int = 0) -> Actor:
        return await services.hub.actor(session_id)

    patch.setattr(edits, "newest", newest)


@breaks(ROLES)
def roles_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "is_allowed", lambda *_: True)


@breaks("who is put out hears no more", "who is put out is told, and nobody else")
def nobody_told_of_roles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ot_server.session.audience.tell_roles", lambda *_: None)


# The client.


@breaks("what has been sent is frozen")
def reuse_of_a_frozen_outstanding(patch: pytest.MonkeyPatch) -> None:
    real = Outbox._edit

    def edit(self: Outbox, now: float) -> Edit:
        sent = self.sent
        message = real(self, now)
        outstanding = self._client.outstanding
        if sent is None or outstanding is None:
            return message
        op = Raw(json.encode(outstanding.components))
        self.sent = structs.replace(message, revision=self._client.revision, op=op)
        return self.sent

    patch.setattr(Outbox, "_edit", edit)


@breaks(ONCE)
def new_seq_after_reconnect(patch: pytest.MonkeyPatch) -> None:
    real = ClientConnection.lost

    def lost(self: ClientConnection) -> None:
        real(self)
        self._outbox.sent = None

    patch.setattr(ClientConnection, "lost", lost)


@breaks("nothing typed is lost")
def refused_typing_not_offered(patch: pytest.MonkeyPatch) -> None:
    real = ClientConnection._refused
    patch.setattr(ClientConnection, "_refused", lambda self, reason: real(self, reason)[:1])


async def _suppressed(work: Any) -> None:
    with suppress(StoreUnavailable, OutcomeUnknown):
        await work

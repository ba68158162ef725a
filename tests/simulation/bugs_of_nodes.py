"""Planted bugs in what a node holds of a session, and in what nodes know of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest

from ot_core import Operation, OTError
from ot_server.errors import Corrupt, StoreUnavailable
from ot_server.http import text
from ot_server.http.framework.services import Services
from ot_server.log.line import Text, decode
from ot_server.sequencer.tail import Tail
from ot_server.session import batch, loading, replica
from ot_server.session.actor import Actor
from ot_server.session.batch import Decision
from ot_server.session.committing import Committing
from ot_server.session.hub import Hub
from ot_server.session.replica import Replica
from ot_server.session.roster import Presence, Roster
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Block, CommittedOperation, Snapshot
from tests.simulation.planting import Bugs
from tests.simulation.promises import Promise

__all__ = ["BUGS"]

BUGS: Final = Bugs()

# What nodes know of each other.


@BUGS.breaking(Promise.REST, Promise.FAST, Promise.PUT_OUT)
def tail_stuck_after_a_gap(patch: pytest.MonkeyPatch) -> None:
    """A node only goes by what it hears; after a gap it waits for the rest for ever."""

    async def from_tail(replica: Replica, sequencer: Any, row: Any) -> Sequence[CommittedOperation]:
        lines = await sequencer.tail(row.id, row.epoch, replica.head)
        if not lines or lines[-1].revision < row.head:
            raise StoreUnavailable("the tail has a gap")
        return [line for line in lines if line.revision <= row.head]

    patch.setattr(loading, "_from_tail", from_tail)


@BUGS.breaking(Promise.REST, Promise.FAST)
def poll_of_redis_instead_of_the_store(patch: pytest.MonkeyPatch) -> None:
    async def look_after(self: Hub) -> None:
        await asyncio.gather(*(a.close() for a in self._let_go(self._settings.idle_seconds)))
        for actor in self._live():
            replica = actor.replica
            if await self._sequencer.tail(actor.id, replica.epoch, replica.head):
                actor.mark_stale()

    patch.setattr(Hub, "_look_after", look_after)


@BUGS.breaking(Promise.SHOWN, Promise.NODES, Promise.REFUSED, Promise.REST, Promise.FAST)
def lost_gap_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ot_server.sequencer.tail.Tail.since", _since_without_gap_check)
    patch.setattr(loading, "vouch_for_all", _last_chain)
    patch.setattr(replica, "vouch_for_all", _last_chain)
    patch.setattr(replica, "take_in", _take_in_unvouched)
    patch.setattr(loading, "_require_head", lambda *_: None)


def _since_without_gap_check(
    self: Tail, epoch: int, revision: int
) -> list[CommittedOperation] | None:
    if epoch != self._epoch or not self._operations:
        return None
    return [line for line in self._operations if line.revision > revision]


def _last_chain(lines: Sequence[CommittedOperation], _revision: int, chain: bytes) -> bytes:
    return lines[-1].chain if lines else chain


def _take_in_unvouched(
    line: CommittedOperation, _revision: int, _chain: bytes, text: Text
) -> Operation:
    operation = decode(line)
    try:
        text.apply(operation)
    except OTError as error:
        raise Corrupt(str(error)) from error
    return operation


# What a node holds of a session.


@BUGS.breaking(Promise.REST, Promise.FAST, Promise.PUT_OUT)
def eviction_with_work_in_flight(patch: pytest.MonkeyPatch) -> None:
    def is_idle(self: Actor, seconds: float) -> bool:
        return asyncio.get_running_loop().time() - self._used >= seconds

    patch.setattr(Actor, "is_idle", is_idle)


@BUGS.breaking(Promise.SHOWN, Promise.NODES, Promise.APPLIES, Promise.REST, Promise.FAST)
def empty_document_on_failed_load(patch: pytest.MonkeyPatch) -> None:
    real = loading.load

    async def load(store: SessionStore, session_id: str) -> tuple[Replica, Corrupt | None]:
        standing = await store.standing(session_id, (), ())
        try:
            return await real(store, session_id)
        except StoreUnavailable:
            assert standing is not None
            return Replica(standing, Snapshot(standing.row.head, ""), standing.row.chain), None

    patch.setattr("ot_server.session.hub.load", load)


@BUGS.breaking(Promise.SNAPSHOT)
def snapshot_of_uncommitted_state(patch: pytest.MonkeyPatch) -> None:
    real = Committing.commit

    async def commit(self: Committing, replica: Replica, decision: Decision) -> bool:
        if decision.lines:
            last = decision.lines[-1].revision
            block = Block(replica.head, last, b"[]")
            await self._store.save_snapshot(self._id, Snapshot(last, decision.buffer.text), block)
        return await real(self, replica, decision)

    patch.setattr(Committing, "commit", commit)


@BUGS.breaking(Promise.COMMITTED, Promise.FAST, Promise.REST, Promise.SHOWN)
def epoch_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Replica, "may_lead_to", lambda self, row: row.head >= self.head)


@BUGS.breaking(Promise.READ)
def read_without_catching_up(patch: pytest.MonkeyPatch) -> None:
    async def newest(services: Services, session_id: str, _min_revision: int = 0) -> Actor:
        return await services.hub.actor(session_id)

    patch.setattr(text, "newest", newest)


@BUGS.breaking(Promise.ROLES)
def roles_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "is_allowed", lambda *_: True)


@BUGS.breaking(Promise.PUT_OUT, Promise.TOLD)
def nobody_told_of_roles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ot_server.session.audience.tell_roles", lambda *_: None)


# Presence.


@BUGS.breaking(Promise.PRESENT)
def last_tab_speaks_for_its_participant(patch: pytest.MonkeyPatch) -> None:
    real = Roster.put

    def put(self: Roster, participant_id: str, client_id: str, presence: Presence) -> None:
        present = self._here.get(participant_id)
        if present is not None:
            present.presences.clear()
        real(self, participant_id, client_id, presence)

    patch.setattr(Roster, "put", put)


@BUGS.breaking(Promise.PRESENT)
def carets_of_closed_tabs_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Roster, "_drop", lambda *_, **__: None)

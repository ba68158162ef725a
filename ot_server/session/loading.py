"""Loads from the store: a whole session, what was missed, or more of the past.

A log that doesn't match its chain is never repaired by guessing: the session then opens
read-only, with the text up to the last sound line.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from ot_core import Operation
from ot_server.errors import Corrupt, NoSuchSession
from ot_server.log.line import decode, vouch_for_all
from ot_server.log.reading import STRETCH, chain_at, read_log
from ot_server.log.slices import Slices
from ot_server.sequencer.base import Sequencer
from ot_server.session.replica import Replica
from ot_server.store.contract import SessionStore
from ot_server.store.rows import (
    CommittedOperation,
    SessionRow,
    Snapshot,
    Standing,
    first_chain,
)

__all__ = ["catch_up", "load", "reach"]

log = structlog.get_logger(__name__)


async def load(store: SessionStore, session_id: str) -> tuple[Replica, Corrupt | None]:
    """Return a session from its newest snapshot and the log after it.

    Also returns what is wrong with the log, if anything: the replica then ends before that.

    Raises:
        NoSuchSession: there is none.
        StoreUnavailable: the store can't be read.
    """
    snapshot, standing = await _beginning(store, session_id)
    try:
        chain = await chain_at(store, session_id, snapshot.revision)
    except Corrupt as error:
        return Replica(standing, snapshot, first_chain(session_id)), error
    replica = Replica(standing, snapshot, chain)
    try:
        await _extend(replica, store, standing)
        _require_head(replica, standing.row)
    except Corrupt as error:
        return replica, error
    return replica, None


async def _beginning(store: SessionStore, session_id: str) -> tuple[Snapshot, Standing]:
    """Return the newest snapshot, and a standing of the same epoch, not behind it."""
    while True:
        before = await store.standing(session_id, (), ())
        # In this order, because others commit meanwhile: a snapshot is never ahead of a head that
        # is read later.
        snapshot = await store.snapshot(session_id)
        standing = await store.standing(session_id, (), ())
        if before is None or standing is None:
            raise NoSuchSession(session_id)
        if before.row.epoch == standing.row.epoch:
            return snapshot, standing


async def catch_up(
    replica: Replica, store: SessionStore, sequencer: Sequencer, standing: Standing
) -> None:
    """Take in what was committed elsewhere, up to the head of `standing`.

    Raises:
        Corrupt: the log doesn't continue what is held.
        StoreUnavailable: the store can't be read.
    """
    row = standing.row
    lines: Sequence[CommittedOperation] = ()
    if replica.head < row.head:
        lines = await _from_tail(replica, sequencer, row)
        if not lines:
            lines = await store.operations(row.id, replica.head, row.head)
    # Nothing is awaited from here on: head, version, roles and clients change together.
    replica.extend(lines)
    _require_head(replica, row)
    replica.believe(standing)


async def _from_tail(
    replica: Replica, sequencer: Sequencer, row: SessionRow
) -> Sequence[CommittedOperation]:
    """Return what leads to the head of the store, or nothing if it doesn't match the chain.

    A sequencer may be stale or wrong: then the store is asked, and no harm is done.
    """
    tail = await sequencer.tail(row.id, row.epoch, replica.head)
    lines = [line for line in tail or () if line.revision <= row.head]
    try:
        chain = vouch_for_all(lines, replica.head, replica.chain)
    except Corrupt:
        return ()
    return lines if lines and (lines[-1].revision, chain) == (row.head, row.chain) else ()


async def reach(replica: Replica, store: SessionStore, session_id: str, revision: int) -> None:
    """Make the replica hold history back to `revision`.

    Raises:
        Corrupt: the store's log doesn't lead to what is held.
        StoreUnavailable: the store can't be read.
    """
    try:
        await _reach(replica, store, session_id, revision)
    except Corrupt as error:
        log.error("history_corrupt", session=session_id, reason=str(error))
        raise


async def _reach(replica: Replica, store: SessionStore, session_id: str, revision: int) -> None:
    while replica.start > revision:
        start = replica.start
        first = max(revision, start - STRETCH)
        # One line more than needed, for its chain.
        lines = await store.operations(session_id, max(first - 1, 0), start)
        if replica.start != start:
            continue  # somebody else has just reached back
        if len(lines) != start - max(first - 1, 0):
            raise Corrupt(f"revisions are missing before {start}")
        chain = lines.pop(0).chain if first else first_chain(session_id)
        operations = await _decoded(lines)
        if replica.start == start:
            replica.reach_back(lines, operations, chain)


def _require_head(replica: Replica, row: SessionRow) -> None:
    """Refuse a log that doesn't lead to the head that the store names."""
    if replica.head < row.head:
        raise Corrupt(f"revision {replica.head + 1} is missing")
    if (replica.head, replica.chain) != (row.head, row.chain):
        raise Corrupt(f"the log leads to {replica.head}, but not to the head of the store")


async def _extend(replica: Replica, store: SessionStore, standing: Standing) -> None:
    row = standing.row
    slices = Slices()
    async for lines in read_log(store, row.id, replica.head, row.head):
        for line in lines:
            replica.extend([line])
            await slices.pause()


async def _decoded(lines: Sequence[CommittedOperation]) -> list[Operation]:
    """Return the operations of lines, decoded in slices.

    Raises:
        Corrupt: one of them is not an operation.
    """
    slices = Slices()
    operations: list[Operation] = []
    for line in lines:
        operations.append(decode(line))
        await slices.pause()
    return operations

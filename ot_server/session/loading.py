"""From the store into memory: a whole session, what was missed, or more of the past.

A log that can't be vouched for is never repaired by guessing: the session then opens
read-only, with the text up to the last sound line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from ot_core import InvalidOperation, Operation
from ot_protocol import decode_operation
from ot_server.errors import Corrupt, NoSuchSession
from ot_server.sequencer.base import Sequencer
from ot_server.session.pauses import Pauses
from ot_server.session.replica import Replica, vouch_for
from ot_server.store.base import SessionStore
from ot_server.store.rows import (
    CommittedOperation,
    SessionRow,
    Snapshot,
    Standing,
    first_chain,
)

__all__ = ["catch_up", "load", "reach"]

log = structlog.get_logger(__name__)

STRETCH: Final = 1_000
"""How many lines are read at a time."""


async def load(store: SessionStore, session_id: str) -> tuple[Replica, Corrupt | None]:
    """Return a session from its newest snapshot and the log after it.

    With it comes what is wrong with the log, if anything: the replica then ends
    before that.

    Raises:
        NoSuchSession: there is none.
        StoreUnavailable: the store can't be read.
    """
    snapshot, standing = await _beginning(store, session_id)
    lines = await store.operations(session_id, snapshot.revision - 1, snapshot.revision)
    chain = lines[0].chain if lines else first_chain(session_id)
    replica = Replica(standing, snapshot, chain)
    if snapshot.revision and not lines:
        return replica, Corrupt(f"revision {snapshot.revision}, of a snapshot, is missing")
    try:
        await _extend(replica, store, standing)
        _require_head(replica, standing.row)
    except Corrupt as error:
        return replica, error
    return replica, None


async def _beginning(store: SessionStore, session_id: str) -> tuple[Snapshot, Standing]:
    """Return the newest snapshot, and a standing of the same epoch whose log holds it."""
    while True:
        before = await store.standing(session_id, (), ())
        # In this order: others commit meanwhile, and a snapshot is never ahead of a later head.
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
    # From here on nothing is awaited: head, version, roles and clients change together.
    replica.extend(lines)
    _require_head(replica, row)
    replica.believe(standing)


async def _from_tail(
    replica: Replica, sequencer: Sequencer, row: SessionRow
) -> Sequence[CommittedOperation]:
    """Return what leads to the head of the store; nothing unless its chain vouches for all of it.

    A sequencer may be stale, or mistaken: then the store is asked, and nobody is the worse for it.
    """
    tail = await sequencer.tail(row.id, row.epoch, replica.head)
    lines = [line for line in tail or () if line.revision <= row.head]
    revision, chain = replica.head, replica.chain
    try:
        for line in lines:
            vouch_for(line, revision, chain)
            revision, chain = line.revision, line.chain
    except Corrupt:
        return ()
    return lines if (revision, chain) == (row.head, row.chain) else ()


async def reach(replica: Replica, store: SessionStore, session_id: str, revision: int) -> None:
    """Let the replica hold history back to `revision`.

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
        # One line more than is wanted, for the chain that it ends in.
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
    """Let nothing be built on a log that doesn't lead to the head that the store names."""
    if replica.head < row.head:
        raise Corrupt(f"revision {replica.head + 1} is missing")
    if (replica.head, replica.chain) != (row.head, row.chain):
        raise Corrupt(f"the log leads to {replica.head}, but not to the head of the store")


async def _extend(replica: Replica, store: SessionStore, standing: Standing) -> None:
    row = standing.row
    pauses = Pauses()
    while replica.head < row.head:
        last = min(row.head, replica.head + STRETCH)
        lines = await store.operations(row.id, replica.head, last)
        if not lines:
            raise Corrupt(f"revision {replica.head + 1} is missing")
        for line in lines:
            replica.extend([line])
            await pauses.take()


async def _decoded(lines: Sequence[CommittedOperation]) -> list[Operation]:
    """Return the operations of lines, read in slices.

    Raises:
        Corrupt: one of them is none.
    """
    pauses = Pauses()
    operations: list[Operation] = []
    for line in lines:
        try:
            operations.append(decode_operation(line.operation))
        except InvalidOperation as error:
            raise Corrupt(f"revision {line.revision}: {error}") from error
        await pauses.take()
    return operations

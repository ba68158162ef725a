"""A long log, written into a store as if people had typed it, with the snapshots of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import json

from ot_core import Operation
from ot_server.session.loading import load
from ot_server.session.snapshots import Snapshots
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Commit, CommittedOperation, extend_chain
from ot_server.telemetry.meters import Meters

__all__ = ["write_log"]

BATCH = 100


async def write_log(
    store: SessionStore,
    session_id: str,
    operations: Iterable[Operation],
    participants: Sequence[str],
    settings: Settings | None = None,
) -> None:
    """Commit operations, by these participants in turn, one each second since 1970."""
    settings = settings or Settings()
    replica, _ = await load(store, session_id)
    snapshots = Snapshots(session_id, store, settings, replica, Meters())
    left = iter(operations)
    while batch := list(islice(left, min(BATCH, settings.snapshot_operations))):
        lines: list[CommittedOperation] = []
        chain = replica.chain
        for revision, operation in enumerate(batch, replica.head + 1):
            stored = json.encode(operation.components)
            chain = extend_chain(chain, stored)
            by = participants[revision % len(participants)]
            lines.append(
                CommittedOperation(revision, None, None, by, stored, chain, float(revision))
            )
        assert await store.commit(Commit(session_id, replica.epoch, replica.version, lines, ()))
        replica.extend(lines)
        replica.version += 1
        snapshots.committed(replica, lines)
        if snapshots._task is not None:
            await snapshots._task

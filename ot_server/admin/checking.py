"""`check`: is a session what its log says?  `repair`: fixes what needs no guessing.

The log is the truth, and is read from the first operation to the last.  The snapshots and blocks
on the way must be what it leads to, the head must be its end, and what clients were told must be
in it.

Checking works beside a running server; repairing doesn't.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct

from ot_server.admin import Progress
from ot_server.admin.walk import Walk
from ot_server.store.contract import Store
from ot_server.store.rows import Block, ClientRow, SessionRow

__all__ = ["Cut", "Verdict", "check", "repair"]

END: Final = 2**63 - 1


class Cut(NamedTuple):
    """Where a log has to end."""

    revision: int
    chain: bytes
    lost: int
    """How many revisions are lost after it, including those whose lines are missing."""


class Verdict(Struct, frozen=True):
    """What a check has found, and what would repair it."""

    session_id: str
    title: str
    findings: list[str]
    """In plain words; empty if all is well."""
    snapshots: list[int]
    """The revisions of wrong snapshots, which can be dropped."""
    blocks: list[Block]
    """What the wrong blocks should be, by the log."""
    clients: list[ClientRow]
    """What the wrong rows should be, by the log."""
    cut: Cut | None
    """Until the log is cut here, the session can't be edited."""


async def check(store: Store, session_id: str, progress: Progress) -> Verdict | None:
    """Check a session; None if there is none.

    Raises:
        StoreUnavailable: the store can't be read.
    """
    # In this order, because others commit meanwhile: what was read first is never ahead of a
    # head that is read later.
    snapshots = await store.snapshot_revisions(session_id)
    blocks = await store.blocks(session_id, 0, END)
    end = await store.log_end(session_id)
    rows = await store.session_rows(session_id)
    if rows is None:
        return None
    walk = Walk(store, session_id, snapshots, blocks)
    await walk.to(max(rows.row.head, end), progress)
    cut = _judge_head(walk, rows.row, end)
    walk.findings += walk.blocks.findings
    if not walk.is_broken and cut is None:
        walk.findings += walk.clients.judge(rows.clients)
    if walk.findings and not await store.heads([session_id]):
        return None  # it was deleted while we read
    return Verdict(
        session_id,
        rows.info.title,
        walk.findings,
        sorted(walk.bad_snapshots),
        walk.blocks.mended,
        walk.clients.mended,
        cut,
    )


async def repair(store: Store, verdict: Verdict, *, cut: bool) -> None:
    """Repair what a check has found; cut the log only if `cut` allows it.

    Raises:
        StoreUnavailable, OutcomeUnknown: the store can't be written.
    """
    if verdict.snapshots:
        await store.delete_snapshots(verdict.session_id, verdict.snapshots)
    if verdict.blocks:
        await store.mend_blocks(verdict.session_id, verdict.blocks)
    if verdict.clients:
        await store.mend_clients(verdict.session_id, verdict.clients)
    if verdict.cut is not None and cut:
        await store.cut_log(verdict.session_id, verdict.cut.revision, verdict.cut.chain)


def _judge_head(walk: Walk, row: SessionRow, end: int) -> Cut | None:
    """Compare the head in the session's row with the end of its log."""
    walk.reject_snapshots_after(max(row.head, end))
    sound, chain = walk.moment.revision, walk.moment.chain
    if (sound, chain) == (row.head, row.chain):
        return None
    if sound > row.head:
        walk.findings.append(f"the head should be {sound}, where the log ends, not {row.head}")
    elif sound == row.head:
        walk.findings.append(f"the chain of the head, {sound}, is not what the log leads to")
    return Cut(sound, chain, max(row.head, end) - sound)

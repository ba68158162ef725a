"""`check`: is a session what its log says?  `repair`: what can be mended without guessing.

The log is the truth.  It is followed from the first operation to the last; the snapshots on
its way must be the text that it has there, the head must be its end, and what clients were
told must be in it.  Where a line is not sound the check goes on from the next snapshot, as
the server does: such a session has lost a part of its past, not its text.

Checking works beside a running server, repairing doesn't.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from ot_server.admin.clients import Clients
from ot_server.admin.log import Progress, follow, replica_at
from ot_server.session.replica import Corrupt, Replica
from ot_server.store.base import Store
from ot_server.store.rows import ClientRow, SessionRow

__all__ = ["Cut", "Verdict", "check", "repair"]


class Cut(NamedTuple):
    """Where a log has to end."""

    revision: int
    chain: bytes
    lost: int
    """How many revisions after it go: those whose lines there are, and those there were."""


class Verdict(Struct, frozen=True):
    """What a check has found, and what would mend it."""

    session_id: str
    title: str
    findings: list[str]
    """In plain words; none where all is well."""
    snapshots: list[int]
    """Revisions of those that are wrong: they are not needed."""
    clients: list[ClientRow]
    """As the log has them, of those that are wrong."""
    cut: Cut | None
    """Without it the session can't be edited."""


async def check(store: Store, session_id: str, progress: Progress) -> Verdict | None:
    """Check a session; None where there is none.

    Raises:
        StoreUnavailable: the store can't be read.
    """
    # In this order: others commit meanwhile, and what there was before is never ahead of a
    # later head.
    snapshots = await store.snapshot_revisions(session_id)
    end = await store.log_end(session_id)
    rows = await store.session_rows(session_id)
    if rows is None:
        return None
    walk = _Walk(store, session_id, snapshots, progress)
    await walk.to(max(rows.row.head, end))
    cut = walk.judge(rows.row, end)
    if not walk.is_broken and cut is None:
        walk.findings += walk.clients.judge(rows.clients)
    if walk.findings and not await store.heads([session_id]):
        return None  # it was deleted while we read
    return Verdict(
        session_id,
        rows.info.title,
        walk.findings,
        sorted(walk.bad_snapshots),
        walk.clients.mended,
        cut,
    )


async def repair(store: Store, verdict: Verdict, *, cut: bool) -> None:
    """Mend what a check has found; the log is cut only where `cut` allows it.

    Raises:
        StoreUnavailable, OutcomeUnknown: the store can't be written.
    """
    if verdict.snapshots:
        await store.delete_snapshots(verdict.session_id, verdict.snapshots)
    if verdict.clients:
        await store.mend_clients(verdict.session_id, verdict.clients)
    if verdict.cut is not None and cut:
        await store.cut_log(verdict.session_id, verdict.cut.revision, verdict.cut.chain)


class _Walk:
    """The way along one log."""

    def __init__(
        self, store: Store, session_id: str, snapshots: list[int], progress: Progress
    ) -> None:
        self.clients = Clients()
        self.findings: list[str] = []
        self.bad_snapshots: set[int] = set()
        self.is_broken = False
        """Whether a part of the log could not be followed."""
        self._store = store
        self._session_id = session_id
        self._snapshots = set(snapshots)
        self._progress = progress
        self._replica: Replica = replica_at(session_id)

    async def to(self, target: int) -> None:
        """Follow the log up to a revision, or as far as it can be followed."""
        while self._replica.head < target:
            try:
                async for line in follow(self._replica, self._store, self._session_id, target):
                    self.clients.note(line)
                    if line.revision in self._snapshots:
                        await self._compare(line.revision)
                    self._progress(line.revision, target)
            except Corrupt as error:
                self.is_broken = True
                sound = self._replica.head
                if not await self._leap(target):
                    self.findings.append(f"{error}: the log can be read up to revision {sound}")
                    return
                self.findings.append(
                    f"{error}: history from {sound + 1} to {self._replica.head} can't be read."
                    f"  The text is sound, from the snapshot at {self._replica.head} on;"
                    " only a backup has what lies before"
                )

    def judge(self, row: SessionRow, end: int) -> Cut | None:
        """Compare the head that the session names with where the log leads."""
        for revision in sorted(self._snapshots):
            if revision > max(row.head, end):
                self.bad_snapshots.add(revision)
                self.findings.append(f"there is a snapshot at revision {revision}, after the head")
        sound, chain = self._replica.head, self._replica.chain
        if (sound, chain) == (row.head, row.chain):
            return None
        if sound > row.head:
            self.findings.append(f"the head should be {sound}, where the log ends, not {row.head}")
        elif sound == row.head:
            self.findings.append(f"the head {sound} has another chain than the log leads to")
        return Cut(sound, chain, max(row.head, end) - sound)

    async def _compare(self, revision: int) -> None:
        snapshot = await self._store.snapshot(self._session_id, revision)
        if snapshot.revision != revision:
            self._reject(revision, "can't be read")
        elif snapshot.text != self._replica.document.text:
            self._reject(revision, "is not the text that the log has there")

    def _reject(self, revision: int, why: str) -> None:
        self.bad_snapshots.add(revision)
        self.findings.append(f"the snapshot at revision {revision} {why}; it is not needed")

    async def _leap(self, target: int) -> bool:
        """Go on from the next snapshot that a line leads to; say whether there is one."""
        for revision in sorted(self._snapshots):
            if not self._replica.head < revision <= target:
                continue
            snapshot = await self._store.snapshot(self._session_id, revision)
            if snapshot.revision != revision:
                self._reject(revision, "can't be read")
                continue
            lines = await self._store.operations(self._session_id, revision - 1, revision)
            if lines:
                self._replica = replica_at(self._session_id, snapshot, lines[0].chain)
                return True
        return False

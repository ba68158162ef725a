"""`Walk`: follows one log, and compares the snapshots and blocks on the way with it.

After a line that is not sound it goes on from the next snapshot, as the server does: such
a session has lost a part of its past, not its text.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ot_core import Attribution, OTError
from ot_server.admin import Progress
from ot_server.admin.blocks import Blocks
from ot_server.admin.clients import Clients
from ot_server.errors import Corrupt
from ot_server.log.past import Moment, beginning, walk
from ot_server.log.reading import chain_at
from ot_server.store.contract import Store
from ot_server.store.rows import Block, Snapshot

__all__ = ["Walk"]


class Walk:
    """Collects what is wrong, and what would be right."""

    def __init__(
        self,
        store: Store,
        session_id: str,
        snapshots: Iterable[int],
        blocks: Iterable[Block],
    ) -> None:
        self.moment: Moment = beginning(session_id, attributed=True)
        """The last line that is sound."""
        self.findings: list[str] = []
        self.bad_snapshots: set[int] = set()
        self.blocks = Blocks(blocks)
        self.clients = Clients()
        self.is_broken = False
        """Whether a part of the log could not be followed."""
        self._store = store
        self._session_id = session_id
        self._snapshots = sorted(snapshots)
        self.blocks.start(0, 0)

    async def to(self, target: int, progress: Progress) -> None:
        """Follow the log up to a revision, or as far as it can be followed."""
        kept = set(self._snapshots)
        while self.moment.revision < target:
            try:
                async for line, operation in walk(
                    self.moment, self._store, self._session_id, target
                ):
                    self.clients.note(line)
                    self.blocks.note(line.revision, operation)
                    if line.revision in kept:
                        await self._compare_snapshot(line.revision)
                    progress(line.revision, target)
            except Corrupt as error:
                self.is_broken = True
                sound = self.moment.revision
                if not await self._leap(target):
                    self.findings.append(f"{error}: the log is sound up to revision {sound}")
                    return
                self.findings.append(
                    f"{error}: only a backup has the history from {sound + 1} to"
                    f" {self.moment.revision}; the text, and what came later, is sound"
                )

    def reject_snapshots_after(self, head: int) -> None:
        """Reject snapshots after the last revision: there can be none."""
        for revision in self._snapshots:
            if revision > head:
                self._reject(revision, "is of a revision that doesn't exist")

    def _reject(self, revision: int, why: str) -> None:
        self.bad_snapshots.add(revision)
        self.findings.append(f"the snapshot at revision {revision} {why}; it is not needed")

    async def _compare_snapshot(self, revision: int) -> None:
        snapshot = await self._store.snapshot(self._session_id, revision)
        if snapshot.revision != revision:
            if revision in await self._store.snapshot_revisions(self._session_id):
                self._reject(revision, "can't be read")  # or it was thinned out meanwhile
        elif snapshot.text != self.moment.text.text:
            self._reject(revision, "is not the text that the log has there")
        elif not self._is_attributed(snapshot):
            self._reject(revision, "doesn't say who wrote what as the log does")

    def _is_attributed(self, snapshot: Snapshot) -> bool:
        if not snapshot.attribution or self.is_broken or self.moment.attribution is None:
            return True
        try:
            said = Attribution.from_wire(msgspec.json.decode(snapshot.attribution))
        except (msgspec.MsgspecError, OTError):
            return False
        return list(said.ranges()) == list(self.moment.attribution.ranges())

    async def _leap(self, target: int) -> bool:
        """Go on from the next snapshot that a line leads to; return whether there is one."""
        for revision in self._snapshots:
            if not self.moment.revision < revision <= target:
                continue
            snapshot = await self._store.snapshot(self._session_id, revision)
            if snapshot.revision != revision:
                self._reject(revision, "can't be read")
                continue
            try:
                chain = await chain_at(self._store, self._session_id, revision)
            except Corrupt:
                continue
            self.moment = Moment(snapshot, chain, attributed=True)
            self.blocks.start(revision, len(snapshot.text))
            return True
        return False

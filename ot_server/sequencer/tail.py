"""`Tail`: the newest operations of one session, as far as they were announced here.

Invariant: consecutive revisions of one epoch, at most `TAIL` of them and `TAIL_BYTES`.
"""

from __future__ import annotations

from collections import deque

from ot_server.sequencer.base import TAIL, TAIL_BYTES, Announcement
from ot_server.store.rows import CommittedOperation

__all__ = ["Tail"]


class Tail:
    """What was announced last."""

    def __init__(self) -> None:
        self._epoch = 0
        self._operations: deque[CommittedOperation] = deque()
        self._bytes = 0

    @property
    def head(self) -> int:
        """The last revision; 0 if nothing is known."""
        return self._operations[-1].revision if self._operations else 0

    def extend(self, announcement: Announcement) -> None:
        """Take in an announcement: what is known already stays; after a gap, begin anew."""
        if announcement.epoch < self._epoch:
            return
        head = self.head
        if announcement.epoch > self._epoch or announcement.operations[0].revision > head + 1:
            self._operations.clear()
            self._bytes = head = 0
        self._epoch = announcement.epoch
        for operation in announcement.operations:
            if operation.revision > head:
                self._operations.append(operation)
                self._bytes += len(operation.operation)
        while len(self._operations) > TAIL or self._bytes > TAIL_BYTES:
            self._bytes -= len(self._operations.popleft().operation)

    def since(self, epoch: int, revision: int) -> list[CommittedOperation] | None:
        """Return what follows a revision, or None if not all of it is known."""
        if epoch != self._epoch or not self._operations:
            return None
        first = self._operations[0].revision
        if first > revision + 1:
            return None
        return [line for line in self._operations if line.revision > revision]

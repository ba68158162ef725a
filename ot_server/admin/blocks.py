"""`Blocks`: are the stored blocks the compositions of their operations in the log?

Late edits, and reads of the past, are transformed over a block instead of over each of its
operations.  A wrong block would take them to a wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ot_core import History, Operation, OTError
from ot_protocol import decode_operation
from ot_server.store.rows import Block

__all__ = ["Blocks"]


class Blocks:
    """Composes the operations under each block, on the way along the log."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.findings: list[str] = []
        self.mended: list[Block] = []
        """What the wrong blocks should be, by the log."""
        self._ending = {block.last: block for block in blocks}
        self._until: dict[int, int] = {}
        """Revisions at which blocks begin -> the last revision of the longest of them."""
        for block in self._ending.values():
            self._until[block.first] = max(block.last, self._until.get(block.first, 0))
        self._since: dict[int, History] = {}
        """Revisions at which unfinished blocks begin -> the log since then."""

    def start(self, revision: int, length: int) -> None:
        """Begin, or begin again, at a text of `length` code points."""
        self._since.clear()
        self._enter(revision, length)

    def note(self, revision: int, operation: Operation) -> None:
        """Take in the next line of the log."""
        for history in self._since.values():
            history.append(operation)
        block = self._ending.get(revision)
        if block is not None:
            if block.first in self._since:
                self._compare(block, self._since[block.first].since(block.first))
            for first in [first for first in self._since if self._until[first] <= revision]:
                del self._since[first]
        self._enter(revision, operation.target_length)

    def _enter(self, revision: int, length: int) -> None:
        if self._until.get(revision, 0) > revision:
            self._since[revision] = History(length, revision)

    def _compare(self, block: Block, right: Operation) -> None:
        try:
            is_right = decode_operation(block.operation) == right
        except OTError:
            is_right = False
        if not is_right:
            self.findings.append(
                f"the block of revisions {block.first + 1} to {block.last} is not what the log"
                " makes: late edits could land in a wrong place"
            )
            mended = msgspec.json.encode(right.components)
            self.mended.append(Block(block.first, block.last, mended))

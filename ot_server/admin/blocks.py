"""`Blocks`: are the kept compositions what the log makes?

What comes late, or looks at the past, is moved over a block instead of over all of its
operations; a wrong one would move it to a wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ot_core import History, Operation, OTError
from ot_protocol import decode_operation
from ot_server.store.rows import Block

__all__ = ["Blocks"]


class Blocks:
    """Composes what lies under each block, on the way along the log."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.findings: list[str] = []
        self.mended: list[Block] = []
        """As the log makes them, of those that are wrong."""
        self._ending = {block.last: block for block in blocks}
        self._until: dict[int, int] = {}
        """Where blocks begin, and the last revision of those that begin there."""
        for block in self._ending.values():
            self._until[block.first] = max(block.last, self._until.get(block.first, 0))
        self._since: dict[int, History] = {}
        """The log since where a block begins, of those that the way is within."""

    def start(self, revision: int, length: int) -> None:
        """Begin, or begin again, at a text of so many code points."""
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

"""`History`: the committed operations, ready to be composed and rebased over.

Composition is exact, so it makes no difference to an uncommitted operation whether
it is transformed over n operations or over their composition.  The history therefore
keeps compositions of aligned blocks of 2, 4, 8, … revisions, made when first needed:
an operation that comes n revisions late meets O(log n) operations, not n.

The blocks are a cache: the least recently used make room, and all of them can be
dropped and made again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final, final

from ot_core.errors import LengthMismatch, UnknownRevision
from ot_core.operation import Operation, Text
from ot_core.transform import transform

__all__ = ["LARGEST", "History"]

LARGEST: Final = 20_000
"""Two operations with more components than this are not composed: some milliseconds' work."""

BLOCKS_SIZE: Final = 8 * 2**20
"""How much memory the blocks of one history may take, in bytes, estimated."""


@final
class History:
    """The operations after revision `revision`, when the text had `length` code points.

    >>> history = History()
    >>> history.append(Operation(["hi"]))
    1
    >>> history.append(Operation([2, "!"]))
    2
    >>> history.since(0)
    Operation(['hi!'])
    >>> history.rebase(Operation(["oh ", 2]), 1)
    Operation(['oh ', 3])
    """

    __slots__ = ("_blocks", "_blocks_size", "_most", "_operations", "_start", "length")

    length: int
    """The length of the text at the head, in code points."""

    def __init__(
        self, length: int = 0, revision: int = 0, *, blocks_size: int = BLOCKS_SIZE
    ) -> None:
        """Begin empty; all blocks together may take `blocks_size` bytes, estimated."""
        self._start = revision
        self._most = blocks_size
        self._blocks_size = 0
        self._operations: list[Operation] = []
        # (level, revision) -> the composition of the 2**level operations after that revision
        self._blocks: OrderedDict[tuple[int, int], Operation] = OrderedDict()
        self.length = length

    @property
    def start(self) -> int:
        """The revision that the history begins after."""
        return self._start

    @property
    def revision(self) -> int:
        """The head: the revision of the last operation."""
        return self._start + len(self._operations)

    def append(self, operation: Operation) -> int:
        """Commit an operation on the text at the head, and return its revision.

        Raises:
            LengthMismatch: it was not made for the text at the head.
        """
        if operation.base_length != self.length:
            raise LengthMismatch(
                f"an operation on {operation.base_length} code points can't follow "
                f"{self.length} of them"
            )
        self._operations.append(operation)
        self.length = operation.target_length
        return self.revision

    def prepend(self, operations: Sequence[Operation]) -> None:
        """Begin earlier: put the operations that lead up to `start` before it.

        Raises:
            LengthMismatch: one of them doesn't lead to the next; nothing has changed.
            UnknownRevision: there are more of them than revisions before `start`.
        """
        if len(operations) > self._start:
            raise UnknownRevision(f"no {len(operations)} revisions before {self._start}")
        following = [*operations[1:], *self._operations[:1]]
        for operation, next_operation in zip(operations, following, strict=False):
            if operation.target_length != next_operation.base_length:
                raise LengthMismatch(
                    f"an operation on {next_operation.base_length} code points can't follow "
                    f"{operation.target_length} of them"
                )
        if operations and not self._operations and operations[-1].target_length != self.length:
            raise LengthMismatch(f"the operations don't lead to {self.length} code points")
        self._operations[:0] = operations
        self._start -= len(operations)

    def forget(self, revision: int) -> None:
        """Drop the operations up to `revision`: the history then begins after it.

        Raises:
            UnknownRevision: the history doesn't hold that revision.
        """
        self._require(revision)
        del self._operations[: revision - self._start]
        self._start = revision
        for key in [key for key in self._blocks if key[1] < revision]:
            self._drop(key)

    def evict(self) -> None:
        """Drop all blocks; they are made again when needed."""
        self._blocks.clear()
        self._blocks_size = 0

    def between(self, first: int, last: int) -> Iterator[Operation]:
        """Yield the few composed operations that lead from revision `first` to `last`.

        Raises:
            UnknownRevision: the history doesn't reach from `first` to `last`.
        """
        for block in self.in_steps(first, last):
            if block is not None:
                yield block

    def in_steps(self, first: int, last: int) -> Iterator[Operation | None]:
        """Yield what `between` yields, and None after every composition that this takes.

        At each None a caller that must not be held up for long can do something else.

        Raises:
            UnknownRevision: the history doesn't reach from `first` to `last`.
        """
        self._require(first)
        self._require(last)
        if last < first:
            raise UnknownRevision(f"revision {last} comes before {first}")
        while first < last:
            level = (last - first).bit_length() - 1
            if first:
                # The blocks that start here are aligned up to the lowest bit that is set.
                level = min(level, (first & -first).bit_length() - 1)
            yield from self._block(level, first)
            first += 1 << level

    def since(self, revision: int) -> Operation:
        """Return the one operation that leads from the text at `revision` to the head.

        Raises:
            UnknownRevision: the history doesn't hold that revision.
        """
        return self.composed(revision, self.revision)

    def composed(self, first: int, last: int) -> Operation:
        """Return the one operation that leads from the text at `first` to that at `last`.

        Raises:
            UnknownRevision: the history doesn't reach from `first` to `last`.
        """
        blocks = list(self.between(first, last))
        if not blocks:
            return Operation.noop(self.length_at(first))
        return reduce(Operation.compose, blocks)

    def rebase(self, operation: Operation, revision: int) -> Operation:
        """Move an uncommitted operation from the text at `revision` to the text at the head.

        Raises:
            UnknownRevision: the history doesn't hold that revision.
            LengthMismatch: the operation was not made for the text at `revision`.
        """
        length = self.length_at(revision)
        if operation.base_length != length:
            raise LengthMismatch(
                f"an operation on {operation.base_length} code points was not made at revision "
                f"{revision}, which has {length}"
            )
        for block in self.between(revision, self.revision):
            operation = transform(block, operation)[1]
        return operation

    def revert(self, first: int, last: int, text: Text) -> Operation:
        """Return the operation that takes back `first`..`last` at the head; later work stays.

        It is the inverse of that range, transformed as an uncommitted operation over
        what followed.  (Composing the single inverses gives another operation.)

        Args:
            first, last: the revisions to take back.
            text: the text at revision ``first - 1``.

        Raises:
            UnknownRevision: the history doesn't hold these revisions.
            LengthMismatch: the text is another one.
        """
        return self.rebase(self.composed(first - 1, last).invert(text), last)

    def _block(self, level: int, revision: int) -> Iterator[Operation | None]:
        """Yield a block, or its parts where it would be too large; None after each composition.

        The parts are taken from left to right and joined as digits carry over in binary
        counting: two adjacent blocks of one level become one of the next.
        """
        stop = revision + (1 << level)
        made: list[tuple[int, list[Operation]]] = []
        while revision < stop:
            size, block = self._largest(level, revision)
            start, parts = revision, [block]
            revision += 1 << size
            while made and made[-1][0] == size:
                left = made.pop()[1]
                start -= 1 << size
                size += 1
                if len(left) == len(parts) == 1 and _are_worth_joining(left[0], parts[0]):
                    parts = [left[0].compose(parts[0])]
                    self._keep((size, start), parts[0])
                    yield None
                else:
                    parts = left + parts
            made.append((size, parts))
        yield from made[0][1]

    def _largest(self, level: int, revision: int) -> tuple[int, Operation]:
        """Return the largest block kept that begins at a revision, of `level` at most."""
        if revision:
            level = min(level, (revision & -revision).bit_length() - 1)
        while level:
            block = self._blocks.get((level, revision))
            if block is not None:
                self._blocks.move_to_end((level, revision))  # most recently used
                return level, block
            level -= 1
        return 0, self._operations[revision - self._start]

    def _keep(self, key: tuple[int, int], block: Operation) -> None:
        if key in self._blocks:
            return  # somebody else has made it while this one was made
        self._blocks[key] = block
        self._blocks_size += _size(block)
        while self._blocks_size > self._most and len(self._blocks) > 1:
            self._drop(next(iter(self._blocks)))

    def _drop(self, key: tuple[int, int]) -> None:
        self._blocks_size -= _size(self._blocks.pop(key))

    def length_at(self, revision: int) -> int:
        """Return the length of the text at `revision`, in code points.

        Raises:
            UnknownRevision: the history doesn't hold that revision.
        """
        self._require(revision)
        if revision == self.revision:
            return self.length
        return self._operations[revision - self._start].base_length

    def _require(self, revision: int) -> None:
        if not self._start <= revision <= self.revision:
            raise UnknownRevision(
                f"revision {revision} is not among {self._start}..{self.revision}"
            )


def _are_worth_joining(a: Operation, b: Operation) -> bool:
    return len(a.components) + len(b.components) <= LARGEST


def _size(operation: Operation) -> int:
    """Estimate how many bytes a block takes, including its entry in the dict."""
    inserted = sum([len(part) for part in operation.components if isinstance(part, str)])
    return 256 + 36 * len(operation.components) + inserted

"""What leads from one revision to another, in few operations, read from the store.

Where snapshots were kept so were blocks, and composition is exact: an uncommitted operation
may be moved over a block as over what it is made of.  So the work is about that of the
lines between a revision and the snapshot nearest to it, however long the log is; and no
more of it is held than `STRETCH_BYTES`, however large.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from ot_core import History, Operation, OTError, TextBuffer, transform
from ot_server.errors import Corrupt
from ot_server.log.line import decode
from ot_server.log.reading import STRETCH_BYTES, read_vouched
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Block, CommittedOperation

__all__ = ["composed", "leading", "moved"]


async def leading(
    store: SessionStore, session_id: str, first: int, last: int
) -> AsyncIterator[list[Operation]]:
    """Yield operations that lead from the text at `first` to that at `last`, some at a time.

    Raises:
        Corrupt: one of them can't be read, or a line is missing or not what was committed.
        StoreUnavailable: the store can't be read.
    """
    found: list[CommittedOperation | Block] = []
    size = 0
    async for kept in _kept(store, session_id, first, last):
        found.append(kept)
        size += len(kept.operation)
        if size >= STRETCH_BYTES:
            yield await asyncio.to_thread(_decoded, found)
            found, size = [], 0
    if found:
        yield await asyncio.to_thread(_decoded, found)


async def composed(stretches: AsyncIterable[list[Operation]], length: int) -> Operation:
    """Return the one operation that does what these do, on a text of `length` code points.

    Raises:
        Corrupt: one of them doesn't follow the one before it.
    """
    whole = Operation([length] if length else [])
    async for operations in stretches:
        whole = await asyncio.to_thread(_joined, [whole, *operations])
    return whole


async def moved(
    operation: Operation, text: TextBuffer, committed: AsyncIterable[list[Operation]]
) -> Operation:
    """Return an uncommitted operation on a text as it is after committed ones, and apply those.

    Raises:
        Corrupt: they were not made on that text.
    """
    async for operations in committed:
        operation = await asyncio.to_thread(_over, operations, operation, text)
    return operation


async def _kept(
    store: SessionStore, session_id: str, first: int, last: int
) -> AsyncIterator[CommittedOperation | Block]:
    """Yield blocks, and the lines between them."""
    at = first
    while blocks := await store.blocks(session_id, at, last, STRETCH_BYTES):
        for block in blocks:
            if block.first < at:
                continue  # two nodes may have kept blocks that overlap
            async for lines in read_vouched(store, session_id, at, block.first):
                for line in lines:
                    yield line
            yield block
            at = block.last
    async for lines in read_vouched(store, session_id, at, last):
        for line in lines:
            yield line


def _decoded(kept: list[CommittedOperation | Block]) -> list[Operation]:
    return [decode(each) for each in kept]


def _joined(operations: list[Operation]) -> Operation:
    return _history(operations).since(0)


def _over(committed: list[Operation], operation: Operation, text: TextBuffer) -> Operation:
    """Move an operation, which may be wide, over as few as may be."""
    history = _history(committed)
    try:
        for each in history.between(0, history.revision):
            operation = transform(each, operation)[1]
            text.apply(each)
    except OTError as error:
        raise Corrupt(str(error)) from error
    return operation


def _history(operations: list[Operation]) -> History:
    history = History(operations[0].base_length)
    try:
        for operation in operations:
            history.append(operation)
    except OTError as error:
        raise Corrupt(str(error)) from error
    return history

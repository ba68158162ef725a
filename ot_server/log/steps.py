"""Leads from one revision to another in few operations, read from the store.

Blocks are stored together with snapshots.  Composition is exact, so an uncommitted operation can
be transformed over a block instead of its operations.  So the work is about that of the lines
between a revision and the nearest snapshot, however long the log is; and at most
`STRETCH_BYTES` of it are held in memory.
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
    """Yield the operations that lead from the text at `first` to that at `last`, some at a time.

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
    """Return these operations, on a text of `length` code points, as one.

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
    """Transform an uncommitted operation over committed ones, and apply these to the text.

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
                continue  # two nodes may have stored blocks that overlap
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
    """Transform an operation, which may be wide, over as few operations as possible."""
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

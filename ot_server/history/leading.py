"""What leads from one revision to another, in few operations, read from the store.

Where snapshots were kept so were blocks, and composition is exact: an uncommitted operation
may be moved over a block as over what it is made of.  So the work is about that of the
lines between a revision and the snapshot nearest to it, however long the log is.
"""

from __future__ import annotations

import asyncio

from ot_core import History, Operation, OTError, transform
from ot_protocol import decode_operation
from ot_server.session.moments import read_log
from ot_server.session.replica import Corrupt
from ot_server.store.base import SessionStore

__all__ = ["composed", "leading", "moved"]


async def leading(store: SessionStore, session_id: str, first: int, last: int) -> list[Operation]:
    """Return operations that lead from the text at `first` to that at `last`.

    Raises:
        Corrupt: one of them can't be read, or a line is missing.
        StoreUnavailable: the store can't be read.
    """
    found: list[bytes] = []
    at = first
    for block in await store.blocks(session_id, first, last):
        if block.first >= at:  # two nodes may have kept blocks that overlap
            found += await _lines(store, session_id, at, block.first)
            found.append(block.operation)
            at = block.last
    found += await _lines(store, session_id, at, last)
    try:
        return await asyncio.to_thread(lambda: [decode_operation(each) for each in found])
    except OTError as error:
        raise Corrupt(f"between revisions {first} and {last}: {error}") from error


def composed(operations: list[Operation], length: int) -> Operation:
    """Return the one operation that does what these do, on a text of `length` code points.

    Raises:
        Corrupt: one of them doesn't follow the one before it.
    """
    history = History(length)
    try:
        for operation in operations:
            history.append(operation)
    except OTError as error:
        raise Corrupt(str(error)) from error
    return history.since(0)


def moved(operation: Operation, committed: list[Operation]) -> Operation:
    """Return an uncommitted operation as it is after these committed ones.

    Raises:
        Corrupt: they were not made on the text that it was made on.
    """
    try:
        for each in committed:
            operation = transform(each, operation)[1]
    except OTError as error:
        raise Corrupt(str(error)) from error
    return operation


async def _lines(store: SessionStore, session_id: str, first: int, last: int) -> list[bytes]:
    return [
        line.operation async for lines in read_log(store, session_id, first, last) for line in lines
    ]

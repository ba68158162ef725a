"""`Moment`: a session as it was at a revision, from the nearest snapshot and the log after it.

The session doesn't have to be live, and nothing here changes it.  What is read is checked: a
log that doesn't lead from a snapshot to a revision is `Corrupt`, never guessed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from ot_core import Attribution, InvalidOperation, Operation, OTError, TextBuffer
from ot_server.log.line import take_in
from ot_server.log.reading import chain_at, read_log
from ot_server.store.contract import SessionStore
from ot_server.store.rows import CommittedOperation, Snapshot, first_chain

__all__ = ["Moment", "beginning", "follow", "moment_at", "nearest", "walk"]


class Moment:
    """A text at a revision and, if asked for, which revision wrote which part of it."""

    def __init__(self, snapshot: Snapshot, chain: bytes, *, attributed: bool) -> None:
        self.revision = snapshot.revision
        self.chain = chain
        self.text = TextBuffer(snapshot.text)
        self.attribution = _attribution(snapshot) if attributed else None
        """By revision; None stands for text whose revision isn't known any more."""

    def extend(self, lines: Sequence[CommittedOperation]) -> list[Operation]:
        """Take in the next lines of the log, and return their operations.

        Raises:
            Corrupt: a line doesn't continue the log; those before it are taken in.
        """
        return [self._extend(line) for line in lines]

    def _extend(self, line: CommittedOperation) -> Operation:
        operation = take_in(line, self.revision, self.chain, self.text)
        if self.attribution is not None:
            self.attribution = _attributed(self.attribution, operation, line.revision)
        self.revision, self.chain = line.revision, line.chain
        return operation


def beginning(session_id: str, *, attributed: bool = False) -> Moment:
    """Return a session at revision 0, where nothing has to be checked."""
    return Moment(Snapshot(0, ""), first_chain(session_id), attributed=attributed)


async def moment_at(
    store: SessionStore, session_id: str, revision: int, *, attributed: bool = False
) -> Moment:
    """Return a session at a revision, which must exist.

    Raises:
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    moment = await nearest(store, session_id, revision, attributed=attributed)
    async for _ in follow(moment, store, session_id, revision):
        pass
    return moment


async def nearest(
    store: SessionStore, session_id: str, revision: int, *, attributed: bool = False
) -> Moment:
    """Return a session at the last revision up to this one that has a snapshot, or at 0.

    Raises:
        Corrupt: the log doesn't have the snapshot's revision.
        StoreUnavailable: the store can't be read.
    """
    snapshot = await store.snapshot(session_id, revision)
    chain = await chain_at(store, session_id, snapshot.revision)
    return await asyncio.to_thread(Moment, snapshot, chain, attributed=attributed)


async def follow(
    moment: Moment, store: SessionStore, session_id: str, last: int
) -> AsyncIterator[list[Operation]]:
    """Lead a moment on to revision `last`, and yield the operations of each stretch.

    The work is done off the event loop.

    Raises:
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    async for lines in read_log(store, session_id, moment.revision, last):
        yield await asyncio.to_thread(moment.extend, lines)


async def walk(
    moment: Moment, store: SessionStore, session_id: str, last: int
) -> AsyncIterator[tuple[CommittedOperation, Operation]]:
    """Lead a moment on to revision `last`, and yield each line when it has been taken in.

    It holds the event loop meanwhile: no server does this.

    Raises:
        Corrupt: the log doesn't lead there; the moment is at its last sound line.
        StoreUnavailable: the store can't be read.
    """
    async for lines in read_log(store, session_id, moment.revision, last):
        for line in lines:
            (operation,) = moment.extend([line])
            yield line, operation


def _attribution(snapshot: Snapshot) -> Attribution:
    """Return who wrote what in a snapshot; unknown where the snapshot doesn't say."""
    length = len(snapshot.text)
    try:
        wire = msgspec.json.decode(snapshot.attribution, type=list[tuple[int, int | None]])
        attribution = Attribution.from_wire(wire)
    except (msgspec.MsgspecError, OTError):
        return Attribution(length)
    return attribution if len(attribution) == length else Attribution(length)


def _attributed(attribution: Attribution, operation: Operation, revision: int) -> Attribution:
    """Return an attribution after one more revision.

    There are signs for a million revisions.  When they are used up, the signs of revisions
    without any text left are freed; if there are none, all text so far becomes unknown.
    """
    try:
        attribution.apply(operation, revision)
    except InvalidOperation:
        attribution = Attribution.from_wire(attribution.to_wire())
        try:
            attribution.apply(operation, revision)
        except InvalidOperation:
            attribution = Attribution(len(attribution))
            attribution.apply(operation, revision)
    return attribution

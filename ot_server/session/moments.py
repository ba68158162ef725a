"""`Moment`: a session as it was at a revision, from the nearest snapshot and the log after it.

Nothing here needs the session to be live, and nothing here changes it.  What is read is
checked: a log that doesn't lead from a snapshot to a revision is `Corrupt`, never guessed.
The work is done off the event loop, a stretch of the log at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from ot_core import Attribution, InvalidOperation, Operation, OTError, TextBuffer
from ot_protocol import decode_operation
from ot_server.session.loading import NoSuchSession
from ot_server.session.replica import Corrupt
from ot_server.store.base import SessionStore
from ot_server.store.rows import CommittedOperation, Snapshot, Standing, extend_chain, first_chain

__all__ = [
    "Moment",
    "NoSuchRevision",
    "follow",
    "moment_at",
    "nearest",
    "read_log",
    "require_revision",
]

STRETCH: Final = 1_000
STRETCH_BYTES: Final = 2**20
"""How much of the log is read at a time: so many lines, or about so many bytes."""


class NoSuchRevision(Exception):
    """The log doesn't reach to this revision."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"there is no revision {revision}")


class Moment:
    """A text at a revision and, if asked for, which revision wrote which part of it."""

    def __init__(self, snapshot: Snapshot, chain: bytes, *, attributed: bool) -> None:
        self.revision = snapshot.revision
        self.chain = chain
        self.text = TextBuffer(snapshot.text)
        self.attribution = _attribution(snapshot) if attributed else None
        """By revision; None stands for text that is older than anybody can tell."""

    def extend(self, lines: Sequence[CommittedOperation]) -> list[Operation]:
        """Go on by what the log says next, and return its operations.

        Raises:
            Corrupt: a line doesn't continue the log; those before it are taken.
        """
        return [self._extend(line) for line in lines]

    def _extend(self, line: CommittedOperation) -> Operation:
        if line.revision != self.revision + 1:
            raise Corrupt(f"revision {line.revision} comes after {self.revision}")
        if line.chain != extend_chain(self.chain, line.operation):
            raise Corrupt(f"the chain breaks at revision {line.revision}")
        try:
            operation = decode_operation(line.operation)
            self.text.apply(operation)
        except OTError as error:
            raise Corrupt(f"revision {line.revision}: {error}") from error
        if self.attribution is not None:
            self.attribution = _attributed(self.attribution, operation, line.revision)
        self.revision, self.chain = line.revision, line.chain
        return operation


async def moment_at(
    store: SessionStore, session_id: str, revision: int, *, attributed: bool = False
) -> Moment:
    """Return a session at a revision that there is.

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
        Corrupt: the log doesn't know of that revision.
        StoreUnavailable: the store can't be read.
    """
    snapshot = await store.snapshot(session_id, revision)
    chain = first_chain(session_id)
    if snapshot.revision:
        lines = await store.operations(session_id, snapshot.revision - 1, snapshot.revision)
        if not lines:
            raise Corrupt(f"revision {snapshot.revision}, of a snapshot, is missing")
        chain = lines[0].chain
    return await asyncio.to_thread(Moment, snapshot, chain, attributed=attributed)


async def follow(
    moment: Moment, store: SessionStore, session_id: str, last: int
) -> AsyncIterator[list[Operation]]:
    """Lead a moment on to revision `last`, and yield the operations of each stretch.

    Raises:
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    async for lines in read_log(store, session_id, moment.revision, last):
        yield await asyncio.to_thread(moment.extend, lines)


async def read_log(
    store: SessionStore, session_id: str, first: int, last: int
) -> AsyncIterator[list[CommittedOperation]]:
    """Yield the log after revision `first` up to `last`, a stretch at a time.

    Raises:
        Corrupt: a line is missing.
        StoreUnavailable: the store can't be read.
    """
    while first < last:
        stop = min(first + STRETCH, last)
        lines = await store.operations(session_id, first, stop, STRETCH_BYTES)
        if not lines or lines[-1].revision != first + len(lines):
            raise Corrupt(f"revisions are missing after {first}")
        first += len(lines)
        yield lines


async def require_revision(store: SessionStore, session_id: str, revision: int) -> Standing:
    """Return how a session stands whose log holds a revision.

    Raises:
        NoSuchSession, NoSuchRevision: there is none.
        StoreUnavailable: the store can't be read.
    """
    standing = await store.standing(session_id, (), ())
    if standing is None:
        raise NoSuchSession(session_id)
    if revision > standing.row.head:
        raise NoSuchRevision(revision)
    return standing


def _attribution(snapshot: Snapshot) -> Attribution:
    """Return who wrote what of a snapshot; nobody knows where it doesn't say so."""
    length = len(snapshot.text)
    try:
        attribution = Attribution.from_wire(msgspec.json.decode(snapshot.attribution))
    except (msgspec.MsgspecError, OTError):
        return Attribution(length)
    return attribution if len(attribution) == length else Attribution(length)


def _attributed(attribution: Attribution, operation: Operation, revision: int) -> Attribution:
    """Return an attribution after one more revision.

    There are signs for a million revisions.  Where they are used up, those of revisions
    that have no text any more are free again; where there are none, nobody is told apart
    from whoever came before.
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

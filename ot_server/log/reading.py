"""The log of a session, live or not, read from the store a stretch at a time.

Law: nothing is put together from two lineages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ot_server.errors import Corrupt, Evicted, NoSuchRevision, NoSuchSession
from ot_server.log.line import vouch_for_all
from ot_server.store.contract import SessionStore
from ot_server.store.rows import CommittedOperation, Standing, first_chain

__all__ = [
    "STRETCH",
    "STRETCH_BYTES",
    "chain_at",
    "read_log",
    "read_vouched",
    "require_revision",
    "undisturbed",
]

STRETCH: Final = 1_000
STRETCH_BYTES: Final = 2**20
"""How much of the log is read at a time: this many lines, or about this many bytes."""


async def require_revision(store: SessionStore, session_id: str, revision: int) -> Standing:
    """Return the standing of a session whose log has this revision.

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


@asynccontextmanager
async def undisturbed(
    store: SessionStore, session_id: str, revision: int
) -> AsyncIterator[Standing]:
    """In this block, read the past of a session whose log has this revision.

    Reading takes several transactions.  Damage counts only if the session is still there, and
    in the same epoch.

    Raises:
        NoSuchSession, NoSuchRevision: there is none, or it is gone.
        Evicted: it has begun a new epoch meanwhile: ask again.
        StoreUnavailable: the store can't be read.
    """
    standing = await require_revision(store, session_id, revision)
    damage: Corrupt | None = None
    try:
        yield standing
    except Corrupt as error:
        damage = error
    now = await store.standing(session_id, (), ())
    if now is None:
        raise NoSuchSession(session_id)
    if now.row.epoch != standing.row.epoch:
        raise Evicted(session_id)
    if damage is not None:
        raise damage


async def chain_at(store: SessionStore, session_id: str, revision: int) -> bytes:
    """Return the chain at a revision.

    Raises:
        Corrupt: its line is missing.
        StoreUnavailable: the store can't be read.
    """
    if not revision:
        return first_chain(session_id)
    lines = await store.operations(session_id, revision - 1, revision)
    if not lines:
        raise Corrupt(f"revision {revision} is missing")
    return lines[0].chain


async def read_log(
    store: SessionStore, session_id: str, first: int, last: int
) -> AsyncIterator[list[CommittedOperation]]:
    """Yield the log after revision `first` up to `last`, a stretch at a time, as it is kept.

    There may be a gap in it, which `vouch_for` or `take_in` notices.

    Raises:
        Corrupt: there are no more lines.
        StoreUnavailable: the store can't be read.
    """
    while first < last:
        stop = min(first + STRETCH, last)
        lines = await store.operations(session_id, first, stop, STRETCH_BYTES)
        if not lines:
            raise Corrupt(f"revision {first + 1} is missing")
        first = lines[-1].revision
        yield lines


async def read_vouched(
    store: SessionStore, session_id: str, first: int, last: int
) -> AsyncIterator[list[CommittedOperation]]:
    """Yield the same with each line checked, for callers that don't apply it to a `Moment`.

    Raises:
        Corrupt: a line is missing, or doesn't match the chain.
        StoreUnavailable: the store can't be read.
    """
    if first >= last:
        return
    chain = await chain_at(store, session_id, first)
    async for lines in read_log(store, session_id, first, last):
        chain = await asyncio.to_thread(vouch_for_all, lines, first, chain)
        first = lines[-1].revision
        yield lines

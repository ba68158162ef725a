"""`Feed`: the frames that connections are sent, each encoded once for all who need it.

A connection sees the log from its position on, composed where nobody needs the single
steps.  Long stretches are composed in slices, between which the event loop serves others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from ot_core import History, Operation
from ot_protocol import encode
from ot_protocol.messages import Change, Update
from ot_server.session.replica import Replica
from ot_server.session.roster import Roster
from ot_server.store.base import CommittedOperation

__all__ = ["Feed", "changes", "composed"]

SLICE: Final = 256
"""How many revisions are composed at a stretch: some milliseconds of work."""


class Feed:
    """Frames of one session, as of now."""

    def __init__(self, replica: Replica, roster: Roster) -> None:
        self.replica = replica
        self.roster = roster
        self._frames: dict[tuple[object, ...], bytes] = {}
        self._stamp = (replica.head, roster.stamp)

    async def update(
        self, first: int, last: int, client_id: str, outstanding: int | None
    ) -> tuple[bytes, bool]:
        """Return the `Update` from revision `first` to `last`, and whether it holds the ack."""
        lines = self.replica.between(first, last)
        if any(_is_own(line, client_id, outstanding) for line in lines):
            return await self._update(first, last, client_id, outstanding), True
        key = ("update", self.replica.epoch, first, last)
        frame = self._cached(key)
        if frame is None:
            frame = await self._update(first, last, client_id, None)
            self._frames[key] = frame
        return frame, False

    def participants(self, seen: int) -> bytes | None:
        """Return who came, went or changed since the roster's stamp `seen`, if anybody."""
        key = ("participants", seen)
        frame = self._cached(key)
        if frame is None:
            message = self.roster.participants_since(seen)
            if message is None:
                return None
            frame = self._frames[key] = encode(message)
        return frame

    def presence(self, seen: int) -> bytes | None:
        """Return the carets that moved since the roster's stamp `seen`, at the head."""
        key = ("presence", seen)
        frame = self._cached(key)
        if frame is None:
            message = self.roster.carets_since(seen, self.replica.document.history)
            if message is None:
                return None
            frame = self._frames[key] = encode(message)
        return frame

    async def _update(
        self, first: int, last: int, client_id: str, outstanding: int | None
    ) -> bytes:
        replica = self.replica  # another lineage may take its place meanwhile
        found = await changes(replica, first, last, client_id, outstanding)
        return encode(Update(first, last, replica.chain_at(last).hex(), found))

    def _cached(self, key: tuple[object, ...]) -> bytes | None:
        stamp = (self.replica.head, self.roster.stamp)
        if stamp != self._stamp:
            self._stamp = stamp
            self._frames.clear()
        return self._frames.get(key)


async def changes(
    replica: Replica, first: int, last: int, client_id: str, outstanding: int | None
) -> list[Change]:
    """Return what leads from revision `first` to `last`, both held in memory.

    The client's own operation comes as an ack, if its seq is `outstanding`, what it
    has declared to wait for; what lies before and after it is composed.
    """
    lines = replica.between(first, last)
    own = [line.revision for line in lines if _is_own(line, client_id, outstanding)]
    found: list[Change] = []
    for revision in own:
        found += await _run(replica, first, revision - 1)
        found.append(Change(ack=outstanding))
        first = revision
    return found + await _run(replica, first, last)


def _is_own(line: CommittedOperation, client_id: str, outstanding: int | None) -> bool:
    """Whether a line is what this client waits for."""
    return outstanding is not None and line.seq == outstanding and line.client_id == client_id


async def composed(history: History, first: int, last: int) -> Operation:
    """Return `history.composed(first, last)`, worked out in slices."""
    if last - first <= SLICE:
        return history.composed(first, last)
    parts: list[Operation] = []
    # Slices end on multiples of SLICE, where the history keeps its blocks.
    while first < last:
        stop = min(last, (first // SLICE + 1) * SLICE)
        parts.append(history.composed(first, stop))
        first = stop
        await asyncio.sleep(0)
    while len(parts) > 1:
        for index in range(len(parts) // 2):
            parts[index] = parts[2 * index].compose(parts[2 * index + 1])
            await asyncio.sleep(0)
        parts[len(parts) // 2 :] = parts[-1:] if len(parts) % 2 else []
    return parts[0]


async def _run(replica: Replica, first: int, last: int) -> list[Change]:
    """Return the revisions after `first` up to `last` as one change, or none if there are none."""
    if first == last:
        return []
    by = _author(replica.between(first, last))
    operation = await composed(replica.document.history, first, last)
    return [Change(op=operation.to_wire(), by=by)]


def _author(lines: Sequence[CommittedOperation]) -> str | None:
    """Return who wrote all of these lines, or None where it was more than one."""
    author = lines[0].participant_id
    return author if all(line.participant_id == author for line in lines) else None

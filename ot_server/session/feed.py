"""`Feed`: the frames that connections are sent, each encoded once for all who need it.

A connection sees the log from its position on, composed where nobody needs single
operations.  Long stretches are composed in slices, between which the event loop serves others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ot_core import Operation
from ot_core.history import LARGEST
from ot_protocol import encode, move
from ot_protocol.messages import Change, Diagnostic, Diagnostics, Reset, ResetReason, Update
from ot_server.log.slices import Slices
from ot_server.session.replica import Replica
from ot_server.session.roster import Roster
from ot_server.store.rows import CommittedOperation
from ot_server.telemetry.meters import Meters

__all__ = ["Diagnosis", "Feed", "Heard", "LatestDiagnosis", "changes"]


class Heard(NamedTuple):
    """The stamps of the news outside of the log that a client has heard."""

    participants: int = 0
    presence: int = 0
    diagnosis: int = 0


@dataclass(frozen=True)
class Diagnosis:
    """The diagnostics of the text at `revision`."""

    epoch: int
    language: str
    revision: int
    items: list[Diagnostic]


class LatestDiagnosis:
    """The newest diagnostics, moved along with the text."""

    def __init__(self) -> None:
        self.found: Diagnosis | None = None
        """The diagnostics as they were made."""
        self.stamp = 0
        """The stamp of the newest diagnostics; 0 if there are none yet."""
        self._revision = 0
        self._items: list[Diagnostic] = []

    def put(self, found: Diagnosis) -> None:
        """Take over new diagnostics."""
        self.found = found
        self.stamp += 1
        self._revision, self._items = found.revision, found.items

    def at_head(self, replica: Replica) -> Diagnostics | None:
        """Return the diagnostics of the text at the head, or None if they aren't known."""
        found, history = self.found, replica.document.history
        if found is None or found.epoch != replica.epoch or self._revision < history.start:
            return None
        for block in history.between(self._revision, history.revision):
            self._items = [
                moved for item in self._items if (moved := move(item, block)) is not None
            ]
        self._revision = history.revision
        return Diagnostics(self._revision, self._items)


class Feed:
    """Frames of one session, as of now."""

    def __init__(self, replica: Replica, roster: Roster, meters: Meters) -> None:
        self.replica = replica
        self.roster = roster
        self.meters = meters
        self.diagnosis = LatestDiagnosis()
        self._frames: dict[tuple[object, ...], bytes] = {}
        self._stamp = self._now
        self._working = asyncio.Lock()

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
            # One at a time: others who wait for the same frame then find it made.
            async with self._working:
                frame = self._cached(key)
                if frame is None:
                    frame = await self._update(first, last, client_id, None)
                    self._frames[key] = frame
        return frame, False

    async def reset(self, reason: ResetReason, last_seq: int) -> tuple[bytes, int]:
        """Return the `Reset` to the text at the head, and the head's revision."""
        # A text may be long, and all connections may need it: make it only once.
        async with self._working:
            await asyncio.sleep(0)
            replica = self.replica
            message = Reset(
                reason=reason,
                epoch=replica.epoch,
                revision=replica.head,
                chain=replica.chain.hex(),
                text=replica.document.text,
                last_seq=last_seq,
            )
            return encode(message), replica.head

    def beside(self, heard: Heard) -> tuple[bytes | None, Heard]:
        """Return the most urgent news outside of the log, and what has been heard with it."""
        stamp = self.roster.stamp
        if heard.participants < stamp:
            frame = self._participants(heard.participants)
            heard = heard._replace(participants=stamp)
            if frame is not None:
                return frame, heard
        if heard.presence < stamp:
            frame = self._presence(heard.presence)
            heard = heard._replace(presence=stamp)
            if frame is not None:
                return frame, heard
        if heard.diagnosis < self.diagnosis.stamp:
            return self._diagnostics(), heard._replace(diagnosis=self.diagnosis.stamp)
        return None, heard

    def _participants(self, seen: int) -> bytes | None:
        """Return who came, went or changed after the roster's stamp `seen`, if anybody."""
        key = ("participants", seen)
        frame = self._cached(key)
        if frame is None:
            message = self.roster.participants_since(seen)
            if message is None:
                return None
            frame = self._frames[key] = encode(message)
        return frame

    def _presence(self, seen: int) -> bytes | None:
        """Return the presence that changed after the roster's stamp `seen`, at the head."""
        key = ("presence", seen)
        frame = self._cached(key)
        if frame is None:
            message = self.roster.presences_since(seen, self.replica.document.history)
            if message is None:
                return None
            frame = self._frames[key] = encode(message)
        return frame

    def _diagnostics(self) -> bytes | None:
        """Return the diagnostics of the text at the head, if they are known."""
        key = ("diagnostics",)
        frame = self._cached(key)
        if frame is None:
            message = self.diagnosis.at_head(self.replica)
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
        if self._now != self._stamp:
            self._stamp = self._now
            self._frames.clear()
        return self._frames.get(key)

    @property
    def _now(self) -> tuple[int, ...]:
        """The numbers that change whenever the contents of a frame would."""
        return self.replica.epoch, self.replica.head, self.roster.stamp, self.diagnosis.stamp


async def changes(
    replica: Replica, first: int, last: int, client_id: str, outstanding: int | None
) -> list[Change]:
    """Return the changes from revision `first` to `last`, both held in memory.

    The client's own operation is an ack, if its seq is `outstanding`, which the client has
    declared; the operations before and after it are composed.
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


async def _run(replica: Replica, first: int, last: int) -> list[Change]:
    """Return the revisions after `first` up to `last`, as few changes as are reasonable."""
    if first == last:
        return []
    by = _author(replica.between(first, last))
    slices = Slices()
    run: list[Operation] = []
    for block in replica.document.history.in_steps(first, last):
        if block is None:
            await slices.pause()
        elif run and len(run[-1].components) + len(block.components) <= LARGEST:
            run[-1] = run[-1].compose(block)
            await slices.pause()
        else:
            run.append(block)
    return [Change(op=operation.to_wire(), by=by) for operation in run]


def _author(lines: Sequence[CommittedOperation]) -> str | None:
    """Return the author of all of these lines, or None if there are several."""
    author = lines[0].participant_id
    return author if all(line.participant_id == author for line in lines) else None

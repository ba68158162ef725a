"""`Ledger`: the store of a run, which notices every promise that a commit breaks.

It is a `MemoryStore`, and the only judge of what was committed, when, and with which text.
It keeps the lineages of earlier epochs, because nodes and clients that have not heard of the
new epoch may still show them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import structs

from ot_core import OTError, TextBuffer
from ot_protocol import decode_operation
from ot_protocol.messages import Role
from ot_server.access.roles import Action, is_allowed
from ot_server.sequencer.redis.wire import decode_line
from ot_server.store.rows import (
    Block,
    Commit,
    CommittedOperation,
    NewSession,
    Snapshot,
    extend_chain,
    first_chain,
)
from tests.server.props.memory_store import MemoryStore
from tests.simulation.promises import Promise

__all__ = ["Ledger", "Lineage"]

Breach = Callable[[Promise, object], None]


@dataclass
class Lineage:
    """The log of one epoch of a session."""

    begun: float
    """When its epoch began, in the loop's time."""
    chains: list[bytes]
    """By revision, like the following lists."""
    texts: list[str] = field(default_factory=lambda: [""])
    marks: list[int] = field(default_factory=lambda: [0])
    """How many commits there had been, in all sessions, at that time."""
    times: list[float] = field(default_factory=lambda: [0.0])
    lines: list[CommittedOperation] = field(default_factory=list)
    seqs: dict[tuple[str, int], int] = field(default_factory=dict)
    """Client id and seq to revision."""

    @property
    def head(self) -> int:
        return len(self.lines)

    def until(self, revision: int) -> Lineage:
        """Return a lineage that begins now, with a copy of this one up to `revision`."""
        stop = revision + 1
        return Lineage(
            asyncio.get_running_loop().time(),
            self.chains[:stop],
            self.texts[:stop],
            self.marks[:stop],
            self.times[:stop],
            self.lines[:revision],
            {key: at for key, at in self.seqs.items() if at <= revision},
        )


class Ledger(MemoryStore):
    """Everything that was committed in a run."""

    def __init__(self, breach: Breach) -> None:
        """`breach` is called with a broken promise, and how it was broken."""
        super().__init__()
        self.mark = 0
        """How many commits there were."""
        self.lineages: dict[tuple[str, int], Lineage] = {}
        """By session and epoch."""
        self.refused: set[tuple[str, str, int]] = set()
        """Session, client id and seq of edits that a client was told will never commit."""
        self.put_out_at: dict[tuple[str, str], float] = {}
        """Session and participant to when access ended."""
        self._breach = breach
        self._waiting: list[asyncio.Future[str]] = []

    def add(self, new: NewSession) -> None:
        super().add(new)
        self.lineages[new.info.id, 1] = Lineage(0.0, [first_chain(new.info.id)])
        for line in new.operations:
            self._enter(new.info.id, line)

    def lineage(self, session_id: str) -> Lineage:
        """Return the current log."""
        return self.lineages[session_id, self.sessions[session_id].row.epoch]

    async def next_author(self) -> str:
        """Return the author of the next commit, in any session."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def set_role(self, session_id: str, participant_id: str, role: Role | None) -> None:
        participants = self.sessions[session_id].participants
        row = participants[participant_id]
        super().set_role(session_id, participant_id, role)
        if role is None:
            participants[participant_id] = structs.replace(row, given=None)
            now = asyncio.get_running_loop().time()
            self.put_out_at[session_id, participant_id] = now

    def bump_epoch(self, session_id: str, head: int) -> None:
        old = self.lineage(session_id)
        super().bump_epoch(session_id, head)
        self.lineages[session_id, self.sessions[session_id].row.epoch] = old.until(head)

    async def commit(self, commit: Commit) -> bool:
        done = await super().commit(commit)
        if done:
            self.mark += 1
            for line in commit.operations:
                self._witness(commit.session_id, line)
        return done

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        lineage = self.lineage(session_id)
        if snapshot.revision > lineage.head or snapshot.text != lineage.texts[snapshot.revision]:
            self._breach(Promise.SNAPSHOT, snapshot)
        await super().save_snapshot(session_id, snapshot, block)

    def require(self, line: bytes) -> None:
        """Check that a line that somebody tells others is in the log."""
        told = decode_line(line)
        lineages = self.lineages.values()
        if not any(
            told in lineage.lines[told.revision - 1 : told.revision] for lineage in lineages
        ):
            self._breach(Promise.COMMITTED, told)

    def refuse(self, session_id: str, client_id: str, seq: int) -> None:
        """Note that a client was told that this will never commit."""
        self.refused.add((session_id, client_id, seq))
        if (client_id, seq) in self.lineage(session_id).seqs:
            self._breach(Promise.REFUSED, (client_id, seq))

    def _witness(self, session_id: str, line: CommittedOperation) -> None:
        """Check that a line may be in the log, at this place."""
        kept, lineage = self.sessions[session_id], self.lineage(session_id)
        if line.revision != lineage.head + 1:
            self._breach(Promise.CONTIGUOUS, line)
        elif line.chain != extend_chain(lineage.chains[-1], line.operation):
            self._breach(Promise.CHAINED, line)
        participant = kept.participants.get(line.participant_id)
        if not is_allowed(participant.given if participant else None, Action.EDIT):
            self._breach(Promise.ROLES, line)
        assert line.client_id is not None
        assert line.seq is not None
        if (line.client_id, line.seq) in lineage.seqs:
            self._breach(Promise.ONCE, line)
        if (session_id, line.client_id, line.seq) in self.refused:
            self._breach(Promise.REFUSED, line)
        seqs = [other.seq or 0 for other in lineage.lines if other.client_id == line.client_id]
        if seqs and seqs[-1] > line.seq:
            self._breach(Promise.ORDERED, line)
        self._enter(session_id, line)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(line.participant_id)

    def _enter(self, session_id: str, line: CommittedOperation) -> None:
        lineage = self.lineage(session_id)
        buffer = TextBuffer(lineage.texts[-1])
        try:
            buffer.apply(decode_operation(line.operation))
        except OTError as error:
            self._breach(Promise.APPLIES, error)
        lineage.chains.append(line.chain)
        lineage.texts.append(buffer.text)
        lineage.marks.append(self.mark)
        lineage.times.append(asyncio.get_running_loop().time())
        lineage.lines.append(line)
        if line.client_id is not None and line.seq is not None:
            lineage.seqs[line.client_id, line.seq] = line.revision

"""`MemoryStore`: the `SessionStore` that tests of the session use.

It passes the same suite as the real ones (test_store.py), needs no thread, and so can run in
virtual time.  What a test does to it directly is what an administrator, another node or
a bad disk would do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import StoreUnavailable
from ot_server.store.contract.log import LASTING_SNAPSHOTS, RECENT_SNAPSHOTS
from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    LockRow,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
    first_chain,
)

__all__ = ["Kept", "MemoryStore"]

Row = TypeVar("Row", Block, CommittedOperation)


@dataclass
class Kept:
    """All rows of one session."""

    row: SessionRow
    info: SessionInfoRow
    log: dict[int, CommittedOperation] = field(default_factory=dict)
    """By revision."""
    clients: dict[str, ClientRow] = field(default_factory=dict)
    participants: dict[str, ParticipantRow] = field(default_factory=dict)
    snapshots: dict[int, str] = field(default_factory=dict)
    """Text by revision."""
    attributions: dict[int, bytes] = field(default_factory=dict)
    """Of the snapshots."""
    blocks: dict[int, Block] = field(default_factory=dict)
    """By their last revision."""
    lock: LockRow | None = None


class MemoryStore:
    """Keeps sessions for as long as it lives; see `ot_server.store.contract.log.SessionStore`."""

    def __init__(self) -> None:
        self.sessions: dict[str, Kept] = {}
        self.now: Callable[[], float] = time.time
        """The store's clock, in seconds since 1970."""
        self.logins: set[str] = set()
        """Those that have not ended."""

    # What tests do to it behind the server's back.

    def add(self, new: NewSession) -> None:
        """Add a session, at once."""
        id_ = new.info.id
        chain = new.operations[-1].chain if new.operations else first_chain(id_)
        self.sessions[id_] = Kept(
            SessionRow(id_, 1, 1, len(new.operations), chain),
            new.info,
            log={line.revision: line for line in new.operations},
            participants={new.participant.id: new.participant},
        )

    def set_role(self, session_id: str, participant_id: str, role: Role | None) -> None:
        """Give a participant another role, or none; as every change of access, a new version."""
        kept = self.sessions[session_id]
        participant = kept.participants.pop(participant_id)
        if role is not None:
            kept.participants[participant_id] = structs.replace(participant, given=role)
        kept.row = structs.replace(kept.row, version=kept.row.version + 1)

    def set_lock(self, session_id: str, lock: LockRow | None) -> None:
        """Lock a session, or let everybody edit it again; a new version, like that."""
        kept = self.sessions[session_id]
        kept.lock = lock
        kept.row = structs.replace(kept.row, version=kept.row.version + 1)

    def rename(self, session_id: str, participant_id: str, name: str) -> None:
        """Give a participant another name."""
        participants = self.sessions[session_id].participants
        participants[participant_id] = structs.replace(participants[participant_id], name=name)

    def bump_epoch(self, session_id: str, head: int) -> None:
        """Come back from a backup that ended at revision `head`."""
        kept = self.sessions[session_id]
        kept.log = {revision: line for revision, line in kept.log.items() if revision <= head}
        kept.snapshots = {at: text for at, text in kept.snapshots.items() if at <= head}
        kept.blocks = {at: block for at, block in kept.blocks.items() if at <= head}
        chain = kept.log[head].chain if head else first_chain(session_id)
        kept.row = structs.replace(
            kept.row, epoch=kept.row.epoch + 1, version=1, head=head, chain=chain
        )

    # The store.

    async def create_session(self, new: NewSession) -> None:
        self.add(new)

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        kept = self.sessions.get(session_id)
        if kept is None:
            return None
        head = kept.log.get(kept.row.head)
        updated_at = max(kept.info.updated_at, head.committed_at if head else 0.0)
        seconds = kept.lock.until - self.now() if kept.lock else 0.0
        return Standing(
            kept.row,
            structs.replace(kept.info, updated_at=updated_at),
            {
                id_: row.given
                for id_, row in kept.participants.items()
                if id_ in participants and row.given is not None
            },
            {id_: row for id_, row in kept.clients.items() if id_ in clients},
            lock=kept.lock if seconds > 0 else None,
            lock_seconds=max(seconds, 0.0),
        )

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        kept = self.sessions.get(session_id)
        snapshots = kept.snapshots if kept else {}
        at = max((at for at in snapshots if revision is None or at <= revision), default=0)
        attribution = kept.attributions.get(at, b"") if kept else b""
        return Snapshot(at, snapshots.get(at, ""), attribution)

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[Block]:
        kept = sorted(self.sessions[session_id].blocks.items())
        blocks = [block for at, block in kept if first <= block.first and at <= last]
        return _at_most(most_bytes, blocks)

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        kept = self.sessions.get(session_id)
        log = kept.log if kept else {}
        return _at_most(most_bytes, [log[at] for at in sorted(log) if first < at <= last])

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        log = self.sessions[session_id].log
        return {at: (log[at].participant_id, log[at].committed_at) for at in revisions if at in log}

    async def commit(self, commit: Commit) -> bool:
        kept = self.sessions[commit.session_id]
        row = kept.row
        if (row.epoch, row.version) != (commit.epoch, commit.version):
            return False
        if any(line.revision in kept.log for line in commit.operations):
            raise StoreUnavailable("a revision is there already")
        chain = commit.operations[-1].chain if commit.operations else row.chain
        kept.row = structs.replace(
            row, version=row.version + 1, head=row.head + len(commit.operations), chain=chain
        )
        kept.log |= {line.revision: line for line in commit.operations}
        for client in commit.clients:
            owner = kept.clients[client.client_id].participant_id
            kept.clients[client.client_id] = structs.replace(client, participant_id=owner)
        return True

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        kept = self.sessions[session_id]
        if snapshot.revision not in kept.snapshots:
            kept.snapshots[snapshot.revision] = snapshot.text
            kept.attributions[snapshot.revision] = snapshot.attribution
        kept.blocks.setdefault(block.last, block)
        for number, at in enumerate(sorted(kept.blocks)[:-RECENT_SNAPSHOTS], 1):
            if number % LASTING_SNAPSHOTS:
                kept.snapshots.pop(at, None)

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        rows = [self.sessions[id_].row for id_ in session_ids if id_ in self.sessions]
        return {row.id: (row.epoch, row.version, row.head) for row in rows}

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        clients = self.sessions[session_id].clients
        return clients.setdefault(client_id, ClientRow(client_id, participant_id))

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        kept = self.sessions.get(session_id)
        return kept.participants.get(participant_id) if kept else None

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        return self.logins.intersection(login_ids)


def _at_most(most_bytes: int | None, rows: Sequence[Row]) -> list[Row]:
    """Return the first of these rows: those whose operations fit, and at least one."""
    sizes = accumulate(len(row.operation) for row in rows)
    fitting = sum(1 for size in sizes if most_bytes is None or size <= most_bytes)
    return list(rows[: max(fitting, 1)])

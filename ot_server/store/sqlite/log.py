"""Texts and their logs in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Iterable
from typing import Final, TypeVar

import structlog
from msgspec import structs

from ot_server.store.columns import CLIENT, INFO, LOCK, SESSION
from ot_server.store.contract.log import LASTING_SNAPSHOTS, RECENT_SNAPSHOTS
from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    LockRow,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
)
from ot_server.store.snapshot_body import Unreadable, pack, unpack
from ot_server.store.sqlite.database import NOW, Database, marks
from ot_server.store.transactions import NO_LIMIT, taker

__all__ = ["SqliteLog"]

log = structlog.get_logger(__name__)

Row = TypeVar("Row", Block, CommittedOperation)


class SqliteLog:
    """See `ot_server.store.contract.log.SessionStore` for what each method does."""

    _database: Database

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        def work(db: sqlite3.Connection) -> Standing | None:
            row = db.execute(
                f"SELECT {SESSION}, {LOCK}, lock_until - {NOW} FROM sessions WHERE id = ?",
                (session_id,),
            ).fetchone()
            if row is None:
                return None
            *row, lock_id, by, reason, lock_until, seconds = row
            is_locked = seconds is not None and seconds > 0
            info = db.execute(f"SELECT {INFO} FROM infos WHERE id = ?", (session_id,))
            # Before the roles: one that ends in between is then not held, instead of for ever.
            (until,) = db.execute(
                "SELECT min(links.expires_at) FROM links JOIN participants USING (link)"
                f" WHERE links.expires_at > {NOW} AND participants.session_id = ?"
                f" AND participants.id IN ({marks(participants)})",
                (session_id, *participants),
            ).fetchone()
            roles = db.execute(
                "SELECT participant_id, role FROM held_roles WHERE role IS NOT NULL"
                f" AND session_id = ? AND participant_id IN ({marks(participants)})",
                (session_id, *participants),
            )
            rows = db.execute(SELECT_CLIENTS.format(marks(clients)), (session_id, *clients))
            return Standing(
                SessionRow(*row),
                take_info(iter(info.fetchone())),
                dict(roles.fetchall()),
                {client_id: ClientRow(client_id, *rest) for client_id, *rest in rows},
                until,
                LockRow(lock_id, by, reason, lock_until) if is_locked else None,
                seconds if is_locked else 0.0,
            )

        return await self._database.read(work)

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        last = NO_LIMIT if revision is None else revision
        while rows := await self._database.rows(
            "SELECT revision, body FROM snapshots WHERE session_id = ? AND revision <= ?"
            " ORDER BY revision DESC LIMIT 1",
            session_id,
            last,
        ):
            at, body = rows[0]
            try:
                return await asyncio.to_thread(unpack, at, body)
            except Unreadable:
                log.error("snapshot_unreadable", session=session_id, revision=at)
                last = at - 1
        return Snapshot(0, "")

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[Block]:
        def work(db: sqlite3.Connection) -> list[Block]:
            rows = db.execute(SELECT_BLOCKS, (session_id, first, first, last))
            return _at_most(most_bytes, (Block(*row) for row in rows))

        return await self._database.read(work)

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        def work(db: sqlite3.Connection) -> list[CommittedOperation]:
            rows = db.execute(SELECT_OPERATIONS, (session_id, first, last))
            return _at_most(most_bytes, (CommittedOperation(*row) for row in rows))

        return await self._database.read(work)

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        rows = await self._database.rows(
            "SELECT revision, participant_id, committed_at FROM operations"
            f" WHERE session_id = ? AND revision IN ({marks(revisions)})",
            session_id,
            *revisions,
        )
        return {revision: (participant_id, at) for revision, participant_id, at in rows}

    async def commit(self, commit: Commit) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            chain = commit.operations[-1].chain if commit.operations else None
            moved = db.execute(
                "UPDATE sessions SET version = version + 1, head = head + ?,"
                " chain = coalesce(?, chain) WHERE id = ? AND epoch = ? AND version = ?",
                (len(commit.operations), chain, commit.session_id, commit.epoch, commit.version),
            )
            if not moved.rowcount:
                return False
            db.executemany(
                "INSERT INTO operations (session_id, revision, client_id, seq, participant_id,"
                " operation, chain, committed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(commit.session_id, *structs.astuple(line)) for line in commit.operations],
            )
            db.executemany(
                "UPDATE clients SET last_seq = ?, last_revision = ?, refusal = ?, digest = ?"
                " WHERE session_id = ? AND client_id = ?",
                [
                    (
                        client.last_seq,
                        client.last_revision,
                        client.refusal,
                        client.digest,
                        commit.session_id,
                        client.client_id,
                    )
                    for client in commit.clients
                ],
            )
            return True

        return await self._database.write(work)

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        body = await asyncio.to_thread(pack, snapshot)

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO snapshots (session_id, revision, body) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (session_id, snapshot.revision, body),
            )
            db.execute(
                "INSERT INTO blocks (session_id, first, revision, operation) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (session_id, block.first, block.last, block.operation),
            )
            db.execute(THIN_OUT, (session_id, session_id, RECENT_SNAPSHOTS, LASTING_SNAPSHOTS))

        await self._database.write(work)

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        rows = await self._database.rows(
            f"SELECT id, epoch, version, head FROM sessions WHERE id IN ({marks(session_ids)})",
            *session_ids,
        )
        return {session_id: (epoch, version, head) for session_id, epoch, version, head in rows}

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        def work(db: sqlite3.Connection) -> ClientRow:
            db.execute(
                "INSERT INTO clients (session_id, client_id, participant_id, last_seq, digest)"
                " VALUES (?, ?, ?, 0, x'') ON CONFLICT DO NOTHING",
                (session_id, client_id, participant_id),
            )
            return ClientRow(
                *db.execute(SELECT_CLIENTS.format("?"), (session_id, client_id)).fetchone()
            )

        return await self._database.write(work)


take_info: Final = taker(SessionInfoRow)

SELECT_OPERATIONS: Final = (
    "SELECT revision, client_id, seq, participant_id, operation, chain, committed_at"
    " FROM operations WHERE session_id = ? AND revision > ? AND revision <= ? ORDER BY revision"
)

# A block that begins at `first` or later ends after it; the key only has the ends of blocks.
SELECT_BLOCKS: Final = (
    "SELECT first, revision, operation FROM blocks"
    " WHERE session_id = ? AND revision > ? AND first >= ? AND revision <= ? ORDER BY revision"
)

# A snapshot's number is that of its block: blocks stay, so it never changes.
THIN_OUT: Final = (
    "DELETE FROM snapshots WHERE session_id = ? AND revision IN (SELECT revision FROM ("
    "SELECT revision, row_number() OVER (ORDER BY revision) AS number, count(*) OVER () AS total"
    " FROM blocks WHERE session_id = ?) WHERE number <= total - ? AND number % ? <> 0)"
)

SELECT_CLIENTS: Final = f"SELECT {CLIENT} FROM clients WHERE session_id = ? AND client_id IN ({{}})"


def _at_most(most_bytes: int | None, rows: Iterable[Row]) -> list[Row]:
    """Return the first of these rows whose operations fit, at least one."""
    found: list[Row] = []
    size = 0
    for row in rows:
        size += len(row.operation)
        if found and most_bytes is not None and size > most_bytes:
            break
        found.append(row)
    return found

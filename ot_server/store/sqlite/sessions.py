"""Texts and their logs in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import structs

from ot_server.store.rows import (
    ClientRow,
    Commit,
    CommittedOperation,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
    first_chain,
)
from ot_server.store.sqlite.access import INFO, PARTICIPANT, insert_link, insert_participant
from ot_server.store.sqlite.database import Database, marks

__all__ = ["SqliteSessions"]


class SqliteSessions:
    """See `ot_server.store.base.SessionStore` for what each method does."""

    _database: Database

    async def create_session(self, new: NewSession) -> None:
        def work(db: sqlite3.Connection) -> None:
            info = new.info
            chain = new.operations[-1].chain if new.operations else first_chain(info.id)
            db.execute(
                "INSERT INTO sessions (id, head, chain) VALUES (?, ?, ?)",
                (info.id, len(new.operations), chain),
            )
            db.execute(
                f"INSERT INTO session_info ({INFO}) VALUES (?, ?, ?, ?, ?, ?)",
                structs.astuple(info),
            )
            insert_participant(db, new.participant)
            if new.link is not None:
                insert_link(db, new.link)
            _insert_operations(db, info.id, new.operations)

        await self._database.write(work)

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        def work(db: sqlite3.Connection) -> Standing | None:
            row = db.execute(
                "SELECT id, epoch, version, head, chain FROM sessions WHERE id = ?", (session_id,)
            ).fetchone()
            if row is None:
                return None
            info = db.execute(f"SELECT {INFO} FROM session_info WHERE id = ?", (session_id,))
            roles = db.execute(
                "SELECT participant_id, role FROM held_roles WHERE role IS NOT NULL"
                f" AND session_id = ? AND participant_id IN ({marks(participants)})",
                (session_id, *participants),
            )
            rows = db.execute(SELECT_CLIENTS.format(marks(clients)), (session_id, *clients))
            return Standing(
                SessionRow(*row),
                SessionInfoRow(*info.fetchone()),
                dict(roles.fetchall()),
                {client_id: ClientRow(client_id, *rest) for client_id, *rest in rows},
            )

        return await self._database.read(work)

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        rows = await self._database.rows(
            "SELECT revision, body FROM snapshots WHERE session_id = ? AND revision <= ?"
            " ORDER BY revision DESC LIMIT 1",
            session_id,
            NO_LIMIT if revision is None else revision,
        )
        if not rows:
            return Snapshot(0, "")
        at, body = rows[0]
        return Snapshot(at, await asyncio.to_thread(_unpack, body))

    async def operations(self, session_id: str, first: int, last: int) -> list[CommittedOperation]:
        rows = await self._database.rows(
            "SELECT revision, client_id, seq, participant_id, operation, chain, committed_at"
            " FROM operations WHERE session_id = ? AND revision > ? AND revision <= ?"
            " ORDER BY revision",
            session_id,
            first,
            last,
        )
        return [CommittedOperation(*row) for row in rows]

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
            _insert_operations(db, commit.session_id, commit.operations)
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

    async def save_snapshot(self, session_id: str, snapshot: Snapshot) -> None:
        body = await asyncio.to_thread(_pack, snapshot.text)
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO snapshots (session_id, revision, body) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (session_id, snapshot.revision, body),
            )
        )

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

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        rows = await self._database.rows(
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = ? AND id = ?",
            session_id,
            participant_id,
        )
        return ParticipantRow(*rows[0]) if rows else None


NO_LIMIT: Final = 2**63 - 1

SELECT_CLIENTS: Final = (
    "SELECT client_id, participant_id, last_seq, last_revision, refusal, digest FROM clients"
    " WHERE session_id = ? AND client_id IN ({})"
)


def _insert_operations(
    db: sqlite3.Connection, session_id: str, operations: Iterable[CommittedOperation]
) -> None:
    db.executemany(
        "INSERT INTO operations (session_id, revision, client_id, seq, participant_id,"
        " operation, chain, committed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                session_id,
                line.revision,
                line.client_id,
                line.seq,
                line.participant_id,
                line.operation,
                line.chain,
                line.committed_at,
            )
            for line in operations
        ],
    )


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), level=1)


def _unpack(body: bytes) -> str:
    return zlib.decompress(body).decode()

"""What the command line asks for, in SQLite."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from msgspec import structs

from ot_protocol.messages import RejectCode
from ot_server.store.admin import ListedSession, SessionRows
from ot_server.store.base import PATIENT_SECONDS
from ot_server.store.columns import CLIENT, INFO, PARTICIPANT, SESSION, VERSION
from ot_server.store.rows import (
    Block,
    ClientRow,
    CommittedOperation,
    ParticipantRow,
    SessionRow,
    VersionRow,
)
from ot_server.store.sqlite.database import Database, marks, perform
from ot_server.store.sqlite.infos import read_info
from ot_server.store.sqlite.sessions import insert_operations
from ot_server.store.transactions import insert

__all__ = ["SqliteAdmin"]

OF_WHAT_WAS_CUT: Final[RejectCode] = "unknown_revision"


class SqliteAdmin:
    """See `ot_server.store.admin.AdminStore` for what each method does."""

    _database: Database

    async def all_sessions(self) -> list[ListedSession]:
        def work(db: sqlite3.Connection) -> list[ListedSession]:
            owners: defaultdict[str, list[str]] = defaultdict(list)
            for session_id, name in db.execute(
                "SELECT participants.session_id, participants.name FROM participants"
                " JOIN held_roles ON held_roles.participant_id = participants.id"
                " WHERE held_roles.role = 'owner' ORDER BY participants.ordinal"
            ):
                owners[session_id].append(name)
            infos = {
                row[0]: read_info(row) for row in db.execute(f"SELECT {INFO} FROM session_info")
            }
            rows = [SessionRow(*row) for row in db.execute(f"SELECT {SESSION} FROM sessions")]
            listed = [ListedSession(row, infos[row.id], owners[row.id]) for row in rows]
            return sorted(listed, key=lambda one: (-one.info.updated_at, one.info.id))

        return await self._database.read(work)

    async def session_rows(self, session_id: str) -> SessionRows | None:
        def work(db: sqlite3.Connection) -> SessionRows | None:
            def select(columns: str, rest: str) -> list[tuple[Any, ...]]:
                return db.execute(f"SELECT {columns} FROM {rest}", (session_id,)).fetchall()

            sessions = select(SESSION, "sessions WHERE id = ?")
            if not sessions:
                return None
            infos = select(INFO, "session_info WHERE id = ?")
            participants = select(PARTICIPANT, "participants WHERE session_id = ? ORDER BY ordinal")
            clients = select(CLIENT, "clients WHERE session_id = ? ORDER BY client_id")
            versions = select(VERSION, "versions WHERE session_id = ? ORDER BY created_at, id")
            return SessionRows(
                SessionRow(*sessions[0]),
                read_info(infos[0]),
                [ParticipantRow(*row) for row in participants],
                [ClientRow(*row) for row in clients],
                [VersionRow(*row) for row in versions],
            )

        return await self._database.read(work)

    async def restore_session(
        self, rows: SessionRows, operations: Iterable[CommittedOperation]
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            id_ = rows.row.id
            if db.execute("SELECT 1 FROM sessions WHERE id = ?", (id_,)).fetchone():
                return False
            _insert(db, "sessions", SESSION, [structs.astuple(rows.row)])
            perform(db, insert("session_info", rows.info, title_key=rows.info.title.casefold()))
            _insert(db, "participants", PARTICIPANT, map(structs.astuple, rows.participants))
            _insert_clients(db, id_, rows.clients)
            _insert(db, "versions", VERSION, map(structs.astuple, rows.versions))
            insert_operations(db, id_, operations)
            return True

        return await self._database.write(work, PATIENT_SECONDS)

    async def log_end(self, session_id: str) -> int:
        rows = await self._database.rows(
            "SELECT coalesce(max(revision), 0) FROM operations WHERE session_id = ?", session_id
        )
        end: int = rows[0][0]
        return end

    async def snapshot_revisions(self, session_id: str) -> list[int]:
        rows = await self._database.rows(
            "SELECT revision FROM snapshots WHERE session_id = ? ORDER BY revision", session_id
        )
        return [revision for (revision,) in rows]

    async def delete_snapshots(self, session_id: str, revisions: Collection[int]) -> None:
        await self._database.write(
            lambda db: db.execute(
                f"DELETE FROM snapshots WHERE session_id = ? AND revision IN ({marks(revisions)})",
                (session_id, *revisions),
            )
        )

    async def mend_blocks(self, session_id: str, blocks: Iterable[Block]) -> None:
        await self._database.write(
            lambda db: db.executemany(
                "UPDATE blocks SET first = ?, operation = ? WHERE session_id = ? AND revision = ?",
                [(block.first, block.operation, session_id, block.last) for block in blocks],
            )
        )

    async def mend_clients(self, session_id: str, clients: Iterable[ClientRow]) -> None:
        def work(db: sqlite3.Connection) -> None:
            rows = list(clients)
            db.executemany(
                "DELETE FROM clients WHERE session_id = ? AND client_id = ?",
                [(session_id, client.client_id) for client in rows],
            )
            _insert_clients(db, session_id, rows)

        await self._database.write(work, PATIENT_SECONDS)

    async def cut_log(self, session_id: str, head: int, chain: bytes) -> None:
        def work(db: sqlite3.Connection) -> None:
            for table in ("operations", "snapshots", "blocks", "versions", "runs"):
                db.execute(
                    f"DELETE FROM {table} WHERE session_id = ? AND revision > ?",
                    (session_id, head),
                )
            db.execute(
                "UPDATE clients SET last_revision = NULL, refusal = ?"
                " WHERE session_id = ? AND last_revision > ?",
                (OF_WHAT_WAS_CUT, session_id, head),
            )
            db.execute(
                "UPDATE sessions SET head = ?, chain = ? WHERE id = ?", (head, chain, session_id)
            )
            _begin_epoch(db, session_id)

        await self._database.write(work, PATIENT_SECONDS)

    async def bump_epoch(self, session_id: str) -> int | None:
        return await self._database.write(lambda db: _begin_epoch(db, session_id))


def _insert(
    db: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    places = marks(columns.split(", "))
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def _insert_clients(db: sqlite3.Connection, session_id: str, clients: Iterable[ClientRow]) -> None:
    rows = [(session_id, *structs.astuple(client)) for client in clients]
    _insert(db, "clients", f"session_id, {CLIENT}", rows)


def _begin_epoch(db: sqlite3.Connection, session_id: str) -> int | None:
    row = db.execute(
        "UPDATE sessions SET epoch = epoch + 1, version = version + 1 WHERE id = ? RETURNING epoch",
        (session_id,),
    ).fetchone()
    return row[0] if row else None

"""What the command line asks for, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

from msgspec import structs

from ot_protocol.messages import RejectCode
from ot_server.store.admin import ListedSession, SessionRows
from ot_server.store.base import PATIENT_SECONDS
from ot_server.store.columns import CLIENT, INFO, PARTICIPANT, SESSION, VERSION
from ot_server.store.postgres.database import Database, Statements
from ot_server.store.postgres.sessions import insert_operations
from ot_server.store.rows import (
    Block,
    ClientRow,
    CommittedOperation,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    VersionRow,
)
from ot_server.store.shared.locks import lock_sessions
from ot_server.store.transactions import insert

__all__ = ["PostgresAdmin"]

OF_WHAT_WAS_CUT: Final[RejectCode] = "unknown_revision"
STRETCH: Final = 1_000
"""So many lines are added by one statement."""


class PostgresAdmin:
    """See `ot_server.store.admin.AdminStore` for what each method does."""

    _database: Database

    async def all_sessions(self) -> list[ListedSession]:
        rows = await self._database.rows(SELECT_ALL)
        return [
            ListedSession(SessionRow(*row), SessionInfoRow(*info), owners)
            for row, info, owners in rows
        ]

    async def session_rows(self, session_id: str) -> SessionRows | None:
        found = await self._database.row(SELECT_SESSION, session_id)
        if found is None:
            return None
        row, info, participants, clients, versions = found
        return SessionRows(
            SessionRow(*row),
            SessionInfoRow(*info),
            [ParticipantRow(*row) for row in participants],
            [ClientRow(*row) for row in clients],
            [VersionRow(*row) for row in versions],
        )

    async def restore_session(
        self, rows: SessionRows, operations: Iterable[CommittedOperation]
    ) -> bool:
        async def work(db: Statements) -> bool:
            id_ = rows.row.id
            is_new = await db.rows(
                f"INSERT INTO sessions ({SESSION}) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT DO NOTHING RETURNING id",
                *structs.astuple(rows.row),
            )
            if not is_new:
                return False
            await db.perform(
                insert("session_info", rows.info, title_key=rows.info.title.casefold())
            )
            for participant in rows.participants:
                await db.rows(
                    f"INSERT INTO participants ({PARTICIPANT})"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    *structs.astuple(participant),
                )
            for client in rows.clients:
                await _put_client(db, id_, client)
            for version in rows.versions:
                await db.perform(insert("versions", version))
            lines = iter(operations)
            while stretch := list(islice(lines, STRETCH)):
                await insert_operations(db, id_, stretch)
            return True

        return await self._database.transact(work, PATIENT_SECONDS)

    async def log_end(self, session_id: str) -> int:
        ((end,),) = await self._database.rows(
            "SELECT coalesce(max(revision), 0) FROM operations WHERE session_id = $1", session_id
        )
        return int(end)

    async def snapshot_revisions(self, session_id: str) -> list[int]:
        rows = await self._database.rows(
            "SELECT revision FROM snapshots WHERE session_id = $1 ORDER BY revision", session_id
        )
        return [revision for (revision,) in rows]

    async def delete_snapshots(self, session_id: str, revisions: Collection[int]) -> None:
        await self._database.write(
            "DELETE FROM snapshots WHERE session_id = $1 AND revision = ANY($2)",
            session_id,
            [*revisions],
        )

    async def mend_blocks(self, session_id: str, blocks: Iterable[Block]) -> None:
        mended = list(blocks)
        await self._database.write(
            "UPDATE blocks SET first = block.first, operation = block.operation"
            " FROM unnest($2::bigint[], $3::bigint[], $4::bytea[])"
            " AS block (first, revision, operation)"
            " WHERE blocks.session_id = $1 AND blocks.revision = block.revision",
            session_id,
            [block.first for block in mended],
            [block.last for block in mended],
            [block.operation for block in mended],
        )

    async def mend_clients(self, session_id: str, clients: Iterable[ClientRow]) -> None:
        async def work(db: Statements) -> None:
            for client in clients:
                await _put_client(db, session_id, client)

        await self._database.transact(work, PATIENT_SECONDS)

    async def cut_log(self, session_id: str, head: int, chain: bytes) -> None:
        async def work(db: Statements) -> None:
            await db.perform(lock_sessions([session_id]))
            for table in ("operations", "snapshots", "blocks", "versions", "runs"):
                await db.rows(
                    f"DELETE FROM {table} WHERE session_id = $1 AND revision > $2",
                    session_id,
                    head,
                )
            await db.rows(
                "UPDATE clients SET last_revision = NULL, refusal = $3"
                " WHERE session_id = $1 AND last_revision > $2",
                session_id,
                head,
                OF_WHAT_WAS_CUT,
            )
            await db.rows(
                "UPDATE sessions SET head = $2, chain = $3 WHERE id = $1", session_id, head, chain
            )
            await db.rows(BEGIN_EPOCH, session_id)

        await self._database.transact(work, PATIENT_SECONDS)

    async def bump_epoch(self, session_id: str) -> int | None:
        rows = await self._database.write(BEGIN_EPOCH, session_id)
        return rows[0][0] if rows else None


SELECT_ALL: Final = f"""
SELECT ({SESSION}), (SELECT ({INFO}) FROM session_info WHERE session_info.id = sessions.id),
    ARRAY(SELECT participants.name FROM participants
        JOIN held_roles ON held_roles.participant_id = participants.id
        WHERE participants.session_id = sessions.id AND held_roles.role = 'owner'
        ORDER BY participants.ordinal)
FROM sessions JOIN (SELECT id AS info_id, updated_at FROM session_info) AS updates
    ON updates.info_id = sessions.id
ORDER BY updated_at DESC, id
"""

SELECT_SESSION: Final = f"""
SELECT ({SESSION}), (SELECT ({INFO}) FROM session_info WHERE id = $1),
    ARRAY(SELECT ({PARTICIPANT}) FROM participants WHERE session_id = $1 ORDER BY ordinal),
    ARRAY(SELECT ({CLIENT}) FROM clients WHERE session_id = $1 ORDER BY client_id),
    ARRAY(SELECT ({VERSION}) FROM versions WHERE session_id = $1 ORDER BY created_at, id)
FROM sessions WHERE id = $1
"""

BEGIN_EPOCH: Final = (
    "UPDATE sessions SET epoch = epoch + 1, version = version + 1 WHERE id = $1 RETURNING epoch"
)


async def _put_client(db: Statements, session_id: str, client: ClientRow) -> None:
    """Keep what a client was told, in the place of what is kept of it."""
    await db.rows(
        f"INSERT INTO clients (session_id, {CLIENT}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (session_id, client_id) DO UPDATE SET"
        " participant_id = excluded.participant_id, last_seq = excluded.last_seq,"
        " last_revision = excluded.last_revision, refusal = excluded.refusal,"
        " digest = excluded.digest",
        session_id,
        *structs.astuple(client),
    )

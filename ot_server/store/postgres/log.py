"""Texts and their logs in Postgres.

Invariant: a commit is one statement, and so is everything that is read at one moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import structlog

from ot_server.store.columns import CLIENT, INFO, LOCK, SESSION
from ot_server.store.contract.log import LASTING_SNAPSHOTS, RECENT_SNAPSHOTS
from ot_server.store.postgres.database import NOW, Database, Statements
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

__all__ = ["PostgresLog"]

log = structlog.get_logger(__name__)


class PostgresLog:
    """See `ot_server.store.contract.log.SessionStore` for what each method does."""

    _database: Database

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        row = await self._database.row(SELECT_STANDING, session_id, [*participants], [*clients])
        if row is None:
            return None
        epoch, version, head, chain, *info, until, roles, rows, lock, seconds = row
        is_locked = seconds is not None and seconds > 0
        return Standing(
            SessionRow(session_id, epoch, version, head, chain),
            SessionInfoRow(*info),
            dict(roles),
            {client_id: ClientRow(client_id, *rest) for client_id, *rest in rows},
            until,
            LockRow(*lock) if is_locked else None,
            seconds if is_locked else 0.0,
        )

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        last = revision
        while row := await self._database.row(SELECT_SNAPSHOT, session_id, last):
            at, body = row
            try:
                return await asyncio.to_thread(unpack, at, body)
            except Unreadable:
                log.error("snapshot_unreadable", session=session_id, revision=at)
                last = at - 1
        return Snapshot(0, "")

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[Block]:
        rows = await self._database.rows(SELECT_BLOCKS, session_id, first, last, most_bytes)
        return [Block(*row) for row in rows]

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        rows = await self._database.rows(SELECT_OPERATIONS, session_id, first, last, most_bytes)
        return [CommittedOperation(*row) for row in rows]

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        rows = await self._database.rows(
            "SELECT revision, participant_id, committed_at FROM operations"
            " WHERE session_id = $1 AND revision = ANY($2)",
            session_id,
            [*revisions],
        )
        return {revision: (participant_id, at) for revision, participant_id, at in rows}

    async def commit(self, commit: Commit) -> bool:
        chain = commit.operations[-1].chain if commit.operations else None
        done = await self._database.write(
            COMMIT,
            commit.session_id,
            commit.epoch,
            commit.version,
            len(commit.operations),
            chain,
            *_line_columns(commit.operations),
            [client.client_id for client in commit.clients],
            [client.last_seq for client in commit.clients],
            [client.last_revision for client in commit.clients],
            [client.refusal for client in commit.clients],
            [client.digest for client in commit.clients],
        )
        return bool(done)

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        body = await asyncio.to_thread(pack, snapshot)

        async def work(db: Statements) -> None:
            await db.rows(
                "INSERT INTO snapshots (session_id, revision, body) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                session_id,
                snapshot.revision,
                body,
            )
            await db.rows(
                "INSERT INTO blocks (session_id, first, revision, operation)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                session_id,
                block.first,
                block.last,
                block.operation,
            )
            await db.rows(THIN_OUT, session_id, RECENT_SNAPSHOTS, LASTING_SNAPSHOTS)

        await self._database.transact(work)

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        rows = await self._database.rows(
            "SELECT id, epoch, version, head FROM sessions WHERE id = ANY($1)", [*session_ids]
        )
        return {session_id: (epoch, version, head) for session_id, epoch, version, head in rows}

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        (row,) = await self._database.write(CLAIM, session_id, client_id, participant_id)
        return ClientRow(*row)


LINE: Final = "revision, client_id, seq, participant_id, operation, chain, committed_at"

# The session's row comes first: its lock decides between two nodes that commit at once.
COMMIT: Final = f"""
WITH moved AS (
    UPDATE sessions SET version = version + 1, head = head + $4, chain = coalesce($5, chain)
    WHERE id = $1 AND epoch = $2 AND version = $3
    RETURNING id
), added AS (
    INSERT INTO operations (session_id, {LINE})
    SELECT moved.id, line.* FROM moved, unnest(
        $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::bytea[], $11::bytea[],
        $12::double precision[]
    ) AS line
), told AS (
    UPDATE clients SET last_seq = client.last_seq, last_revision = client.last_revision,
        refusal = client.refusal, digest = client.digest
    FROM moved, unnest($13::text[], $14::bigint[], $15::bigint[], $16::text[], $17::bytea[])
        AS client (client_id, last_seq, last_revision, refusal, digest)
    WHERE clients.session_id = moved.id AND clients.client_id = client.client_id
)
SELECT FROM moved
"""

# Who has it keeps it; that this writes the row anew is how it is seen in the same statement.
CLAIM: Final = f"""
INSERT INTO clients (session_id, client_id, participant_id, last_seq, digest)
VALUES ($1, $2, $3, 0, '')
ON CONFLICT (session_id, client_id) DO UPDATE SET participant_id = clients.participant_id
RETURNING {CLIENT}
"""

SELECT_STANDING: Final = f"""
SELECT {SESSION.removeprefix("id, ")}, info.*,
    (SELECT min(links.expires_at) FROM links JOIN participants USING (link)
        WHERE links.expires_at > {NOW}
            AND participants.session_id = $1 AND participants.id = ANY($2)),
    ARRAY(SELECT (participant_id, role) FROM held_roles
        WHERE session_id = $1 AND participant_id = ANY($2) AND role IS NOT NULL),
    ARRAY(SELECT ({CLIENT}) FROM clients WHERE session_id = $1 AND client_id = ANY($3)),
    ({LOCK}), lock_until - {NOW}
FROM sessions JOIN (SELECT {INFO} FROM infos) AS info USING (id) WHERE sessions.id = $1
"""

SELECT_SNAPSHOT: Final = """
SELECT revision, body FROM snapshots
WHERE session_id = $1 AND ($2::bigint IS NULL OR revision <= $2) ORDER BY revision DESC LIMIT 1
"""


def _first_of(columns: str, source: str) -> str:
    """Return a query for the first rows of a source whose operations have at most $4 bytes."""
    return f"""
SELECT {columns} FROM (
    SELECT *, sum(octet_length(operation)) OVER log AS size, row_number() OVER log AS number
    FROM {source} WINDOW log AS (ORDER BY revision)
) AS sized WHERE number = 1 OR $4::bigint IS NULL OR size <= $4 ORDER BY revision
"""


SELECT_OPERATIONS: Final = _first_of(
    LINE, "operations WHERE session_id = $1 AND revision > $2 AND revision <= $3"
)

# A block that begins at `first` or later ends after it; the key only has the ends of blocks.
SELECT_BLOCKS: Final = _first_of(
    "first, revision, operation",
    "blocks WHERE session_id = $1 AND revision > $2 AND first >= $2 AND revision <= $3",
)

# A snapshot's number is that of its block: blocks stay, so it never changes.
THIN_OUT: Final = """
DELETE FROM snapshots WHERE session_id = $1 AND revision IN (
    SELECT revision FROM (
        SELECT revision, row_number() OVER (ORDER BY revision) AS number,
            count(*) OVER () AS total
        FROM blocks WHERE session_id = $1
    ) AS numbered WHERE number <= total - $2::bigint AND number % $3::bigint <> 0
)
"""


def _line_columns(lines: Sequence[CommittedOperation]) -> tuple[list[Any], ...]:
    """Return lines as columns, in the order of `LINE`."""
    return (
        [line.revision for line in lines],
        [line.client_id for line in lines],
        [line.seq for line in lines],
        [line.participant_id for line in lines],
        [line.operation for line in lines],
        [line.chain for line in lines],
        [line.committed_at for line in lines],
    )

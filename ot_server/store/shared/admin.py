"""Whole sessions, for the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from msgspec import structs

from ot_protocol.messages import RejectCode
from ot_server.store.columns import CLIENT, INFO, PARTICIPANT, SESSION, VERSION
from ot_server.store.contract.admin import ListedSession, SessionRows
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
from ot_server.store.shared.sessions import insert_info, insert_lines
from ot_server.store.transactions import (
    JSON_LIST,
    Each,
    Shared,
    Statement,
    Transaction,
    any_of,
    change,
    insert,
    long_write,
    one,
    read,
    row,
    rows,
    some,
    write,
)

__all__ = ["SharedAdmin"]

OF_WHAT_WAS_CUT: Final[RejectCode] = "unknown_revision"


class SharedAdmin(Shared):
    """See `ot_server.store.contract.admin.AdminStore` for what each method does."""

    @read
    def all_sessions(self) -> Statement[list[ListedSession]]:
        return rows(ListedSession, SELECT_ALL)

    @read
    def session_rows(self, session_id: str) -> Transaction[SessionRows | None]:
        session = yield from row(
            SessionRow, f"SELECT {SESSION} FROM sessions WHERE id = $1", session_id
        )
        if session is None:
            return None
        info = yield from one(SessionInfoRow, f"SELECT {INFO} FROM infos WHERE id = $1", session_id)
        participants = yield from rows(
            ParticipantRow,
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = $1 ORDER BY ordinal",
            session_id,
        )
        clients = yield from rows(
            ClientRow,
            f"SELECT {CLIENT} FROM clients WHERE session_id = $1 ORDER BY client_id",
            session_id,
        )
        versions = yield from rows(
            VersionRow,
            f"SELECT {VERSION} FROM versions WHERE session_id = $1 ORDER BY created_at, id",
            session_id,
        )
        return SessionRows(session, info, participants, clients, versions)

    @long_write
    def restore_session(
        self, rows: SessionRows, operations: Iterable[CommittedOperation]
    ) -> Transaction[bool]:
        id_ = rows.row.id
        is_new = yield from some(
            f"INSERT INTO sessions ({SESSION}) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING RETURNING id",
            *structs.astuple(rows.row),
        )
        if not is_new:
            return False
        yield from insert_info(rows.info)
        for participant in rows.participants:
            yield from insert("participants", participant)
        yield from _put_clients(id_, rows.clients)
        for version in rows.versions:
            yield from insert("versions", version)
        yield from insert_lines(id_, operations)
        return True

    @read
    def log_end(self, session_id: str) -> Statement[int]:
        return one(
            int,
            "SELECT coalesce(max(revision), 0) FROM operations WHERE session_id = $1",
            session_id,
        )

    @read
    def snapshot_revisions(self, session_id: str) -> Statement[list[int]]:
        return rows(
            int,
            "SELECT revision FROM snapshots WHERE session_id = $1 ORDER BY revision",
            session_id,
        )

    @write
    def delete_snapshots(self, session_id: str, revisions: Collection[int]) -> Statement[None]:
        return change(
            f"DELETE FROM snapshots WHERE session_id = $1 AND revision {any_of('$2')}",
            session_id,
            [*revisions],
        )

    @long_write
    def mend_blocks(self, session_id: str, blocks: Iterable[Block]) -> Each:
        return Each(
            "UPDATE blocks SET first = $3, operation = $4 WHERE session_id = $1 AND revision = $2",
            ((session_id, block.last, block.first, block.operation) for block in blocks),
        )

    @long_write
    def mend_clients(self, session_id: str, clients: Iterable[ClientRow]) -> Each:
        return _put_clients(session_id, clients)

    @long_write
    def cut_log(self, session_id: str, head: int, chain: bytes) -> Transaction[None]:
        yield from lock_sessions([session_id])
        for table in ("operations", "snapshots", "blocks", "versions", "runs"):
            yield from change(
                f"DELETE FROM {table} WHERE session_id = $1 AND revision > $2", session_id, head
            )
        yield from change(
            "UPDATE clients SET last_revision = NULL, refusal = $3"
            " WHERE session_id = $1 AND last_revision > $2",
            session_id,
            head,
            OF_WHAT_WAS_CUT,
        )
        yield from change(
            "UPDATE sessions SET head = $2, chain = $3 WHERE id = $1", session_id, head, chain
        )
        yield from change(BEGIN_EPOCH, session_id)

    @write
    def bump_epoch(self, session_id: str) -> Statement[int | None]:
        return row(int, BEGIN_EPOCH, session_id)


SELECT_ALL: Final = f"""
SELECT session.*, info.*, (SELECT coalesce({JSON_LIST}(name), '[]') FROM (
        SELECT participants.name FROM participants
        JOIN held_roles ON held_roles.participant_id = participants.id
        WHERE participants.session_id = session.id AND held_roles.role = 'owner'
        ORDER BY participants.ordinal
    ) AS owners)
FROM (SELECT {SESSION} FROM sessions) AS session
JOIN (SELECT {INFO} FROM infos) AS info ON info.id = session.id
ORDER BY info.updated_at DESC, info.id
"""

BEGIN_EPOCH: Final = (
    "UPDATE sessions SET epoch = epoch + 1, version = version + 1 WHERE id = $1 RETURNING epoch"
)


def _put_clients(session_id: str, clients: Iterable[ClientRow]) -> Each:
    """Replace the rows of clients."""
    return Each(
        f"INSERT INTO clients (session_id, {CLIENT}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (session_id, client_id) DO UPDATE SET"
        " participant_id = excluded.participant_id, last_seq = excluded.last_seq,"
        " last_revision = excluded.last_revision, refusal = excluded.refusal,"
        " digest = excluded.digest",
        ((session_id, *structs.astuple(client)) for client in clients),
    )

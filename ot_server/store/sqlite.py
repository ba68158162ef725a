"""`Store` in one SQLite file.

One thread writes.  It takes every job that waits, of all sessions, into one
transaction, each under a savepoint of its own, so that a job that fails is rolled
back alone and one fsync serves them all.  No job is answered before the COMMIT.
Another thread reads, in WAL mode, and sees what has been committed.

Invariant: WAL with ``synchronous=FULL``: what a COMMIT has returned from survives
kill -9 and a loss of power.
"""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple, TypeVar

from ot_server.store.base import (
    ClientRow,
    Commit,
    CommittedOperation,
    LinkRow,
    NewSession,
    OutcomeUnknown,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
    StoreUnavailable,
    first_chain,
)
from ot_server.store.migrations import migrations

__all__ = ["SqliteStore"]

T = TypeVar("T")

MOST_JOBS: Final = 256
"""How many jobs share a transaction at most."""
BUSY_SECONDS: Final = 5
"""How long a command beside the server may hold the file before we give up."""


class Job(NamedTuple):
    """Something to write, and who waits for it."""

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class SqliteStore:
    """Keeps sessions in one file; see `ot_server.store.base.Store` for what each method does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._writer = Thread(target=self._write_all, name="sqlite-writer", daemon=True)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader")
        self._read_connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        try:
            await asyncio.to_thread(self._migrate)
            self._read_connection = await self._in_reader(self._connect)
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error
        self._writer.start()

    async def close(self) -> None:
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        if self._read_connection is not None:
            await self._in_reader(self._read_connection.close)
        self._reader.shutdown()

    async def create_session(self, new: NewSession) -> None:
        def work(db: sqlite3.Connection) -> None:
            chain = new.operations[-1].chain if new.operations else first_chain(new.id)
            db.execute(
                "INSERT INTO sessions (id, head, chain) VALUES (?, ?, ?)",
                (new.id, len(new.operations), chain),
            )
            db.execute(
                "INSERT INTO session_info (id, title, language, created_at) VALUES (?, ?, ?, ?)",
                (new.id, new.title, new.language, new.created_at),
            )
            _insert_participant(db, new.participant)
            db.execute(
                "INSERT INTO links (link, session_id, role, expires_at) VALUES (?, ?, ?, ?)",
                (new.link.link, new.id, new.link.role, new.link.expires_at),
            )
            _insert_operations(db, new.id, new.operations)

        await self._write(work)

    async def session_info(self, session_id: str) -> SessionInfoRow | None:
        rows = await self._rows(
            "SELECT id, title, language, created_at FROM session_info WHERE id = ?", session_id
        )
        return SessionInfoRow(*rows[0]) if rows else None

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        def work(db: sqlite3.Connection) -> Standing | None:
            row = db.execute(
                "SELECT id, epoch, version, head, chain FROM sessions WHERE id = ?", (session_id,)
            ).fetchone()
            if row is None:
                return None
            roles = db.execute(
                "SELECT id, role FROM participants"
                f" WHERE session_id = ? AND id IN ({_marks(participants)})",
                (session_id, *participants),
            )
            rows = db.execute(SELECT_CLIENTS.format(_marks(clients)), (session_id, *clients))
            return Standing(
                SessionRow(*row),
                dict(roles.fetchall()),
                {client_id: ClientRow(client_id, *rest) for client_id, *rest in rows},
            )

        return await self._read(work)

    async def snapshot(self, session_id: str) -> Snapshot:
        rows = await self._rows(
            "SELECT revision, body FROM snapshots WHERE session_id = ?"
            " ORDER BY revision DESC LIMIT 1",
            session_id,
        )
        if not rows:
            return Snapshot(0, "")
        revision, body = rows[0]
        return Snapshot(revision, await asyncio.to_thread(_unpack, body))

    async def operations(self, session_id: str, first: int, last: int) -> list[CommittedOperation]:
        rows = await self._rows(
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

        return await self._write(work)

    async def save_snapshot(self, session_id: str, snapshot: Snapshot) -> None:
        body = await asyncio.to_thread(_pack, snapshot.text)
        await self._write(
            lambda db: db.execute(
                "INSERT INTO snapshots (session_id, revision, body) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (session_id, snapshot.revision, body),
            )
        )

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        rows = await self._rows(
            f"SELECT id, epoch, version, head FROM sessions WHERE id IN ({_marks(session_ids)})",
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

        return await self._write(work)

    async def link(self, link: str) -> LinkRow | None:
        rows = await self._rows(
            "SELECT link, session_id, role, expires_at FROM links WHERE link = ?", link
        )
        return LinkRow(*rows[0]) if rows else None

    async def add_participant(self, participant: ParticipantRow) -> ParticipantRow:
        return await self._write(lambda db: _insert_participant(db, participant))

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        rows = await self._rows(
            "SELECT id, session_id, name, kind, role, ordinal FROM participants"
            " WHERE session_id = ? AND id = ?",
            session_id,
            participant_id,
        )
        return ParticipantRow(*rows[0]) if rows else None

    async def rename_participant(self, participant_id: str, name: str) -> None:
        await self._write(
            lambda db: db.execute(
                "UPDATE participants SET name = ? WHERE id = ?", (name, participant_id)
            )
        )

    # The two threads.

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        return db

    def _migrate(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = self._connect()
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            for step in migrations("sqlite"):
                if step.version > version:
                    db.executescript(
                        f"BEGIN IMMEDIATE; {step.script}"
                        f"; PRAGMA user_version = {step.version}; COMMIT"
                    )
        finally:
            db.close()

    async def _in_reader(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one read transaction: it sees one moment of the store."""
        db = self._read_connection
        assert db is not None, "the store is not open"

        def transaction() -> T:
            db.execute("BEGIN")
            try:
                return work(db)
            finally:
                db.execute("COMMIT")

        try:
            return await self._in_reader(transaction)
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error

    async def _rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return await self._read(lambda db: db.execute(sql, parameters).fetchall())

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(Job(work, future, loop))
        # A caller who is cancelled doesn't take the job back: its outcome is unknown to him.
        return await asyncio.shield(future)

    def _write_all(self) -> None:
        db = self._connect()
        closing = False
        while not closing:
            batch: list[Job] = []
            while not closing and len(batch) < MOST_JOBS and not (batch and self._jobs.empty()):
                job = self._jobs.get()
                if job is None:
                    closing = True
                else:
                    batch.append(job)
            if batch:
                _write_batch(db, batch)
        db.close()


SELECT_CLIENTS: Final = (
    "SELECT client_id, participant_id, last_seq, last_revision, refusal, digest FROM clients"
    " WHERE session_id = ? AND client_id IN ({})"
)


def _write_batch(db: sqlite3.Connection, batch: list[Job]) -> None:
    """Run jobs in one transaction, and answer them when it is durable."""
    answers: list[object] = []
    try:
        db.execute("BEGIN IMMEDIATE")
        for job in batch:
            db.execute("SAVEPOINT job")
            try:
                answers.append(job.work(db))
            except Exception as error:
                db.execute("ROLLBACK TO job")
                is_ours = isinstance(error, sqlite3.Error)
                answers.append(StoreUnavailable(str(error)) if is_ours else error)
            db.execute("RELEASE job")
    except sqlite3.Error as error:
        answers = [StoreUnavailable(str(error))] * len(batch)
        if db.in_transaction:
            db.execute("ROLLBACK")
    else:
        try:
            db.execute("COMMIT")
        except sqlite3.Error as error:
            answers = [OutcomeUnknown(str(error))] * len(batch)
            if db.in_transaction:
                db.execute("ROLLBACK")
    for job, answer in zip(batch, answers, strict=True):
        job.loop.call_soon_threadsafe(_answer, job.future, answer)


def _answer(future: asyncio.Future[Any], answer: object) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _insert_participant(db: sqlite3.Connection, participant: ParticipantRow) -> ParticipantRow:
    row = db.execute(
        "INSERT INTO participants (id, session_id, name, kind, role, ordinal)"
        " SELECT ?, ?, ?, ?, ?, count(*) FROM participants WHERE session_id = ?"
        " RETURNING id, session_id, name, kind, role, ordinal",
        (
            participant.id,
            participant.session_id,
            participant.name,
            participant.kind,
            participant.role,
            participant.session_id,
        ),
    ).fetchone()
    return ParticipantRow(*row)


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


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), level=1)


def _unpack(body: bytes) -> str:
    return zlib.decompress(body).decode()

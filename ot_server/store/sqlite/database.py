"""`Database`: one SQLite file, a thread that writes it and one that reads it.

The writer takes every job that waits, of all sessions, into one transaction, each under
a savepoint of its own, so that a job that fails is rolled back alone and one fsync
serves them all.  No job is answered before the COMMIT.  The reader works in WAL mode and
sees what has been committed.

Invariant: WAL with ``synchronous=FULL``: what a COMMIT has returned from survives
kill -9 and a loss of power.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple, TypeVar, assert_never

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.contract import Condition
from ot_server.store.migrations import Migration, migrations
from ot_server.store.transactions import (
    PATIENT_SECONDS,
    Dialect,
    Each,
    Lock,
    Mode,
    Parameters,
    Statement,
    Step,
    Work,
)

__all__ = ["NOW", "Database", "marks", "perform"]

T = TypeVar("T")

MOST_JOBS: Final = 256
"""How many jobs share a transaction at most."""
BUSY_SECONDS: Final = 5
"""How long a command beside the server may hold the file before we give up."""

TOO_LONG: Final = "it took too long"

DURABLE: Final = {"journal_mode": ("wal",), "synchronous": (2, 3)}
"""What the invariant asks for, as PRAGMAs say it: 2 is FULL, 3 is EXTRA."""


NOW: Final = "(julianday('now') - 2440587.5) * 86400"
"""The store's clock: in seconds since 1970, the same all through a statement."""


DIALECT: Final = Dialect(
    now=NOW,
    row_lock="",  # there is one writer
    skip_locked="",
    json_list="json_group_array",
    any_of="IN (SELECT value FROM json_each({}))",
)
in_words: Final = cache(DIALECT.words)


class Job(NamedTuple):
    """Something to write, and who waits for it."""

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Database:
    """Reads and writes, off the event loop; a call takes so many seconds at most."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._writer: Thread | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader")
        self._read_connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Bring the tables up to date, and start the threads.

        Raises:
            StoreUnavailable: it is no database of ours, one of a newer program, or out of reach.
        """
        try:
            await asyncio.to_thread(self._migrate)
            self._read_connection = await self._in_reader(self._connect)
            write_connection = await asyncio.to_thread(self._connect)
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error
        self._writer = Thread(
            target=self._write_all, args=(write_connection,), name="sqlite-writer", daemon=True
        )
        self._writer.start()

    async def close(self) -> None:
        """Finish what is being written, and let go of the file."""
        if self._writer is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._writer.join)
        if self._read_connection is not None:
            await self._in_reader(self._read_connection.close)
        self._reader.shutdown()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
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
            async with asyncio.timeout(self._seconds):
                return await self._in_reader(transaction)
        except TimeoutError:
            raise StoreUnavailable(TOO_LONG) from None
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return what one SELECT finds."""
        return await self.read(lambda db: db.execute(sql, parameters).fetchall())

    async def write(
        self, work: Callable[[sqlite3.Connection], T], seconds: float | None = None
    ) -> T:
        """Run `work` in a transaction, and return what it returned when that is durable.

        Those who wait no longer, for what reason ever, don't take it back.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(Job(work, future, loop))
        alarm = loop.call_later(seconds or self._seconds, _answer, future, OutcomeUnknown(TOO_LONG))
        try:
            return await asyncio.shield(future)
        finally:
            alarm.cancel()

    async def perform(self, work: Work[T], mode: Mode) -> T:
        """Perform a transaction: one that reads in the reader, any other in the writer."""
        if mode == "read":
            return await self.read(lambda db: perform(db, work))
        seconds = PATIENT_SECONDS if mode == "long write" else None
        return await self.write(lambda db: perform(db, work), seconds)

    async def condition(self) -> Condition:
        """Return how the connection is set up that writes."""
        return await self.write(_condition)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.create_function("casefold", 1, str.casefold, deterministic=True)
        return db

    def _migrate(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = self._connect()
        try:
            steps = migrations("sqlite")
            for step in steps:
                if step.version > _version(db):
                    _take(db, step)
            known, found = steps[-1].version, _version(db)
            if found > known:
                raise StoreUnavailable(
                    f"its tables are of version {found}, written by a newer ot-server;"
                    f" this one knows them up to version {known}"
                )
        finally:
            db.close()

    async def _in_reader(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)

    def _write_all(self, db: sqlite3.Connection) -> None:
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


def _condition(db: sqlite3.Connection) -> Condition:
    found = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in DURABLE}
    weaknesses = [
        f"{name} is {found[name]}" for name in DURABLE if found[name] not in DURABLE[name]
    ]
    return Condition(_version(db), is_writable=True, weaknesses=weaknesses)


def _version(db: sqlite3.Connection) -> int:
    """Return which migration the tables have come to; 0 where there are none yet."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _take(db: sqlite3.Connection, step: Migration) -> None:
    """Bring the tables one step further, unless another process has done so meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    if step.version > _version(db):
        for statement in _statements(step.script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {step.version}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Return what a script is made of; `executescript` would commit what is under way."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


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


def perform(db: sqlite3.Connection, work: Work[T]) -> T:
    """Perform a transaction within the one that is open, and return what it returns."""
    steps = iter(work)
    try:
        step = next(steps)
        while True:
            step = steps.send(_run(db, step))
    except StopIteration as end:
        result: T = end.value
        return result


def _run(db: sqlite3.Connection, step: Step) -> list[tuple[Any, ...]]:
    match step:
        case Statement():
            return db.execute(in_words(step.sql), _named(step.parameters)).fetchall()
        case Each():
            db.executemany(in_words(step.sql), map(_named, step.parameters))
        case Lock():
            pass  # there is one writer
        case _:
            assert_never(step)
    return []


def _named(parameters: Parameters) -> dict[str, object]:
    """Return parameters by name: a sequence would be bound in the order in which SQL has them."""
    return {str(number): _sendable(value) for number, value in enumerate(parameters, 1)}


def _sendable(value: object) -> object:
    return json.dumps(value) if isinstance(value, list) else value


def marks(values: Collection[object]) -> str:
    """Return as many placeholders as there are values."""
    return ", ".join("?" * len(values))

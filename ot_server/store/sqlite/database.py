"""`Database`: one SQLite file, a thread that writes it and one that reads it.

The reader works in WAL mode and sees what the writer has committed.

Invariant: WAL with ``synchronous=FULL``: after COMMIT has returned, the data survives kill -9
and a power failure.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, assert_never

from ot_server.errors import StoreUnavailable
from ot_server.lock_file import make_folder
from ot_server.store.contract import Condition
from ot_server.store.migrations import Migration, migrations, refuse_newer
from ot_server.store.sqlite.writer import TOO_LONG, Trouble, Writer
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

BUSY_SHARE: Final = 0.8
"""The share of a call's time for which a command beside the server may hold the file."""
PROBE_SECONDS: Final = 1.0
"""How often a check of the file's condition writes to it, as long as that works."""

DURABLE: Final = {"journal_mode": ("wal",), "synchronous": (2, 3)}
"""What the invariant requires, as PRAGMAs return it: 2 is FULL, 3 is EXTRA."""


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


class Database:
    """Reads and writes, off the event loop, with a limit of time for each call."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._writer: Writer | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader")
        self._read_connection: sqlite3.Connection | None = None
        self._reading = Trouble("read")
        self._probed = 0.0

    async def open(self) -> None:
        """Bring the tables up to date, and start the threads.

        Raises:
            StoreUnavailable: it is not a database of ours, or of a newer program, or out of reach.
        """
        try:
            await asyncio.to_thread(self._migrate)
            self._read_connection = await self._in_reader(self._connect)
            write_connection = await asyncio.to_thread(self._connect)
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error
        self._writer = Writer(write_connection)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        if self._writer is not None:
            await self._writer.close()
        if self._read_connection is not None:
            await self._in_reader(self._read_connection.close)
        self._reader.shutdown()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one read transaction: it sees one moment of the store."""
        db = self._read_connection
        assert db is not None, "the store is not open"

        def transaction() -> T:
            try:
                db.execute("BEGIN")
                answer = work(db)
                db.execute("COMMIT")
            except BaseException as error:
                if isinstance(error, sqlite3.Error):
                    self._reading.note(error)
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            self._reading.note(None)
            return answer

        try:
            async with asyncio.timeout(self._seconds):
                return await self._in_reader(transaction)
        except TimeoutError:
            raise StoreUnavailable(TOO_LONG) from None
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of one SELECT."""
        return await self.read(lambda db: db.execute(sql, parameters).fetchall())

    async def write(
        self, work: Callable[[sqlite3.Connection], T], seconds: float | None = None
    ) -> T:
        """Run `work` in a transaction, and return its result when it is durable."""
        assert self._writer is not None, "the store is not open"
        return await self._writer.write(work, seconds or self._seconds)

    async def perform(self, work: Work[T], mode: Mode) -> T:
        """Perform a transaction: in the reader if it only reads, otherwise in the writer."""
        if mode == "read":
            return await self.read(lambda db: perform(db, work))
        seconds = PATIENT_SECONDS if mode == "long write" else None
        return await self.write(lambda db: perform(db, work), seconds)

    async def condition(self) -> Condition:
        """Return how the writing connection is set up, if the file accepts writes.

        Raises:
            StoreUnavailable, OutcomeUnknown: it doesn't.
        """
        assert self._writer is not None, "the store is not open"
        now = asyncio.get_running_loop().time()
        is_due = bool(self._writer.trouble) or now - self._probed >= PROBE_SECONDS
        if is_due:
            self._probed = now
        found = await self.write(lambda db: _condition(db, is_due=is_due))
        if is_due:
            self._writer.trouble.note(None)
        return found

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path,
            isolation_level=None,
            timeout=BUSY_SHARE * self._seconds,
            check_same_thread=False,
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        return db

    def _migrate(self) -> None:
        make_folder(self._path.parent)
        db = self._connect()
        try:
            steps = migrations("sqlite")
            for step in steps:
                if step.version > _version(db):
                    _take(db, step)
            refuse_newer(_version(db), steps)
        finally:
            db.close()

    async def _in_reader(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)


def _condition(db: sqlite3.Connection, *, is_due: bool) -> Condition:
    if is_due:  # a transaction that changes nothing would be committed even on a full disk
        db.execute(f"PRAGMA user_version = {_version(db)}")
    found = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in DURABLE}
    weaknesses = [
        f"{name} is {found[name]}" for name in DURABLE if found[name] not in DURABLE[name]
    ]
    return Condition(_version(db), is_writable=True, weaknesses=weaknesses)


def _version(db: sqlite3.Connection) -> int:
    """Return the last migration of the tables; 0 if there are none yet."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _take(db: sqlite3.Connection, step: Migration) -> None:
    """Take one step, unless another process has done so meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    if step.version > _version(db):
        for statement in _statements(step.script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {step.version}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Return the statements of a script; `executescript` would commit the open transaction."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def perform(db: sqlite3.Connection, work: Work[T]) -> T:
    """Perform a transaction within the open one, and return its result."""
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
    """Return parameters by name: a sequence would be bound in the order of appearance."""
    return {str(number): _sendable(value) for number, value in enumerate(parameters, 1)}


def _sendable(value: object) -> object:
    return json.dumps(value) if isinstance(value, list) else value


def marks(values: Collection[object]) -> str:
    """Return as many placeholders as there are values."""
    return ", ".join("?" * len(values))

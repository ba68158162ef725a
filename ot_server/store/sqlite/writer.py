"""`Writer`: a thread that does the waiting jobs of all sessions in one transaction.

Each job has a savepoint of its own, so that one that fails is rolled back alone, and one fsync
serves them all.  No job is answered before the COMMIT.

Invariant: after any error of SQLite the thread goes on, and tries again with the next job.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, Literal, NamedTuple, TypeVar

import structlog

from ot_server.errors import OutcomeUnknown, StoreUnavailable

__all__ = ["TOO_LONG", "Trouble", "Writer"]

T = TypeVar("T")

log = structlog.get_logger(__name__)

MOST_JOBS: Final = 256
"""The most jobs that share a transaction."""
TOO_LONG: Final = "it took too long"


class Trouble:
    """What is wrong with the file, as one connection sees it; logged when it changes."""

    def __init__(self, call: Literal["read", "write"]) -> None:
        self._call = call
        self._reason: str | None = None

    def __bool__(self) -> bool:
        return self._reason is not None

    def note(self, error: sqlite3.Error | None) -> None:
        """Log, in SQLite's own words, when the file fails in a new way, or works again.

        Mistakes of a statement, such as a key that exists already, are not the file's fault.
        """
        if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
            return
        reason = None if error is None else str(error)
        if reason == self._reason:
            return
        self._reason = reason
        if error is None:
            log.warning("store_works_again", call=self._call)
        else:
            code = getattr(error, "sqlite_errorname", type(error).__name__)
            log.error("store_failed", call=self._call, reason=reason, code=code)


class Job(NamedTuple):
    """A write, and the caller that waits for it."""

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Writer:
    """A connection that writes, and its thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.trouble = Trouble("write")
        self._db = db
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._write_all, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Finish the waiting jobs, and close the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    async def write(self, work: Callable[[sqlite3.Connection], T], seconds: float) -> T:
        """Run `work` in a transaction, and return its result when it is durable.

        It goes on if the caller stops waiting.

        Raises:
            StoreUnavailable: nothing has changed.
            OutcomeUnknown: it may have been committed, or may be yet.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(Job(work, future, loop))
        alarm = loop.call_later(seconds, _answer, future, OutcomeUnknown(TOO_LONG))
        try:
            return await asyncio.shield(future)
        finally:
            alarm.cancel()

    def _write_all(self) -> None:
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
                self._write_batch(batch)
        self._db.close()

    def _write_batch(self, batch: list[Job]) -> None:
        """Run jobs in one transaction, and answer them when it is durable."""
        db = self._db
        answers: list[object] = []
        changes = db.total_changes
        try:
            db.execute("BEGIN IMMEDIATE")
            answers += [self._do(job) for job in batch]
        except sqlite3.Error as error:
            answers = self._failed(batch, error, StoreUnavailable)
        else:
            try:
                db.execute("COMMIT")
            except sqlite3.Error as error:
                answers = self._failed(batch, error, OutcomeUnknown)
            else:
                if db.total_changes > changes:  # without a write it proves nothing
                    self.trouble.note(None)
        for job, answer in zip(batch, answers, strict=True):
            job.loop.call_soon_threadsafe(_answer, job.future, answer)

    def _do(self, job: Job) -> object:
        """Run one job, and return its answer.

        Raises:
            sqlite3.Error: the whole transaction is gone, and nothing of it has happened.
        """
        db = self._db
        db.execute("SAVEPOINT job")
        try:
            answer = job.work(db)
        except Exception as error:
            if isinstance(error, sqlite3.Error):
                if not db.in_transaction:  # SQLite may have ended it, if the disk is full or broken
                    raise
                self.trouble.note(error)
                answer = StoreUnavailable(str(error))
            else:
                answer = error
            db.execute("ROLLBACK TO job")
        db.execute("RELEASE job")
        return answer

    def _failed(
        self, batch: list[Job], error: sqlite3.Error, kind: type[StoreUnavailable | OutcomeUnknown]
    ) -> list[object]:
        """Return the answer to all jobs of a batch that SQLite has rolled back."""
        self.trouble.note(error)
        if self._db.in_transaction:
            with suppress(sqlite3.Error):  # if it fails, the next BEGIN says what is wrong
                self._db.execute("ROLLBACK")
        return [kind(str(error))] * len(batch)


def _answer(future: asyncio.Future[Any], answer: object) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)

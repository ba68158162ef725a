"""`Database`: connections to Postgres, transactions, and the outcome of those that fail.

Only this module knows asyncpg.

Invariants: a write is never taken back because its caller gave up.  An error after which it may
have been committed is `OutcomeUnknown`; `StoreUnavailable` means that it certainly was not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import cache
from ssl import SSLError
from typing import Any, Final, Literal, TypeVar, assert_never

import structlog
from asyncpg import InterfaceError, InternalClientError, PostgresError, Record, create_pool
from asyncpg.pool import Pool, PoolConnectionProxy

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.contract import Use
from ot_server.store.transactions import (
    PATIENT_SECONDS,
    Dialect,
    Each,
    Lock,
    Mode,
    Statement,
    Step,
    Work,
)

__all__ = ["NOW", "Database", "Statements"]

T = TypeVar("T")

log = structlog.get_logger(__name__)

AGAIN_SECONDS: Final = 0.2
"""How long to wait before the next try to reach a server that is not there yet."""
IDLE_SECONDS: Final = 10
"""How long a node that stops in the middle of a transaction can keep others waiting."""
NOW: Final = "extract(epoch FROM statement_timestamp())::double precision"
"""The store's clock: in seconds since 1970, the same all through a statement."""
DIALECT: Final = Dialect(
    now=NOW,
    row_lock="FOR NO KEY UPDATE",
    skip_locked="SKIP LOCKED",
    json_list="json_agg",
    any_of="= ANY({})",
)
in_words: Final = cache(DIALECT.words)
Isolation = Literal["read_committed", "repeatable_read"]

SERVED: Final = 0x6F745F7365727665
"""The key of the advisory lock that servers share; a process that must be alone takes it alone."""

ERRORS: Final = (PostgresError, InterfaceError, InternalClientError, OSError, TimeoutError)
UNKNOWN_STATES: Final = ("08", "40003", "57P")
"""How SQL states begin that don't tell the outcome: the connection or the server is gone."""


class Statements:
    """A connection, used within one transaction."""

    def __init__(self, connection: PoolConnectionProxy[Record], seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    async def rows(self, sql: str, *parameters: object) -> list[Record]:
        """Run one statement, and return its rows."""
        sent = map(_sendable, parameters)
        return await self._connection.fetch(sql, *sent, timeout=self._seconds)

    async def row(self, sql: str, *parameters: object) -> Record | None:
        """Run one statement, and return its first row or None."""
        rows = await self.rows(sql, *parameters)
        return rows[0] if rows else None

    async def perform(self, work: Work[T]) -> T:
        """Perform a transaction within this one, and return its result."""
        steps = iter(work)
        try:
            step = next(steps)
            while True:
                step = steps.send(await self._run(step))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _run(self, step: Step) -> list[Record]:
        match step:
            case Statement():
                return await self.rows(in_words(step.sql), *step.parameters)
            case Each():
                sent = ([*map(_sendable, parameters)] for parameters in step.parameters)
                await self._connection.executemany(in_words(step.sql), sent, timeout=self._seconds)
            case Lock():
                shared = "_shared" if step.is_shared else ""
                await self.rows(f"SELECT pg_advisory_xact_lock{shared}($1)", step.key)
            case _:
                assert_never(step)
        return []

    async def script(self, sql: str) -> None:
        """Run several statements."""
        await self._connection.execute(sql, timeout=self._seconds)


class Database:
    """One Postgres database, over a pool of connections, with a limit of time for each call."""

    def __init__(
        self, url: str, connections: int, use: Use, seconds: float, wait_seconds: float
    ) -> None:
        """`wait_seconds`: how long to wait for a server that is not there yet when it opens."""
        self._url = url
        self._seconds = seconds
        self._wait_seconds = wait_seconds
        # The lock of a process that is alone belongs to one connection.
        self._connections = 1 if use == "alone" else connections
        self._use = use
        self._pool: Pool[Record] | None = None
        self._under_way: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Make the pool, and wait until the server can be reached.

        Raises:
            StoreUnavailable: it can't, or refuses us.
        """
        try:
            self._pool = await create_pool(
                self._url,
                min_size=0,
                max_size=self._connections,
                init=self._begin,
                reset=_nothing,
                timeout=self._seconds,
                command_timeout=self._seconds,
                server_settings={
                    "application_name": "ot-server",
                    "default_transaction_isolation": "read committed",
                    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
                    "jit": "off",  # it costs more than any of our statements
                },
            )
        except ERRORS as error:
            raise StoreUnavailable(_reason(error)) from error
        try:
            await self._reach()
        except BaseException:
            await self.close()
            raise

    async def _reach(self) -> None:
        """Connect, as soon as the server lets us."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_seconds
        is_told = False
        while True:
            try:
                async with self._connected():
                    return
            except StoreUnavailable as error:
                if not _may_come(error.__cause__) or loop.time() >= until:
                    raise
                if not is_told:
                    log.warning("store_awaited", seconds=self._wait_seconds, reason=str(error))
                is_told = True
            await asyncio.sleep(AGAIN_SECONDS)

    async def close(self) -> None:
        """Finish what is being written, and close."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._pool is not None:
            await self._pool.close()

    async def rows(self, sql: str, *parameters: object) -> list[Record]:
        """Return the rows of one SELECT, which sees one moment of the store."""
        try:
            async with asyncio.timeout(self._seconds), self._connected() as connection:
                return await Statements(connection, self._seconds).rows(sql, *parameters)
        except ERRORS as error:
            raise StoreUnavailable(_reason(error)) from error

    async def row(self, sql: str, *parameters: object) -> Record | None:
        """Return the first row of one SELECT, or None."""
        rows = await self.rows(sql, *parameters)
        return rows[0] if rows else None

    async def write(self, sql: str, *parameters: object) -> list[Record]:
        """Run one statement as a transaction of its own; return its rows when it is durable."""

        async def write() -> list[Record]:
            async with self._connected() as connection:
                try:
                    return await Statements(connection, self._seconds).rows(sql, *parameters)
                except ERRORS as error:
                    raise _judged(error) from error

        return await self._finish(write(), self._seconds)

    async def perform(self, work: Work[T], mode: Mode) -> T:
        """Perform a transaction; a single statement takes one round trip."""
        if isinstance(work, Statement) and mode != "long write":
            ask = self.rows if mode == "read" else self.write
            result: T = work.result(await ask(in_words(work.sql), *work.parameters))
            return result
        seconds = PATIENT_SECONDS if mode == "long write" else None
        return await self.transact(lambda db: db.perform(work), seconds, is_read=mode == "read")

    async def transact(
        self,
        work: Callable[[Statements], Awaitable[T]],
        seconds: float | None = None,
        *,
        is_read: bool = False,
    ) -> T:
        """Run `work` in a transaction, and return its result when it is durable.

        Each statement sees what had been committed when it began; in a transaction that only
        reads, all see what had been committed when the first began.
        """
        isolation: Isolation = "repeatable_read" if is_read else "read_committed"
        most = seconds or self._seconds

        async def transact() -> T:
            async with self._connected() as connection:
                is_done = False
                try:
                    async with connection.transaction(isolation=isolation, readonly=is_read):
                        answer = await work(Statements(connection, most))
                        is_done = True
                    return answer
                except ERRORS as error:
                    # Without a COMMIT nothing has happened, for every kind of error.
                    is_unknown = is_done and not is_read
                    failure = _judged(error) if is_unknown else StoreUnavailable(_reason(error))
                    raise failure from error

        return await self._finish(transact(), most, StoreUnavailable if is_read else OutcomeUnknown)

    async def _finish(
        self,
        writing: Coroutine[Any, Any, T],
        seconds: float,
        too_late: type[StoreUnavailable | OutcomeUnknown] = OutcomeUnknown,
    ) -> T:
        """Release callers that are cancelled or wait too long; their work goes on."""
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._keep(writing))
        except TimeoutError as error:
            raise too_late(_reason(error)) from None

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something to its end, even if the caller is cancelled."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[PoolConnectionProxy[Record]]:
        pool = self._pool
        assert pool is not None, "the store is not open"
        try:
            connection = await pool.acquire(timeout=self._seconds)
        except (*ERRORS, ValueError) as error:  # the latter if the URL makes no sense
            raise StoreUnavailable(_reason(error)) from error
        try:
            yield connection
        except BaseException:
            _ = self._keep(self._release(pool, connection))  # if it is stuck, nobody waits for it
            raise
        await self._release(pool, connection)

    async def _release(self, pool: Pool[Record], connection: PoolConnectionProxy[Record]) -> None:
        with suppress(*ERRORS):  # if it is lost, the pool makes another one
            await pool.release(connection, timeout=self._seconds)

    async def _begin(self, connection: Any) -> None:
        """Make the commits of this connection durable, and keep apart from those who must be alone.

        Raises:
            StoreUnavailable: a server works here, or somebody who must be alone.
        """
        await connection.execute(DURABLE)
        if self._use == "beside":
            return
        is_alone = self._use == "alone"
        kind = "" if is_alone else "_shared"
        if not await connection.fetchval(f"SELECT pg_try_advisory_lock{kind}($1)", SERVED):
            who = "a server works with it: stop it first" if is_alone else "it is being mended"
            raise StoreUnavailable(who)


# Said even where it is so already: what the host says later doesn't change it.
DURABLE: Final = """
SELECT set_config('synchronous_commit', coalesce(nullif(setting, 'off'), 'on'), false)
FROM current_setting('synchronous_commit') AS setting
"""


async def _nothing(_connection: object) -> None:
    """Reset nothing: transactions end by themselves, and the advisory lock must stay."""


def _sendable(parameter: object) -> object:
    """Return a parameter without U+0000, which Postgres doesn't have."""
    if isinstance(parameter, str):
        return parameter.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(parameter, list):
        return [_sendable(part) for part in parameter]
    return parameter


def _judged(error: BaseException) -> StoreUnavailable | OutcomeUnknown:
    """Return the outcome of a COMMIT, or of one statement, that ended with this error."""
    is_refused = isinstance(error, PostgresError) and not error.sqlstate.startswith(UNKNOWN_STATES)
    return StoreUnavailable(_reason(error)) if is_refused else OutcomeUnknown(_reason(error))


def _may_come(error: BaseException | None) -> bool:
    """Whether a connection failed because the server is not there yet, or is starting."""
    if isinstance(error, PostgresError):
        return error.sqlstate.startswith(UNKNOWN_STATES)
    return isinstance(error, OSError) and not isinstance(error, SSLError)


def _reason(error: BaseException) -> str:
    """Return what is wrong in words, without Postgres' DETAIL, which quotes rows."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    said = error.args[0] if error.args else ""
    if isinstance(error, OSError) and error.strerror:
        said = error.strerror
    return str(said) or type(error).__name__

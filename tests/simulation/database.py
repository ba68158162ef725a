"""`Database`: the one store of all nodes, and how a node's calls reach it, or don't.

A call is delayed on the way there or on the way back.  A call that has arrived is done,
whatever happens to the caller, and one that has not arrived may still arrive.  So a node
knows no more about a failed call than it would in reality.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import Any, Final, TypeVar, cast

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from tests.server.props.faulty_store import WRITES, FaultyStore
from tests.simulation.ledger import Ledger
from tests.simulation.loop import WORLD

__all__ = ["PATIENCE", "Database", "Way"]

T = TypeVar("T")

PATIENCE: Final = 2.0
"""After how long a node gives up a silent connection."""
SLOWEST: Final = 3.0
"""The longest time of a call that gets through."""
AFTERMATH: Final = 4.0
"""How long after a fault its consequences may last: hanging calls and pauses."""


class Database:
    """What is wrong with the store, for all nodes."""

    def __init__(self, ledger: Ledger, random: Random) -> None:
        self.ledger = ledger
        self.random = random
        self._usual = random.choice((0.002, 0.01, 0.04))
        self.seconds = self._usual
        """How long a call takes on average."""
        self.lost_commits = random.choice((0.0, 0.1))
        """The share of commits whose outcome nobody knows, even while all is well."""
        self.is_down = False
        self.lost_answers = 0.0
        """The share of calls that are lost, or whose answer is lost."""
        self.lives = (0, 0)
        """How often it was restored from a backup, which loses all calls that were on their way,
        and how often it was only restarted."""
        self.writes = 0
        """How many calls that may change something are on their way."""
        self._well_since = 0.0

    def restart(self) -> None:
        """Lose all calls that are on their way, before or after they are done."""
        restores, restarts = self.lives
        self.lives = restores, restarts + 1

    def restore(self, session_id: str, lost: int) -> None:
        """Begin a new epoch of a session, without its last `lost` revisions."""
        head = self.ledger.lineage(session_id).head
        self.ledger.bump_epoch(session_id, max(0, head - lost))
        if lost:
            self.lives = self.lives[0] + 1, 0

    def heal(self) -> None:
        """End all faults of the store."""
        self.seconds, self.is_down, self.lost_answers = self._usual, False, 0.0
        self._well_since = asyncio.get_running_loop().time() + AFTERMATH

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it, and nothing was a moment ago."""
        works = not self.is_down and self.seconds == self._usual and not self.lost_answers
        return works and asyncio.get_running_loop().time() >= self._well_since


class Way(FaultyStore):
    """One node's way to the database."""

    def __init__(self, database: Database, seconds: float) -> None:
        super().__init__(database.ledger, seconds)
        self._database = database
        self.is_cut = False
        """Whether it is cut off, in both directions."""
        self._well_since = 0.0

    def heal(self) -> None:
        """End the faults between this node and the store."""
        self.is_cut = False
        self._well_since = asyncio.get_running_loop().time() + AFTERMATH

    @property
    def is_well(self) -> bool:
        """Whether this node's calls are answered soon, and have been for some time."""
        is_well = not self.is_cut and asyncio.get_running_loop().time() >= self._well_since
        return is_well and self._database.is_well

    async def _answered(self, method: str, work: Callable[[], Awaitable[T]]) -> T:
        loop, random = asyncio.get_running_loop(), self._database.random
        answer: asyncio.Future[T] = loop.create_future()
        seconds = min(random.expovariate(1 / self._database.seconds), SLOWEST)
        # Half of the calls are slow on the way there, half on the way back.
        there = seconds if random.random() < 0.5 else 0.0
        self._database.writes += method in WRITES
        loop.call_later(
            there,
            self._arrive,
            *(method, work, answer, seconds - there, self._database.lives),
            context=WORLD,
        )
        return await answer

    def _arrive(
        self,
        method: str,
        work: Callable[[], Awaitable[T]],
        answer: asyncio.Future[T],
        seconds: float,
        lives: tuple[int, int],
    ) -> None:
        database = self._database
        database.writes -= method in WRITES
        draw = database.random.random()
        if database.is_down and not self.is_cut:
            self._fail(answer, StoreUnavailable("it is down"), seconds)
            return
        is_lost = (
            self.is_cut
            or database.lives != lives
            or draw < database.lost_answers
            or (method == "commit" and draw < database.lost_commits)
        )
        if not is_lost:
            self._answer(answer, work, seconds)
            return
        wait = PATIENCE if self.is_cut else seconds
        if method not in WRITES:
            self._fail(answer, StoreUnavailable("the connection was lost"), wait)
            return
        if database.lives[0] == lives[0] and database.random.random() < 0.5:
            _at_once(work)
        self._fail(answer, OutcomeUnknown("the connection was lost"), wait)

    def _answer(
        self, answer: asyncio.Future[T], work: Callable[[], Awaitable[T]], seconds: float
    ) -> None:
        try:
            result = _at_once(work)
        except StoreUnavailable as error:
            self._fail(answer, error, seconds)
        else:
            if seconds:
                loop = asyncio.get_running_loop()
                loop.call_later(seconds, _tell, answer, result, context=WORLD)
            else:
                _tell(answer, result)

    def _fail(self, answer: asyncio.Future[T], error: Exception, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, _raise, answer, error, context=WORLD)


def _tell(answer: asyncio.Future[T], result: T) -> None:
    if not answer.done():
        answer.set_result(result)


def _raise(answer: asyncio.Future[T], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _at_once(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine that never waits."""
    try:
        cast("Coroutine[Any, Any, T]", work()).send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("the memory store waits for nobody")

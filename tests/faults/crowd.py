"""`Crowd`: typists in several sessions, who type before, during and after each fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import cycle
from random import Random
from typing import Final, NamedTuple

from ot_client import Room, create_room, join
from tests.faults.cluster import Cluster
from tests.faults.typist import Typist, characters
from tests.faults.verdict import Logged, judge, read_log, read_texts
from tests.patience import PATIENCE, quiet_time

__all__ = ["HEALED_SECONDS", "Crowd", "Outcome", "crowd"]

SESSIONS: Final = 3
TYPISTS: Final = 7
"""In each session."""
HEALED_SECONDS: Final = 10.0
"""How long after a fault everything may take to be well again.

On a busy machine the quiet clock counts; in the soak, which has the machine to itself, the
clock on the wall.
"""


class Outcome(NamedTuple):
    """How a fault went."""

    acks: int
    seconds: float
    """From its end until everybody was served again and had one text."""


class Table(NamedTuple):
    """Those who type in one session."""

    room: Room
    typists: list[Typist]


class Crowd:
    """All typists."""

    def __init__(self, cluster: Cluster, tables: Sequence[Table]) -> None:
        self.tables = tables
        self._cluster = cluster
        self._typists = [typist for table in tables for typist in table.typists]
        self._typing: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Let everybody type, and return when everybody has been served."""
        self._typing = [asyncio.create_task(typist.type()) for typist in self._typists]
        await _all(typist.is_served() for typist in self._typists)

    async def stop(self) -> None:
        """Stop typing."""
        for task in self._typing:
            task.cancel()
        for end in await asyncio.gather(*self._typing, return_exceptions=True):
            assert isinstance(end, asyncio.CancelledError), end

    async def endures(self, fault: AbstractAsyncContextManager[None]) -> Outcome:
        """Let a fault happen while all type; it has ended when its block begins.

        Raises:
            AssertionError: a promise is broken.
        """
        loop = asyncio.get_running_loop()
        async with fault:
            start, quiet_start = loop.time(), quiet_time()
            await _all(typist.is_served() for typist in self._typists)
            print(f"all are served after {loop.time() - start:.1f} s")
            await self.stop()
            logs = await self.settled()
            seconds, quiet_seconds = loop.time() - start, quiet_time() - quiet_start
            print(f"all have all of it after {seconds:.1f} s")
            await self.judge(logs)
        assert quiet_seconds <= HEALED_SECONDS, f"it took {seconds:.1f} s until all was well"
        return Outcome(sum(len(typist.recorder.acks) for typist in self._typists), seconds)

    async def settled(self) -> list[list[Logged]]:
        """Return the logs of the sessions once everybody in them has the whole log."""
        await _all(typist.session.synchronized() for typist in self._typists)
        logs = [await read_log(self._cluster.store, table.room.session.id) for table in self.tables]
        await _all(
            typist.has(len(log))
            for table, log in zip(self.tables, logs, strict=True)
            for typist in table.typists
        )
        return logs

    async def judge(self, logs: Sequence[Sequence[Logged]]) -> None:
        """Fail if a promise is broken to anybody."""
        for table, log in zip(self.tables, logs, strict=True):
            texts = await read_texts(self._cluster.urls, table.room, len(log))
            judge(table.room.session.id, log, table.typists, texts)


@asynccontextmanager
async def crowd(
    cluster: Cluster, random: Random, sessions: int = SESSIONS, typists: int = TYPISTS
) -> AsyncIterator[Crowd]:
    """Start typists in sessions, spread over all nodes, and let them type."""
    urls = cluster.urls
    letters = characters()
    tables = []
    for _ in range(sessions):
        url = random.choice(urls)
        room = await create_room(url, name="host")
        joined = [await join(room.link, f"typist {number}") for number in range(typists)]
        people = [
            Typist(urls[first:] + urls[:first], one, letters, Random(random.random()))
            for one, first in zip(joined, cycle(range(len(urls))), strict=False)
        ]
        tables.append(Table(room, people))
    here = Crowd(cluster, tables)
    everybody = [typist for table in tables for typist in table.typists]
    async with asyncio.TaskGroup() as running:
        for typist in everybody:
            running.create_task(typist.run())
        try:
            await _all(typist.is_here() for typist in everybody)
            await here.begin()
            yield here
        finally:
            await here.stop()
            for typist in everybody:
                typist.leave()
            cluster.has_no_bugs()


async def _all(waiting: Iterable[Awaitable[object]]) -> None:
    """Wait for all of them; they must come soon."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)

"""`Workers`: a few processes that complete Python, begun ahead of use, replaced in time.

A worker answers one question at a time.  One that takes too long, or breaks, is killed, and
another one is begun in its place.  One that has answered often is replaced as well, because
what it has learnt stays in its memory.  A new one is asked nothing before it is warm.

Invariant: there are never more than so many processes, and none when this is closed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import msgspec
import structlog

import ot_server
from ot_server.codehelp.completions import LENGTH_BYTES, Answer, Completion, Question
from ot_server.codehelp.processes import Process
from ot_server.errors import TryLater
from ot_server.settings import Settings

__all__ = ["NotCompleted", "Workers"]

log = structlog.get_logger(__name__)

LONGEST_ANSWER: Final = 2**20
"""In bytes."""
WARM_UP_SECONDS: Final = 60.0
"""How long a worker may take to begin: a second, or many on a busy machine."""
MOST_WAITING: Final = 32
"""How many questions may wait for a worker; those beyond are answered at once: no completion."""

BEGIN: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from ot_server.codehelp.worker import main; main(int(sys.argv[2]), float(sys.argv[3]))"
)
ROOT: Final = str(Path(ot_server.__file__).parents[1])

FAILURES: Final = (OSError, EOFError, TimeoutError, msgspec.MsgspecError)
"""What comes of a worker that is broken, or slow."""


class NotCompleted(TryLater):
    """No worker could answer in time."""


class Workers:
    """Completes Python in processes of their own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._beginning: asyncio.Task[None] | None = None
        self._replacing: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._closed = False

    def begin(self) -> None:
        """Begin workers while there are too few: one after the other, so that one is there soon."""
        is_enough = len(self._all) >= self._settings.completion_workers
        if self._beginning is None and not is_enough and not self._closed:
            self._beginning = asyncio.create_task(self._begin(), name="completion workers")

    async def complete(self, text: str, offset: int) -> list[Completion]:
        """Return what may be meant at an offset of a text in Python, the likeliest first.

        Raises:
            NotCompleted: that could not be told in time.
        """
        if self._waiting >= MOST_WAITING or self._closed:
            raise NotCompleted
        self.begin()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._settings.completion_seconds):
                worker = await self._idle.get()
                answer = await self._ask(worker, Question(text, offset))
        except FAILURES:
            raise NotCompleted from None
        finally:
            self._waiting -= 1
        if answer.items is None:
            raise NotCompleted
        return answer.items

    async def close(self) -> None:
        """End all workers."""
        self._closed = True
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.wait([self._beginning])
        await asyncio.gather(*self._replacing, *(worker.end() for worker in self._all))
        self._all.clear()

    async def _ask(self, worker: _Worker, question: Question) -> Answer:
        """Ask a worker; anything but an answer is the end of the worker."""
        try:
            answer = await worker.ask(question)
        except BaseException:
            self._let_go(worker)
            raise
        if worker.answers < self._settings.completion_calls:
            self._idle.put_nowait(worker)
        else:
            self._let_go(worker)
        return answer

    def _let_go(self, worker: _Worker) -> None:
        replacing = asyncio.create_task(self._replace(worker), name="completion worker's end")
        self._replacing.add(replacing)
        replacing.add_done_callback(self._replacing.discard)

    async def _replace(self, worker: _Worker) -> None:
        await worker.end()
        self._all.discard(worker)
        self.begin()

    async def _begin(self) -> None:
        try:
            while len(self._all) < self._settings.completion_workers:
                worker = await _Worker.begin(self._settings)
                self._all.add(worker)
                self._idle.put_nowait(worker)
        except FAILURES as error:
            log.warning("completion_failed", error=type(error).__name__)
        finally:
            self._beginning = None


class _Worker:
    """One process, warm."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.answers = 0

    @classmethod
    async def begin(cls, settings: Settings) -> _Worker:
        """Start a process, and return when it is ready.

        Raises:
            OSError, EOFError, TimeoutError, MsgspecError: it can't be started.
        """
        worker = cls(
            Process(
                *(sys.executable, "-I", "-c", BEGIN, ROOT),
                *(str(settings.completion_bytes), str(settings.completion_seconds)),
                environment={},
                gives_way=settings.help_gives_way,
            )
        )
        try:
            async with asyncio.timeout(WARM_UP_SECONDS):
                await worker._hear()
        except BaseException:
            await worker.end()
            raise
        return worker

    async def ask(self, question: Question) -> Answer:
        """Return its answer.

        Raises:
            OSError, EOFError, MsgspecError: it is broken.
        """
        body = msgspec.json.encode(question)
        await self._process.write(len(body).to_bytes(LENGTH_BYTES) + body)
        answer = await self._hear()
        self.answers += 1
        return answer

    async def end(self) -> None:
        """Kill it, and wait until it has ended."""
        await self._process.end()

    async def _hear(self) -> Answer:
        length = int.from_bytes(await self._process.read_exactly(LENGTH_BYTES))
        if length > LONGEST_ANSWER:
            raise OSError("an answer without end")
        return msgspec.json.decode(await self._process.read_exactly(length), type=Answer)

"""`Loop`: an event loop whose time jumps to the next timer, and the processes that live on it.

Nothing waits, and nothing is left to chance: what is due is done in the order in which it was
scheduled, so a run is the same every time.

A `Process` is everything that was started in it, directly or indirectly.  It can be stopped
at any point, for a while as by SIGSTOP or for good as by SIGKILL.

Invariant: no code of a process runs while it is stopped; what is sent to it meanwhile waits,
as frames wait in a socket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from typing import Any, Final, TypeVar, TypeVarTuple

__all__ = ["WORLD", "Loop", "Process", "Stuck"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LATENESS: Final = 1e-6
"""How late a timer is, in seconds: the timers of a real loop aren't exact either."""
MOST_AT_ONCE: Final = 100_000
"""After so many steps without time passing, it never will."""
LONGEST: Final = 3600.0
"""A run that takes so many seconds never ends."""

WORLD: Final = Context()
"""The process of what belongs to none: the network, the store, the clock."""

_process: ContextVar[Process | None] = ContextVar("process", default=None)


class Stuck(Exception):
    """Nothing will ever happen again, or it never ends."""


class Process:
    """Some tasks that stop together."""

    def __init__(self) -> None:
        self.runs = True
        """Whether its code may run."""
        self.is_dead = False
        self.held: list[Due] = []
        """What it has to do when it goes on."""
        self._context = Context()
        self._context.run(_process.set, self)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        self._loop = loop
        loop.processes.append(self)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task in it."""
        _ = self.task(work)

    def task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task in it, and return the task."""
        return self._loop.create_task(work, context=self._context.copy())

    def do(self, work: Callable[..., T], *args: object) -> T:
        """Call a function as if the process called it."""
        return self._context.copy().run(work, *args)

    def pause(self) -> None:
        """Stop it at this point."""
        self.runs = False

    def go_on(self) -> None:
        """Let it go on, with everything that has become due meanwhile."""
        if not (self.runs or self.is_dead):
            self.runs = True
            self._loop.put(self)

    def kill(self) -> None:
        """Stop it for good: no cleanup, no goodbye."""
        self.runs, self.is_dead = False, True


class Due(asyncio.TimerHandle):
    """A call: when it is due, and in which process."""

    # A run makes thousands of them, and asyncio's own handles are slower.
    __slots__ = ("_work", "context", "is_cancelled", "process")

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> None:
        self.context = copy_context() if context is None else context
        self.process = self.context.get(_process)
        self.is_cancelled = False
        self._work = (callback, *args)

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def run(self) -> None:
        """Do it."""
        self.context.run(*self._work)


class Loop(asyncio.BaseEventLoop):
    """An event loop for one run."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        """If set, it is raised out of the loop before anything else is done."""
        self.tasks: list[asyncio.Task[Any]] = []
        self.processes: list[Process] = []
        self._accidents: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _loop, context: self._accidents.append(context))
        self._now = 0.0
        self._next: deque[Due] = deque()
        self._timers: list[tuple[float, int, Due]] = []
        self._order = 0
        self._at_once = 0
        self._is_over = False

    @property
    def unheard(self) -> list[BaseException]:
        """The exceptions that nobody has caught or retrieved."""
        lost = [task.exception() for task in self.tasks if _has_failed_unheard(task)]
        accidents = [
            accident.get("exception") or RuntimeError(accident["message"])
            for accident in self._accidents
        ]
        return [error for error in (*accidents, *lost) if error is not None]

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Due:
        due = Due(callback, args, context)
        self._next.append(due)
        return due

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Due:
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Due:
        due = Due(callback, args, context)
        self._order += 1
        heappush(self._timers, (when, self._order, due))
        return due

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Due:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def put(self, process: Process) -> None:
        """Schedule what a process has held up."""
        self._next.extend(process.held)
        process.held.clear()

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self, name=str(name), context=context)
        self.tasks.append(task)
        return task

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Do a thread's work at once: it takes no time, and the order is always the same."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def end(self) -> None:
        """End all tasks, also those of dead processes, and close."""
        self._is_over, self.failure = True, None
        self._timers.clear()
        for process in self.processes:
            self.put(process)
        asyncio.events._set_running_loop(self)
        try:
            while unfinished := [task for task in self.tasks if not task.done()]:
                for task in unfinished:
                    task.cancel()
                self._at_once = 0
                while self._next:
                    self._run_once()
        finally:
            asyncio.events._set_running_loop(None)
            self.close()

    # What `asyncio.BaseEventLoop` leaves to its subclasses.

    def _run_once(self) -> None:
        if self.failure is not None:
            raise self.failure
        following = self._next
        if not following:
            self._let_time_pass()
        for _ in range(len(following)):
            due = following.popleft()
            if due.is_cancelled:
                continue
            process = due.process
            if process is not None and not process.runs and not self._is_over:
                process.held.append(due)
                continue
            try:
                due.run()
            except Exception as error:
                self.call_exception_handler({"message": "a callback failed", "exception": error})
        self._at_once += 1
        if self._at_once > MOST_AT_ONCE:
            raise Stuck("time stands still")

    def _let_time_pass(self) -> None:
        timers = self._timers
        while timers and timers[0][2].is_cancelled:
            heappop(timers)
        if not timers:
            raise Stuck("nothing will ever happen again")
        if self._now > LONGEST:
            raise Stuck("it never ends")
        self._now = max(self._now, timers[0][0] + LATENESS)
        self._at_once = 0
        while timers and timers[0][0] <= self._now:
            self._next.append(heappop(timers)[2])


def _has_failed_unheard(task: Any) -> bool:
    return bool(task.done() and not task.cancelled() and task._log_traceback)

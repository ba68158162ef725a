"""Time that nobody waits for: it passes only when nothing else can happen.

A test that runs `in_virtual_time` sees minutes pass in milliseconds, the same way every
time.  One that would wait for ever fails at once, as does one in which a task died
unnoticed or the server logged a bug of its own.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from selectors import SelectorKey, SelectSelector
from typing import Any, Final, ParamSpec, TypeVar

from structlog.testing import capture_logs

__all__ = ["Stuck", "VirtualLoop", "in_virtual_time", "in_virtual_time_with_a_bug"]

P = ParamSpec("P")
T = TypeVar("T")

BUGS: Final = frozenset({"session_failed", "writer_failed"})
"""What the server logs where it met something that its author didn't think of."""

LATENESS: Final = 1e-6
"""How late a timer is, in seconds: none of a real loop is exact either."""


class Stuck(Exception):
    """Nothing will ever happen again, but somebody still waits."""


class _Clock(SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck
        if not ready and timeout:
            self.now += timeout + LATENESS
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that jumps to the next timer instead of sleeping."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)
        self.accidents: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _loop, context: self.accidents.append(context))

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Do at once what a thread would do: it takes no time, and always the same turn."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def in_virtual_time(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Let an async test run on a loop of its own, in virtual time."""
    return _in_virtual_time(test, BUGS)


def in_virtual_time_with_a_bug(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """The same, for a test that plants a bug to see what becomes of it."""
    return _in_virtual_time(test, frozenset())


def _in_virtual_time(test: Callable[P, Awaitable[None]], bugs: frozenset[str]) -> Callable[P, None]:
    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = VirtualLoop()
        with capture_logs() as logs, asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_as_coroutine(test(*args, **kwargs)))
        for accident in loop.accidents:
            raise AssertionError(accident["message"]) from accident.get("exception")
        for entry in logs:
            assert entry["event"] not in bugs, entry

    return run


async def _as_coroutine(test: Awaitable[None]) -> None:
    await test

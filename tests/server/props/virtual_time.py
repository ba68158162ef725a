"""Time that nobody waits for: it passes only when nothing else can happen.

A test that runs `in_virtual_time` sees minutes pass in milliseconds, the same way every
time.  One that would wait for ever fails at once, as does one in which a task died
unnoticed or the server logged a bug of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Final, ParamSpec

from structlog.testing import capture_logs

from tests.simulation.loop import Loop

__all__ = ["BUGS", "in_virtual_time", "in_virtual_time_with_a_bug"]

P = ParamSpec("P")

BUGS: Final = frozenset({"session_failed", "writer_failed", "hub_failed", "hearing_failed"})
"""What the server logs where it met something that its author didn't think of."""


def in_virtual_time(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Let an async test run on a loop of its own, in virtual time."""
    return _in_virtual_time(test, BUGS)


def in_virtual_time_with_a_bug(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """The same, for a test that plants a bug to see what becomes of it."""
    return _in_virtual_time(test, frozenset())


def _in_virtual_time(test: Callable[P, Awaitable[None]], bugs: frozenset[str]) -> Callable[P, None]:
    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = Loop()
        with capture_logs() as logs:
            try:
                loop.run_until_complete(test(*args, **kwargs))
            finally:
                loop.end()
        for error in loop.unheard:
            raise AssertionError("something failed unheard") from error
        for entry in logs:
            assert entry["event"] not in bugs, entry

    return run

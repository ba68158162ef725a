"""Every test has a time limit: then it fails, and prints where everything stands.

It prints the stack of every thread, and of every task down to what it waits for.  Setting up,
the test itself and cleaning up each have the limit to themselves.  The limit is far above what
any of them takes on a busy machine: it finds tests that hang, not slow ones.

    @pytest.mark.limit(600)     another limit, in seconds, for a test that works for long
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from traceback import StackSummary, format_stack
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Final

import pytest

__all__ = ["pytest_runtest_call", "pytest_runtest_setup", "pytest_runtest_teardown"]

LIMIT: Final = 300.0
"""The limit in seconds, unless a test sets its own."""
SOAK_LIMIT: Final = 4 * 3600.0
"""The limit in seconds of a test that is marked *soak*."""
AGAIN: Final = 5.0
"""Seconds until a test is interrupted again, in case a task has swallowed the first time."""


class TookTooLong(BaseException):
    """A test has reached its limit.

    It is neither an `Exception` nor one of pytest's failures, so that neither the code under test
    nor a library that retries examples handles it as an error.
    """


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with limited(item, "setup"):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with limited(item, "call"):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    with limited(item, "teardown"):
        return (yield)


@contextmanager
def limited(item: pytest.Item, part: str) -> Iterator[None]:
    """Fail if this part of a test takes longer than it may."""
    marker = item.get_closest_marker("limit")
    is_soak = item.get_closest_marker("soak") is not None
    limit = float(marker.args[0]) if marker else SOAK_LIMIT if is_soak else LIMIT
    is_told = False

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            item.add_report_section(part, "threads and tasks", "\n".join(stacks()))
        raise TookTooLong(f"longer than {limit:g} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stacks() -> Iterator[str]:
    """Where each thread is, and each task of the loops that run; the last called comes last."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for number, frame in sys._current_frames().items():
        yield f"thread {names.get(number)}:\n{''.join(format_stack(frame))}"
    for it in gc.get_objects():
        if issubclass(type(it), asyncio.Task) and it.get_loop().is_running():
            frames = ((frame, frame.f_lineno) for frame in awaiting(it.get_coro()))
            yield f"{it!r}:\n{''.join(StackSummary.extract(frames).format())}"


def awaiting(it: object) -> Iterator[FrameType]:
    """The frames of a coroutine, of what it awaits, of what that awaits, and so on."""
    while it is not None:
        match it:
            case CoroutineType():
                frame, it = it.cr_frame, it.cr_await
            case GeneratorType():
                frame, it = it.gi_frame, it.gi_yieldfrom
            case AsyncGeneratorType():
                frame, it = it.ag_frame, it.ag_await
            case _:  # one step of an asynchronous generator; only `gc` knows which generator
                steps = (one for one in gc.get_referents(it) if isinstance(one, AsyncGeneratorType))
                frame, it = None, next(steps, None)
        if frame is not None:
            yield frame

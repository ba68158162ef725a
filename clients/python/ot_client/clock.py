"""Time as this package needs it: seconds that never go back, and waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "Timer", "sleep"]


class Timer(Protocol):
    """Something that will be called, unless it is cancelled."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Seconds that never go back, and calls at a time: as an event loop has them."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None], /) -> Timer: ...


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait until some seconds have passed by a clock."""
    over = asyncio.Event()
    timer = clock.call_at(clock.time() + seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()

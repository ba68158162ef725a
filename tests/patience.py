"""How long a test waits for something, and how much of that the machine is to blame for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Final, TypeVar

__all__ = ["PATIENCE", "quiet_time", "took", "within"]

T = TypeVar("T")

PATIENCE: Final = 60.0
"""In seconds.  Only a failure takes longer, however busy the machine is."""
PRESSURE: Final = (Path("/proc/pressure/cpu"), Path("/proc/pressure/io"))
"""Where Linux says how long work has waited for a core or a disk."""


async def within(work: Awaitable[T], seconds: float = PATIENCE) -> T:
    """Return the result of something that must end within this time."""
    async with asyncio.timeout(seconds):
        return await work


def quiet_time() -> float:
    """Return the seconds of a clock that stands still while anything waits for a core or a disk.

    Promises to be fast are measured by this clock: on an idle machine it runs like any other,
    and on a busy one a test doesn't fail because of the time that others took.
    """
    return time.monotonic() - sum(map(_seconds_waited, PRESSURE))


async def took(work: Awaitable[object]) -> float:
    """Return how many seconds something took, by the quiet clock."""
    start = quiet_time()
    await work
    return max(quiet_time() - start, 0.0)


def _seconds_waited(pressure: Path) -> float:
    try:
        some = pressure.read_text("ascii").splitlines()[0]
    except OSError:  # an older Linux, or another system: then others' time counts too
        return 0.0
    return int(some.rpartition("total=")[2]) / 1e6

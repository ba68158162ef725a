"""How long a test waits for what must come.

Nothing here measures: only a failure takes so long, however busy the machine is.  How long things
take is measured in ``benchmarks/``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

__all__ = ["PATIENCE", "within"]

T = TypeVar("T")

PATIENCE: Final = 60.0
"""In seconds."""


async def within(work: Awaitable[T], seconds: float = PATIENCE) -> T:
    """Return what something returns, which must do so within this time."""
    async with asyncio.timeout(seconds):
        return await work

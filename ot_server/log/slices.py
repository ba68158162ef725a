"""`Slices`: divides long work into slices of time, between which the event loop serves others."""

from __future__ import annotations

import asyncio
from typing import Final

__all__ = ["Slices"]

SLICE_SECONDS: Final = 0.01


class Slices:
    """One piece of long work, which asks for a pause wherever it can make one."""

    def __init__(self) -> None:
        self._since = asyncio.get_running_loop().time()

    async def pause(self) -> None:
        """Let others run, if this work has held the loop for `SLICE_SECONDS`."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._since >= SLICE_SECONDS:
            await asyncio.sleep(0)
            self._since = loop.time()

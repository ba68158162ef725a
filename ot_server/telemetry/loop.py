"""How late the event loop comes to what is due: what delays it delays everybody."""

from __future__ import annotations

import asyncio
from typing import Final

from ot_server.telemetry.meters import Distribution

__all__ = ["watch_loop"]

EVERY_SECONDS: Final = 0.1


async def watch_loop(lateness: Distribution) -> None:
    """Observe it until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        lateness.observe(max(0.0, loop.time() - due))

"""Takes time, chance and the network from a run instead of the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from random import Random
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from ot_server.sequencer.redis.wire import script
from tests.simulation.loop import Loop
from tests.simulation.node import WebSocket

__all__ = ["seams"]

SCRIPTS: Final = {name: script(name) for name in ("announce", "tail", "turn")}
BEGINNING: Final = 1_700_000_000
"""When a run begins, in seconds since 1970."""


@contextmanager
def seams(loop: Loop, random: Random, redis_of: Callable[[str], object]) -> Iterator[None]:
    """In this block, take time, chance, new ids, WebSockets and Redis from the run."""
    numbers = count(1)

    class Redis:
        @staticmethod
        def from_url(url: str, **_options: object) -> object:
            return redis_of(url)

    places: dict[str, Any] = {
        "time.time": lambda: BEGINNING + loop.time(),
        "ot_server.sequencer.redis.connection.Redis": Redis,
        "ot_server.sequencer.redis.sequencer.random": random.random,
        "ot_server.sequencer.redis.sequencer.script": SCRIPTS.__getitem__,
        "ot_server.sequencer.redis.sequencer.new_ticket": lambda: next(numbers).to_bytes(16, "big"),
        "ot_server.sequencer.redis.hearing.random": random.random,
        "ot_server.session.server_edits.uuid4": lambda: UUID(int=next(numbers) << 64),
        "ot_server.session.peers.new_id": lambda: f"node {next(numbers)}",
        # Time stands still while the server works, so it pauses at every opportunity or never.
        "ot_server.log.slices.SLICE_SECONDS": 0 if random.random() < 0.1 else 1,
        "ot_server.socket.web.WebSocketResponse": WebSocket,
    }
    with ExitStack() as stack:
        for place, stand_in in places.items():
            stack.enter_context(patch(place, stand_in))
        yield

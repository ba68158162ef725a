"""`EventStream`: events to be read one by one, by its holder, for as long as it is held."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from ot_client.events import Event

__all__ = ["EventStream"]


class EventStream(AsyncIterator[Event]):
    """A queue that ends.  One task reads."""

    def __init__(self) -> None:
        self._queue: deque[Event] = deque()
        self._stirred = asyncio.Event()
        self._ended = False

    def put(self, event: Event) -> None:
        self._queue.append(event)
        self._stirred.set()

    def end(self) -> None:
        """Nothing follows what is in the queue."""
        self._ended = True
        self._stirred.set()

    async def __anext__(self) -> Event:
        while not self._queue:
            if self._ended:
                raise StopAsyncIteration
            self._stirred.clear()
            await self._stirred.wait()
        return self._queue.popleft()

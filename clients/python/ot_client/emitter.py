"""`Emitter`: hands each event to those who listen, and to those who read event by event."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from weakref import WeakSet

from ot_client.events import Event

__all__ = ["Emitter", "EventStream", "Listener"]

Listener = Callable[[Event], None]


class EventStream(AsyncIterator[Event]):
    """A queue that ends, for as long as it is held.  One task reads."""

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


class Emitter:
    """Those who want to know what happens in one session, until its end."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._streams: WeakSet[EventStream] = WeakSet()
        self._has_ended = False
        self._failure: Exception | None = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event; return what ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def stream(self) -> EventStream:
        """Return all events from now on."""
        stream = EventStream()
        self._streams.add(stream)
        if self._has_ended:
            stream.end()
        return stream

    def emit(self, event: Event) -> None:
        """Something has happened.  All hear of it, though one of them fails: see `check`."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:
                self._failure = self._failure or error
        for stream in self._streams:
            stream.put(event)

    def check(self) -> None:
        """Raise what a listener has raised since this was called last, if any has."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def end(self) -> None:
        """Nothing will happen any more."""
        self._has_ended = True
        for stream in self._streams:
            stream.end()

"""What waits for the actor's next turn: edits, in the order in which they came, and callers.

Invariant: a request is in the `Inbox` from `add` until it is decided or given up, so that no
failure on the way can lose it; the same is true of a caller in `Callers`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from ot_server.errors import StoreUnavailable
from ot_server.session.request import Request
from ot_server.settings import Settings

__all__ = ["Callers", "Inbox"]

MOST_OF_A_CLIENT: Final = 2
"""One operation, and one resend that crossed its answer.  Further ones can be sent again."""


class Callers:
    """Callers who wait until the node holds everything that was committed before they came."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._serving: list[asyncio.Future[None]] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._serving)

    async def wait(self, seconds: float) -> None:
        """Wait until a caller who comes now has been served.

        Raises:
            StoreUnavailable: it took too long.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            raise StoreUnavailable("the session has not caught up") from None

    def take(self) -> bool:
        """Begin to serve those who wait now; return whether there are any."""
        self._serving, self._waiting = self._waiting, []
        return bool(self._serving)

    def served(self) -> None:
        """Wake those who are being served: the node holds what they wait for."""
        for future in self._serving:
            if not future.done():
                future.set_result(None)
        self._serving = []

    def put_back(self) -> None:
        """Let those who were not served wait again."""
        self._waiting += self._serving
        self._serving = []

    def close(self, error: Exception) -> None:
        """Refuse everybody who waits, now and later."""
        for future in (*self._serving, *self._waiting):
            if not future.done():
                future.set_exception(error)


class Inbox:
    """Requests that wait, and the batch that is being decided."""

    def __init__(self, settings: Settings, give_up: Callable[[Request], None]) -> None:
        """`give_up` is called with every request that has waited ``unavailable_seconds``."""
        self.deciding: list[Request] = []
        self._waiting: deque[Request] = deque()
        self._settings = settings
        self._give_up = give_up
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting) + len(self.deciding)

    def add(self, request: Request) -> None:
        """Take in a request; a resend of one that waits is dropped: one answer serves both."""
        own = [
            other
            for other in (*self._waiting, *self.deciding)
            if other.client_id == request.client_id
        ]
        if len(own) >= MOST_OF_A_CLIENT:
            return
        for other in own:
            if (other.edit.seq, other.digest) == (request.edit.seq, request.digest):
                return
        self._waiting.append(request)
        if self._timer is None:
            self._set_timer()

    def take(self) -> list[Request]:
        """Begin a batch: as many requests as its limits allow."""
        size = 0
        while self._waiting and len(self.deciding) < self._settings.batch_operations:
            size += self._waiting[0].size
            if self.deciding and size > self._settings.batch_bytes:
                break
            self.deciding.append(self._waiting.popleft())
        return self.deciding

    def decided(self) -> None:
        """Drop the batch: it is decided."""
        self.deciding = []

    def put_back(self) -> None:
        """Let the rest of the batch, which was not decided, wait again as it was sent."""
        for request in self.deciding:
            request.moved = None
        self._waiting.extendleft(reversed(self.deciding))
        self.deciding = []

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self.deciding = []

    def close(self) -> None:
        """Stop giving up requests."""
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        received = [request.received for request in (*self.deciding, *self._waiting)]
        if not received:
            self._timer = None
            return
        due = min(received) + self._settings.unavailable_seconds
        self._timer = asyncio.get_running_loop().call_at(due, self._time_out)

    def _time_out(self) -> None:
        due = asyncio.get_running_loop().time() - self._settings.unavailable_seconds
        for requests in (self.deciding, self._waiting):
            for request in [request for request in requests if request.received <= due]:
                requests.remove(request)
                self._give_up(request)
        self._set_timer()

"""When to try again, and how often at most.  Seconds; no clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["BACKOFF_FIRST", "BACKOFF_LONGEST", "REST", "Backoff", "Jitter", "Pace"]

BACKOFF_FIRST: Final = 0.2
BACKOFF_LONGEST: Final = 10.0
REST: Final = 2.0
"""Seconds without a change after which a text has come to rest, and its author types no more."""

Jitter = Callable[[float, float], float]
"""Draws a number between two, as `random.uniform` does."""


class Backoff:
    """Waits with full jitter: drawn evenly below a bound that doubles each time.

    Clients that lost one server at one moment then don't come back at one moment
    (Marc Brooker, "Exponential Backoff And Jitter").
    """

    def __init__(self, jitter: Jitter) -> None:
        self._jitter = jitter
        self._bound = BACKOFF_FIRST

    def next(self) -> float:
        """Return how long to wait before the next try."""
        self._bound = min(2 * self._bound, BACKOFF_LONGEST)
        return self._jitter(BACKOFF_FIRST, self._bound)

    def lengthen(self) -> None:
        """The server asked for peace: draw from the whole range next time."""
        self._bound = BACKOFF_LONGEST

    def reset(self) -> None:
        """It worked: begin with short waits again."""
        self._bound = BACKOFF_FIRST


class Pace:
    """Lets something happen at most so many times a second, evenly."""

    def __init__(self) -> None:
        self._interval = 0.0
        self.ready_at = 0.0

    def limit(self, per_second: float) -> None:
        """Take the server's word for the rate, which is above zero."""
        self._interval = 1 / per_second

    def spend(self, now: float) -> None:
        """It happened: not again before `ready_at`."""
        self.ready_at = now + self._interval

"""`Silence`: how long the server has said nothing, and when that is too long.

No I/O, no clock.  Invariant: a connection is dead only after a word was asked for on it, and
none came.
"""

from __future__ import annotations

from math import inf
from typing import Final

from ot_protocol.messages import Ping

__all__ = ["Silence"]

FIRST_PATIENCE: Final = 3.0
"""Seconds without a word after which a connection is given up that was asked for one.

One that is slow to carry a large edit looks as dead as one that is: each that is given up
over the same edit gives the next one twice as long.
"""
MOST_PINGS: Final = 3
"""How many times the seconds between pings may pass without a word."""


class Silence:
    """What is heard, or not, on one connection after the other."""

    def __init__(self, pings: bool) -> None:
        """`pings`: whether the connection is to be kept alive from here."""
        self._pings = pings
        self._ping_seconds = inf
        self._patience = FIRST_PATIENCE
        self._until: float | None = None  # None where no word was asked for
        self._heard_at = 0.0
        self._pinged_at = 0.0

    def limit(self, ping_seconds: float) -> None:
        """Take the server's word for how often it wants one."""
        self._ping_seconds = ping_seconds

    def heard(self, now: float) -> bool:
        """The server said something; return whether it was asked for a word."""
        was_asked = self.is_asked
        self._heard_at, self._until = now, None
        return was_asked

    def answered(self) -> None:
        """What was waited for is there: be as patient as at first."""
        self._patience = FIRST_PATIENCE

    def ask(self, now: float) -> Ping:
        """Ask for a word, without which the connection is dead soon."""
        self._until = now + self._patience
        return self.ping(now)

    def ping(self, now: float) -> Ping:
        """Keep the connection alive."""
        self._pinged_at = now
        return Ping()

    @property
    def is_asked(self) -> bool:
        """Whether a word was asked for that has not come yet."""
        return self._until is not None

    def is_dead(self, now: float) -> bool:
        """Return whether it is too long by now; the next one may be longer."""
        if self._until is not None and self._until <= now:
            self._patience *= 2
            return True
        return self.dead_at <= now

    @property
    def dead_at(self) -> float:
        """When it is too long, if nothing is said until then."""
        last = self._heard_at + MOST_PINGS * self._ping_seconds if self._pings else inf
        return last if self._until is None else min(last, self._until)

    @property
    def ping_at(self) -> float:
        """When to ping again, if nothing is said until then; never, unless kept alive from here."""
        return max(self._heard_at, self._pinged_at) + self._ping_seconds if self._pings else inf

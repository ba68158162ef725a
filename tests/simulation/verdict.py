"""The outcome of a run: a broken promise, and everything that led there."""

from __future__ import annotations

from hashlib import blake2b
from itertools import starmap

from tests.simulation.promises import Promise

__all__ = ["Broken", "Trace"]


class Trace:
    """What happened in a run, in order."""

    def __init__(self) -> None:
        self._events: list[tuple[float, str, str, object]] = []

    def note(self, now: float, who: str, what: str, more: object = "") -> None:
        """Something happened."""
        self._events.append((now, who, what, more))

    @property
    def digest(self) -> str:
        """A digest that is equal for two runs in which the same happened."""
        return blake2b(str(self).encode(), digest_size=16).hexdigest()

    def __str__(self) -> str:
        return "\n".join(starmap(_line, self._events))

    def end(self, count: int) -> str:
        """Return the last events, a line each."""
        return "\n".join(starmap(_line, self._events[-count:]))


class Broken(Exception):
    """A promise was not kept."""

    def __init__(self, promise: Promise, detail: object, trace: Trace) -> None:
        super().__init__(f"{promise}: {detail}")
        self.promise = promise
        self.trace = trace


def _line(now: float, who: str, what: str, more: object) -> str:
    return f"{now:10.6f} {who:<10} {what} {more}"

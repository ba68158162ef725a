"""`Summary`: how often each fault happened, and how soon everything was well again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from tests.faults.crowd import Outcome

__all__ = ["Summary"]


class Summary:
    """The outcomes of the faults of one run, by their names."""

    def __init__(self) -> None:
        self._outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)

    def add(self, fault: str, outcome: Outcome) -> None:
        """Note the outcome of a fault."""
        self._outcomes[fault].append(outcome)

    def lines(self) -> Iterator[str]:
        """Yield a table; nothing if nothing has happened."""
        if self._outcomes:
            yield f"{'fault':<40} {'rounds':>6} {'acks':>8} {'healed in, s':>14} {'at most':>8}"
        for fault, outcomes in self._outcomes.items():
            seconds = [outcome.seconds for outcome in outcomes]
            acks = sum(outcome.acks for outcome in outcomes)
            yield (
                f"{fault.replace('_', ' '):<40} {len(outcomes):>6} {acks:>8,}"
                f" {median(seconds):>14.1f} {max(seconds):>8.1f}"
            )

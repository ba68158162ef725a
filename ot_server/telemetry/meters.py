"""`Meters`: how often things happen in one server, and how long they take.

Plain numbers, counted where things happen; who reads them, and in which format, is
decided elsewhere.  Labels are words from the code, never an id, a name or a path that
somebody has sent, so their number is bounded.

Invariant: everything is counted on the event loop, so nothing here takes a lock; counting
costs less than a microsecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, get_args

from ot_protocol.messages import RejectCode, ResetReason

__all__ = ["Distribution", "Meters"]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""The upper bounds of the buckets, from the fastest edit to one that is given up."""
SIZES: Final = (1, 2, 4, 8, 16, 32, 64)
LAGS: Final = (1, 2, 5, 10, 100, 1_000, 10_000)


class Distribution:
    """How many values there were between each two bounds, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """How many values were up to each bound and above the one before; the last, above all."""
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Count the seconds that a block takes, however it ends."""
        start = perf_counter()
        try:
            yield
        finally:
            self.observe(perf_counter() - start)


def _known(names: Iterable[str]) -> Counter[str]:
    """Begin at zero for everything that may happen, so that the first time shows as a change."""
    return Counter(dict.fromkeys(names, 0))


def _sizes() -> Distribution:
    return Distribution(SIZES)


def _lags() -> Distribution:
    return Distribution(LAGS)


@dataclass
class Meters:
    """All that one server counts; seconds are measured in real time, not processor time."""

    # Edits, and their outcomes.
    edits: Counter[str] = field(
        default_factory=lambda: _known(
            ("committed", "trimmed", "unavailable", *get_args(RejectCode))
        )
    )
    """Answers to edits, by outcome."""
    edit_seconds: Distribution = field(default_factory=Distribution)
    """From an edit's arrival to its answer."""
    inbox_seconds: Distribution = field(default_factory=Distribution)
    """From an edit's arrival until the batch begins in which it is committed."""
    commits: Counter[str] = field(
        default_factory=lambda: _known(("committed", "conflict", "failed"))
    )
    """Batches: committed, beaten by another node's commit, or with an unknown outcome."""
    commit_edits: Distribution = field(default_factory=_sizes)
    """How many edits a batch holds."""

    # Sessions, and how they keep up.
    loads: Counter[str] = field(default_factory=lambda: _known(("opened", "restarted")))
    corrupt: int = 0
    gaps: int = 0
    """How often the poll found news of a session that had not been heard."""
    snapshot_seconds: Distribution = field(default_factory=Distribution)

    # What clients are sent.
    update_revisions: Distribution = field(default_factory=_lags)
    """How many revisions a frame brings its client; several are composed into one."""
    resets: Counter[str] = field(default_factory=lambda: _known(get_args(ResetReason)))
    slow_readers: int = 0
    closes: Counter[str] = field(default_factory=Counter)

    # What the server depends on.
    store_seconds: defaultdict[str, Distribution] = field(
        default_factory=lambda: defaultdict(Distribution)
    )
    """By method."""
    store_errors: Counter[str] = field(
        default_factory=lambda: _known(("unavailable", "unknown", "given_up"))
    )
    sequencer_seconds: defaultdict[str, Distribution] = field(
        default_factory=lambda: defaultdict(Distribution)
    )
    """By method."""
    loop_seconds: Distribution = field(default_factory=Distribution)
    """How late the event loop was."""

    # HTTP.
    requests: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """By method, route and status."""
    request_seconds: defaultdict[str, Distribution] = field(
        default_factory=lambda: defaultdict(Distribution)
    )
    """By route."""
    refused: Counter[str] = field(default_factory=Counter)
    """Calls and connections over a limit, by that limit's name."""

    def answered(self, outcome: str, received: float, begun: float, now: float) -> None:
        """Count an edit that is decided now; all three times are of one clock."""
        self.edits[outcome] += 1
        self.inbox_seconds.observe(begun - received)
        self.edit_seconds.observe(now - received)

    def tried(self, outcome: str, edits: int) -> None:
        """Count a batch that was tried, and how many edits it had."""
        self.commits[outcome] += 1
        self.commit_edits.observe(edits)

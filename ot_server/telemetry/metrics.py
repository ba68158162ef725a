"""`Metrics`: what has been counted, in the text format that Prometheus reads.

Only this module knows prometheus_client.  Each application has a registry of its own, and
metrics are only made when somebody asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import accumulate
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ot_server.telemetry.meters import Distribution, Meters

__all__ = ["CONTENT_TYPE", "Count", "Gauge", "Metrics"]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


class Gauge(NamedTuple):
    """A value that is looked at when somebody asks."""

    name: str
    said: str
    read: Callable[[], float]


class Count(NamedTuple):
    """How often something has happened, by labels if there are any."""

    name: str
    said: str
    read: Callable[[Meters], int | Mapping[str, int] | Mapping[tuple[str, ...], int]]
    labels: Sequence[str] = ()


class Spread(NamedTuple):
    """How values were distributed, by a label if there is one."""

    name: str
    said: str
    read: Callable[[Meters], Distribution | Mapping[str, Distribution]]
    labels: Sequence[str] = ()


COUNTS: Final = (
    Count("ot_edits", "Answers to edits.", lambda m: m.edits, ["outcome"]),
    Count("ot_commits", "Commits that were tried.", lambda m: m.commits, ["outcome"]),
    Count("ot_session_loads", "Sessions read into memory.", lambda m: m.loads, ["why"]),
    Count("ot_sessions_corrupt", "Sessions found with a damaged log.", lambda m: m.corrupt),
    Count("ot_gaps", "Changes on other nodes that the poll found first.", lambda m: m.gaps),
    Count("ot_resets", "Clients that had to start again.", lambda m: m.resets, ["reason"]),
    Count("ot_slow_readers", "Clients that read nothing for too long.", lambda m: m.slow_readers),
    Count("ot_connections_closed", "Connections that ended.", lambda m: m.closes, ["code"]),
    Count("ot_store_errors", "Calls that failed.", lambda m: m.store_errors, ["outcome"]),
    Count(
        "ot_http_requests",
        "Requests that were answered.",
        lambda m: m.requests,
        ["method", "route", "status"],
    ),
    Count("ot_refused", "Calls and connections over a limit.", lambda m: m.refused, ["limit"]),
)
SPREADS: Final = (
    Spread("ot_edit_seconds", "From an edit's arrival to its answer.", lambda m: m.edit_seconds),
    Spread(
        "ot_inbox_seconds",
        "From an edit's arrival until its batch was begun.",
        lambda m: m.inbox_seconds,
    ),
    Spread("ot_commit_edits", "Edits in one commit.", lambda m: m.commit_edits),
    Spread(
        "ot_update_revisions",
        "Revisions in one frame; more than one are composed.",
        lambda m: m.update_revisions,
    ),
    Spread("ot_snapshot_seconds", "How long a snapshot took.", lambda m: m.snapshot_seconds),
    Spread("ot_store_seconds", "How long a call took.", lambda m: m.store_seconds, ["call"]),
    Spread(
        "ot_sequencer_seconds", "How long a call took.", lambda m: m.sequencer_seconds, ["call"]
    ),
    Spread("ot_loop_seconds", "How late the event loop was.", lambda m: m.loop_seconds),
    Spread(
        "ot_http_request_seconds",
        "How long an answer took.",
        lambda m: m.request_seconds,
        ["route"],
    ),
)


class Metrics(Collector):
    """Everything that one application has counted, and how it stands now."""

    def __init__(
        self, meters: Meters, gauges: Sequence[Gauge] = (), counts: Sequence[Count] = ()
    ) -> None:
        self._meters = meters
        self._counts = (*COUNTS, *counts)
        self._gauges = gauges
        self._read: list[float] = []
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    async def written(self) -> bytes:
        """Return all metrics, as `CONTENT_TYPE`."""
        self._read = [gauge.read() for gauge in self._gauges]
        # This takes some milliseconds.  What is counted meanwhile may be in it or not.
        return await asyncio.to_thread(generate_latest, self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield each metric as it stands."""
        build = GaugeMetricFamily("ot_build_info", "Which version this is.", labels=["version"])
        build.add_metric([version("ot-collab")], 1)
        yield build
        for gauge, value in zip(self._gauges, self._read, strict=True):
            yield GaugeMetricFamily(gauge.name, gauge.said, value)
        for count in self._counts:
            counts = count.read(self._meters)
            counter = CounterMetricFamily(count.name, count.said, labels=count.labels)
            for key, number in [*({(): counts} if isinstance(counts, int) else counts).items()]:
                counter.add_metric((key,) if isinstance(key, str) else key, number)
            yield counter
        for spread in SPREADS:
            found = spread.read(self._meters)
            histogram = HistogramMetricFamily(spread.name, spread.said, labels=spread.labels)
            if isinstance(found, Distribution):
                histogram.add_metric((), _buckets(found), found.total)
            else:
                for label, distribution in [*found.items()]:
                    histogram.add_metric((label,), _buckets(distribution), distribution.total)
            yield histogram


def _buckets(distribution: Distribution) -> list[tuple[str, float]]:
    """Return how many values there were up to each bound, as Prometheus counts."""
    bounds = [*map(str, distribution.bounds), "+Inf"]
    return [*zip(bounds, map(float, accumulate(distribution.counts)), strict=True)]

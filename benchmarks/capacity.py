"""What people who type cost a node: CPU, memory and waits, from its own metrics."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final, NamedTuple

from aiohttp import ClientSession, TCPConnector
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.race import figure
from benchmarks.results import keep, table
from benchmarks.workloads import SEED
from tests.postgres import running_postgres
from tests.server.props.peer import Peer, join_room, open_room
from tests.server.props.rest import bearing
from tests.servers import NO_LIMITS, ProcessServer

__all__: list[str] = []

SECONDS: Final = 20.0
TOKEN: Final = "what the scraper knows"
TEXT: Final = "x" * 4_000
STORES: Final = ("SQLite", "Postgres")


class Case(NamedTuple):
    """A number of sessions, of people in each, and of keys per second of each person."""

    sessions: int
    people: int
    keys: float

    def __str__(self) -> str:
        return f"{self.sessions} sessions of {self.people}, {self.keys:g} keys a second each"


CASES: Final = (Case(200, 1, 1), Case(20, 10, 1), Case(1, 100, 0.5))


class Reading:
    """The metrics of a node at one moment."""

    def __init__(self, text: str) -> None:
        self._samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    @classmethod
    async def take(cls, http: ClientSession, url: str) -> Reading:
        async with http.get(f"{url}/metrics", headers=bearing(TOKEN)) as response:
            return cls(await response.text())

    def value(self, *name: str) -> float:
        """Return a sample, by name and labels."""
        return self._samples[name]

    def since(self, before: Reading, *name: str) -> float:
        """Return by how much a sample has grown."""
        return self.value(*name) - before._samples.get(name, 0)

    def within(self, before: Reading, name: str, part: float) -> float:
        """Return the bound of a histogram below which this share of the new values lies."""
        bounds = [label for first, *label in self._samples if first == f"{name}_bucket"]
        all_ = self.since(before, f"{name}_count")
        return next(
            float(bound)
            for (bound,) in bounds
            if self.since(before, f"{name}_bucket", bound) >= part * all_
        )


@contextlib.asynccontextmanager
async def node(store: str) -> AsyncIterator[ProcessServer]:
    """Run a node that waits for its disk."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        limits = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
        server = ProcessServer(folder / "data", limits | {"OT_METRICS_TOKEN": TOKEN})
        if store == "Postgres":
            postgres = stack.enter_context(running_postgres(waits_for_disk=True))
            server.environment["OT_STORE"] = await postgres.new_url()
        await server.start()
        try:
            yield server
        finally:
            await server.kill()


async def measure(store: str, case: Case, seconds: float) -> list[str]:
    """Let people type for `seconds`; return the row of the table."""
    async with node(store) as server, ClientSession(connector=TCPConnector(limit=0)) as http:
        empty = await Reading.take(http, server.url)
        peers: list[Peer] = []
        for _ in range(case.sessions):
            room = await open_room(http, server.url, text=TEXT)
            guests = [await join_room(http, room, f"{number}") for number in range(case.people)]
            peers += [await Peer.enter(http, guest) for guest in guests]
        full = await Reading.take(http, server.url)
        start = perf_counter()
        random = Random(SEED)
        await asyncio.gather(*(type_on(peer, random.random(), case, seconds) for peer in peers))
        passed = perf_counter() - start
        after = await Reading.take(http, server.url)
    memory = "process_resident_memory_bytes"
    edits = after.since(full, "ot_edits_total", "committed")
    cpu = after.since(full, "process_cpu_seconds_total")
    frames = after.since(full, "ot_update_revisions_count")
    return [
        f"{case}, {store}",
        figure(edits / passed),
        figure(frames / passed),
        f"{100 * cpu / passed:.0f}%",
        figure(1e6 * cpu / edits),
        *(figure(1000 * after.within(full, "ot_edit_seconds", part)) for part in (0.5, 0.99)),
        figure((full.value(memory) - empty.value(memory)) / len(peers) / 1000),
    ]


async def type_on(peer: Peer, phase: float, case: Case, seconds: float) -> None:
    """Type at a steady pace, and hear what the others type."""
    now = asyncio.get_running_loop().time()
    end, due = now + seconds, now + phase / case.keys
    while due < end:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                while True:
                    await peer.hear()
        await peer.type("x")
        due += 1 / case.keys


HEADER: Final = (
    "",
    "edits a second",
    "frames a second",
    "CPU of the node",
    "µs of it an edit",
    "median wait below, ms",
    "99th percentile below, ms",
    "kB a person",
)


async def measure_all(seconds: float) -> list[list[str]]:
    return [await measure(store, case, seconds) for store in STORES for case in CASES]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of typing, of each (%(default)g)"
    )
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    chosen = parser.parse_args(arguments)
    section = f"""
## Capacity

One node, and people who type at a steady pace in texts of {len(TEXT):,} code points, for
{chosen.seconds:g} s. An edit is one key; everybody in its session is sent a frame of it, which
may bring several. CPU is of one core, with all that the process does; a wait is from an edit's
arrival at the node to its answer, by the bounds of the histogram in `/metrics`. Clients, node and
Postgres are on one machine, and wait for its disk.

{table(HEADER, asyncio.run(measure_all(chosen.seconds)))}
"""
    print(section.strip())
    if not chosen.only_print:
        keep("capacity", section)


if __name__ == "__main__":
    main()

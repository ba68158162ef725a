"""Edits before and after a change: a server of each version, by turns in one run.

The version before is any revision that git knows; after is this checkout, as it lies there.
Both servers run all the time, over stores of their own, and the same clients type at one
after the other, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Final, NamedTuple

from aiohttp import ClientSession, TCPConnector

from benchmarks.capacity import TOKEN, Reading
from benchmarks.race import figure
from benchmarks.results import keep, table
from tests.postgres import running_postgres
from tests.redis import running_redis
from tests.server.props.peer import Peer, join_room, open_room
from tests.servers import NO_LIMITS, ProcessServer

__all__: list[str] = []

ROOT: Final = Path(__file__).parents[1]
STORES: Final = ("SQLite", "Postgres and Redis")
ROUNDS: Final = 8
SECONDS: Final = 3.0
"""How long each version is typed at in each round."""


class Case(NamedTuple):
    """A number of sessions with two clients each; each client has one edit in flight."""

    sessions: int

    def __str__(self) -> str:
        return f"{self.sessions} sessions of 2" if self.sessions > 1 else "one session of 2"


CASES: Final = (Case(1), Case(50))


@dataclass
class Version:
    """One version's server, its clients in one case, and its figures."""

    name: str
    server: ProcessServer
    peers: list[Peer] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds from each edit to its answer."""
    rates: list[float] = field(default_factory=list)
    """Edits per second, in each round."""
    costs: list[float] = field(default_factory=list)
    """Seconds of the server's CPU per edit, in each round."""

    async def enter(self, http: ClientSession, case: Case) -> None:
        """Connect the clients of a case."""
        for _ in range(case.sessions):
            room = await open_room(http, self.server.url)
            guest = await join_room(http, room, "guest")
            self.peers += [await Peer.enter(http, room), await Peer.enter(http, guest)]

    async def round(self, http: ClientSession, seconds: float) -> None:
        """Type for `seconds`, and note the figures."""
        before = await Reading.take(http, self.server.url)
        begun, known = perf_counter(), len(self.waits)
        await asyncio.gather(*(self._type(peer, begun + seconds) for peer in self.peers))
        passed = perf_counter() - begun
        after = await Reading.take(http, self.server.url)
        edits = len(self.waits) - known
        self.rates.append(edits / passed)
        self.costs.append(after.since(before, "process_cpu_seconds_total") / edits)

    async def _type(self, peer: Peer, end: float) -> None:
        while (now := perf_counter()) < end:
            await peer.type("x")
            self.waits.append(perf_counter() - now)

    def figures(self) -> tuple[float, float, float, float]:
        """Return p50 and p95 in ms, edits per second, and µs of CPU per edit."""
        return (
            1e3 * median(self.waits),
            1e3 * quantiles(self.waits, n=20)[-1],
            median(self.rates),
            1e6 * median(self.costs),
        )


@contextlib.contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Check out a revision's files into a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        archive = subprocess.run(
            ["git", "archive", revision, "ot_core", "ot_protocol", "ot_server"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        if (ROOT / "ot_server/web").is_dir():
            (tree / "ot_server/web").symlink_to(ROOT / "ot_server/web")
        yield tree


@contextlib.asynccontextmanager
async def running(tree: Path, store: str) -> AsyncIterator[ProcessServer]:
    """Run the server in a folder, over a store that waits for its disk."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
        environment |= {
            "OT_METRICS_TOKEN": TOKEN,
            "OT_LOG_LEVEL": "warning",
            "OT_DIAGNOSTICS": "false",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tree),
            "PYTHONSAFEPATH": "1",  # not what lies in the current folder
        }
        if store != "SQLite":
            postgres = stack.enter_context(running_postgres(waits_for_disk=True))
            redis = await stack.enter_async_context(running_redis(folder))
            environment |= {
                "OT_SECRET": "a key that all nodes have, of 32 bytes and more",
                "OT_STORE": await postgres.new_url(),
                "OT_SEQUENCER": redis.url,
            }
        server = ProcessServer(folder / "data", environment)
        await server.start()
        stack.push_async_callback(server.kill)
        yield server


async def measure(before: Path, store: str, options: Options) -> list[list[str]]:
    """Return the rows of one store: each case, before, after, and after ÷ before."""
    rows = []
    for case in CASES:
        async with contextlib.AsyncExitStack() as stack:
            http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
            versions = [
                Version(name, await stack.enter_async_context(running(tree, store)))
                for name, tree in (("before", before), ("after", ROOT))
            ]
            for version in versions:
                await version.enter(http, case)
                await version.round(http, 1)  # to warm up
                version.waits, version.rates, version.costs = [], [], []
            for number in range(options.rounds):
                for version in versions if number % 2 == 0 else reversed(versions):
                    await version.round(http, options.seconds)
            figures = [version.figures() for version in versions]
        for version, own in zip(versions, figures, strict=True):
            rows.append([f"{case}, {store}, {version.name}", *map(figure, own)])
        ratios = [after / first for first, after in zip(*figures, strict=True)]
        rows.append([f"{case}, {store}, after ÷ before", *map(figure, ratios)])
    return rows


class Options(NamedTuple):
    """The options of the command line."""

    rounds: int
    seconds: float


async def measure_all(before: Path, stores: Sequence[str], options: Options) -> list[list[str]]:
    return [row for store in stores for row in await measure(before, store, options)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versions", description=__doc__)
    parser.add_argument("before", metavar="REVISION", help="of git, to compare this checkout with")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of typing in each round (%(default)g)"
    )
    parser.add_argument("--store", choices=STORES, action="append", help="both, if left out")
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    chosen = parser.parse_args(arguments)
    options = Options(chosen.rounds, chosen.seconds)
    before_name = _git("describe", "--always", "--abbrev=7", chosen.before)
    after_name = _git("describe", "--always", "--abbrev=7", "--dirty")
    with checkout(chosen.before) as before:
        rows = asyncio.run(measure_all(before, chosen.store or STORES, options))
    section = f"""
## Before and after

Edits at servers of `{before_name}` (before) and `{after_name}` (after), each client with
one edit in flight. {options.rounds} rounds of {options.seconds:g} s of each, by turns. A wait is
from an edit to its answer, at the client; rates and CPU (all that the server's process does) are
medians of the rounds. Clients, servers and databases are on one machine, and wait for its disk.

{table(("", "wait, p50, ms", "p95, ms", "edits a second", "µs of CPU an edit"), rows)}
"""
    print(section.strip())
    if not chosen.only_print:
        keep("versions", section)


def _git(*command: str) -> str:
    return subprocess.check_output(["git", *command], cwd=ROOT, text=True).strip()


if __name__ == "__main__":
    main()

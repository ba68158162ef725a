"""Eight clients in one session, all on one node or on two, over one Postgres and one Redis.

Each client sends its next edit when it has the answer to the one before.  Both arrangements
type by turns on the same two processes, each at its own session.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean, median, quantiles
from time import perf_counter
from typing import Final

from benchmarks.nodes import running_nodes
from benchmarks.race import Target, figure, targets
from benchmarks.results import keep, table
from ot_client import Session, connect, create_room, join

__all__: list[str] = []

CLIENTS: Final = 8
SECONDS: Final = 60.0
"""How long each arrangement types."""
SLICES: Final = 6
"""How many turns each has for it."""


@dataclass
class Arrangement:
    """A number of nodes, over which the clients are spread, and its figures."""

    name: str
    nodes: int
    edits: list[int] = field(default_factory=lambda: [0] * CLIENTS)
    """The acknowledged edits of each client."""
    waits: list[float] = field(default_factory=list)
    """Seconds from each edit to its answer."""
    seconds: float = 0.0
    _sessions: list[Session] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        return sum(self.edits) / self.seconds

    @property
    def evenness(self) -> float:
        """The edits of the slowest client, relative to the average."""
        return min(self.edits) / fmean(self.edits)

    async def open(self, urls: Sequence[str], stack: contextlib.AsyncExitStack) -> None:
        """Let the clients join one session."""
        room = await create_room(urls[0], name="host")
        for number in range(CLIENTS):
            url = urls[number % self.nodes]
            one = await join(room.link, f"client {number}")
            connecting = connect(f"{url}/s/{one.session.id}", one.token)
            self._sessions.append(await stack.enter_async_context(connecting))

    async def run(self, seconds: float) -> None:
        """Type for a while."""
        begun = perf_counter()

        async def type_on(number: int) -> None:
            session, random = self._sessions[number], Random(number)
            while (start := perf_counter()) < begun + seconds:
                session.insert(random.randint(0, session.length), "x")
                await session.synchronized()
                self.edits[number] += 1
                self.waits.append(perf_counter() - start)

        await asyncio.gather(*map(type_on, range(CLIENTS)))
        self.seconds += perf_counter() - begun

    def cells(self) -> tuple[str, ...]:
        """Return its row."""
        edits = [count / self.seconds for count in self.edits]
        waits = [1000 * wait for wait in (median(self.waits), quantiles(self.waits, n=100)[-1])]
        values = (self.throughput, min(edits), fmean(edits), self.evenness, *waits)
        return (self.name, *map(figure, values))


HEADER: Final = (
    "",
    "edits a second",
    "of the slowest client",
    "of a client on average",
    "slowest ÷ average",
    "median wait, ms",
    "99th percentile, ms",
)


async def measure(seconds: float) -> list[Arrangement]:
    """Let each arrangement type for `seconds` in total."""
    arrangements = [Arrangement("one node", 1), Arrangement("two nodes", 2)]
    async with running_nodes(2) as urls, contextlib.AsyncExitStack() as stack:
        for arrangement in arrangements:
            await arrangement.open(urls, stack)
        for _ in range(SLICES):
            for arrangement in arrangements:
                await arrangement.run(seconds / SLICES)
    return arrangements


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_nodes", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of typing, of each (%(default)g)"
    )
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    chosen = parser.parse_args(arguments)
    one, two = asyncio.run(measure(chosen.seconds))
    wanted = [
        Target("edits a second, two nodes ÷ one node", two.throughput / one.throughput, 0.5),
        Target("slowest client ÷ average, two nodes", two.evenness, 0.5),
    ]
    section = f"""
## Two nodes

{CLIENTS} clients at one session, without affinity: half of them on each of two nodes, which
share one Postgres and one Redis; and all of them on one of the two. Each client sends its next
edit when it has the answer to the one before, for {chosen.seconds:g} s in each arrangement, by
turns. Clients, nodes, Postgres and Redis are on one machine, and wait for its disk. Two nodes can't
be faster at one session than one, because its commits go one after the other: this is the cost.

{targets(wanted)}

{table(HEADER, [one.cells(), two.cells()])}
"""
    print(section.strip())
    if not chosen.only_print:
        keep("two_nodes", section)


if __name__ == "__main__":
    main()

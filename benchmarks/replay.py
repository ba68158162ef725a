"""A real trace, typed again through a running server by one client per agent.

Every edit of the trace is an operation of its own.  Its agent makes it as soon as its client
has received everything that the agent knew: on the text that the agent saw, transformed over
what the client has received beyond that.  It waits for the answer before its next edit.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, product
from time import perf_counter
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from benchmarks.nodes import running_nodes
from benchmarks.results import keep, table
from benchmarks.trace import Author, turns
from ot_client import Changed, Event, Session, connect, create_room, fetch_text, join
from tests.traces import ONE_WRITER, Trace, trace

__all__ = ["Replayed", "replay"]

TRACES: Final = ("friendsforever", *ONE_WRITER)


class Replayed(NamedTuple):
    """The figures of a replay."""

    edits: int
    seconds: float
    """From the first edit to the last answer."""
    server_text: str
    client_texts: list[str]

    @property
    def edits_per_second(self) -> float:
        return self.edits / self.seconds


@dataclass(eq=False)
class Agent:
    """An author with a client.

    It only goes on when the other agent's client has received what it wrote last.  If that
    were further behind, the server could compose, and transactions that come as one operation
    can't be told apart.
    """

    author: Author
    session: Session
    told: Callable[[], None]
    """Called for each answer."""

    def __post_init__(self) -> None:
        self.acknowledged = 0
        self.other: Agent | None = None
        self._stirred = asyncio.Event()
        self.session.listen(self._hear)

    def stir(self) -> None:
        """Set when something happens that this agent may wait for."""
        self._stirred.set()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Changed):
            self.author.receive(event.operation)
            self.stir()
            if self.other is not None:
                self.other.stir()

    async def run(self) -> None:
        """Write all of its transactions, one answer after the other."""
        author = self.author
        while author.turns:
            await self._until(self._may_write)
            self.session.edit(author.write())
            await self.session.synchronized()
            self.acknowledged += 1
            self.told()
            if self.other is not None:
                self.other.stir()
        await self._until(self._has_all)

    def _may_write(self) -> bool:
        if self.other is None:
            return True
        held = self.author.turns[0].held
        is_heard = self.other.author.received == self.acknowledged
        return self.author.is_ready and is_heard and self.other.acknowledged >= held

    def _has_all(self) -> bool:
        other = self.other
        return other is None or (
            not other.author.turns and self.author.received == other.author.written
        )

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._stirred.clear()
            await self._stirred.wait()


async def replay(
    urls: Sequence[str], trace: Trace, told: Callable[[], None] = lambda: None
) -> Replayed:
    """Type a trace into a new room; `told` is called for each answer.

    `urls` are the nodes of one server, which the agents take in turn.
    """
    room = await create_room(urls[0], title=trace.name, name="agent 0", text=trace.start)
    joined = [await join(room.link, f"agent {number}") for number in range(1, trace.agents)]
    tokens = [room.token, *(one.token for one in joined)]
    async with contextlib.AsyncExitStack() as stack:
        agents: list[Agent] = []
        for url, token, own in zip(cycle(urls), tokens, turns(trace), strict=False):
            address = f"{url}/s/{room.session.id}"
            session = await stack.enter_async_context(connect(address, token))
            agents.append(Agent(Author(own, len(trace.start)), session, told))
        if len(agents) == 2:
            agents[0].other, agents[1].other = agents[1], agents[0]
        began = perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for agent in agents:
                tasks.create_task(agent.run())
        seconds = perf_counter() - began
        texts = [agent.session.text for agent in agents]
    final = await fetch_text(room.address, room.token)
    return Replayed(len(trace.transactions), seconds, final.text, texts)


class Speed(ProgressColumn):
    """The recent number of answers per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} edits/s")


async def replay_visibly(name: str, url: str | None, nodes: int) -> Replayed:
    """Replay with a progress bar; without `url`, start that many nodes for it.

    Raises:
        SystemExit: the resulting text is not the trace's.
    """
    chosen = trace(name)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    async with contextlib.AsyncExitStack() as stack:
        urls = [url] if url else await stack.enter_async_context(running_nodes(nodes))
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
        bar = progress.add_task(name, total=len(chosen.transactions))
        replayed = await replay(urls, chosen, lambda: progress.advance(bar))
    if {replayed.server_text, *replayed.client_texts} != {chosen.end}:
        raise SystemExit(f"{name} doesn't end as it was recorded")
    return replayed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.replay",
        description=__doc__,
        epilog="It fails unless the server and every client end with the text that was recorded.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "traces",
        nargs="*",
        metavar="TRACE",
        default=["friendsforever"],
        help=f"one or more of {', '.join(TRACES)}; friendsforever, of two people who "
        "type at once, where none is named; the others have one writer",
    )
    parser.add_argument(
        "--url",
        help="the address of a running server, which sets the pace: start it with "
        "OT_EDITS_PER_SECOND=1000000 OT_EDITS_BURST=1000000; without this a server is started "
        "over a temporary folder, with its limits raised",
    )
    parser.add_argument(
        "--nodes",
        type=int,
        nargs="+",
        metavar="COUNT",
        default=[1],
        help="how many nodes there are, where none is running: one over SQLite, or several over "
        "Postgres and Redis; the clients take them in turn. More than one count are measured one "
        "after the other",
    )
    parser.add_argument("--keep", action="store_true", help="write the figures into RESULTS.md")
    arguments = parser.parse_args()
    for name in arguments.traces:
        if name not in TRACES:
            parser.error(f"no trace {name!r}")
    rows = []
    for name, nodes in product(arguments.traces, arguments.nodes):
        replayed = asyncio.run(replay_visibly(name, arguments.url, nodes))
        agents = len(replayed.client_texts)
        speed = f"{replayed.edits_per_second:,.0f}"
        print(f"{name}: {replayed.edits:,} edits in {replayed.seconds:.1f} s, {speed} a second")
        rows.append(
            (name, str(nodes), str(agents), f"{replayed.edits:,}", f"{replayed.seconds:.1f}", speed)
        )
    if arguments.keep:
        header = ("trace", "nodes", "clients", "edits", "seconds", "edits a second")
        keep(
            "replay",
            f"""
## Replay through a server

Clients, server and disk on one machine; each client waits for the answer to one edit before its
next, and each answer waits for the disk. So these are round trips, one after the other, not the
most that a server can take. One node uses SQLite; several share a Postgres and a Redis, and each
client is on a node of its own.

{table(header, rows)}
""",
        )


if __name__ == "__main__":
    main()

"""Any revision of a long session over HTTP: text, blame, playback, restore and revert."""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
from asyncio import Handle
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Final, NamedTuple

from aiohttp import ClientSession
from msgspec import structs
from rich.console import Console
from rich.progress import track

from benchmarks.race import figure
from benchmarks.results import keep, table
from benchmarks.workloads import SEED
from ot_server.app import build
from ot_server.http.edge.connections import listen, new_runner
from ot_server.sequencer.local import LocalSequencer
from ot_server.store.sqlite import SqliteStore
from tests.server.props.peer import Room, join_room, open_room
from tests.server.props.rest import bearing
from tests.server.props.written import write_log
from tests.servers import FAST
from tests.traces import trace

__all__: list[str] = []

TRACE: Final = "automerge-paper"
COUNTS: Final = (10_000, 100_000)
LIMIT: Final = 100
"""Milliseconds of CPU that no call may use."""
SLICE: Final = 10
"""Milliseconds of CPU that no turn of the event loop may use."""


class Case(NamedTuple):
    """One kind of call about a session, at some revision of `head`."""

    what: str
    method: str
    path: Callable[[int, int], str]
    body: Callable[[int, int], dict[str, int]] | None = None


CASES: Final = (
    Case("text", "GET", lambda at, _: f"revisions/{at}"),
    Case("blame", "GET", lambda at, _: f"blame?revision={at}"),
    Case("playback: text, 1,000 operations", "GET", lambda at, _: f"replay?from={at}"),
    Case("log: 1,000 operations", "GET", lambda at, _: f"operations?from={at}"),
    Case("restore", "POST", lambda *_: "restore", lambda at, _: {"revision": at}),
    Case("revert of one", "POST", lambda *_: "revert", lambda at, _: {"from": at, "to": at}),
    Case(
        "revert of all from there to the middle of the rest",
        "POST",
        lambda *_: "revert",
        lambda at, head: {"from": at, "to": (at + head) // 2},
    ),
)


class Taken(NamedTuple):
    """How long one call took, in milliseconds."""

    wall: float
    cpu: float
    """The CPU time of all threads."""
    turn: float
    """The CPU time of the longest turn of the event loop, during which others wait."""


class Turns:
    """The longest turn of the event loop so far, in seconds of CPU."""

    longest = 0.0


@contextmanager
def turns() -> Iterator[Turns]:
    """Watch each turn of the event loop in this block."""
    run, found = Handle._run, Turns()

    def watched(handle: Handle) -> None:
        began = thread_time()
        run(handle)
        found.longest = max(found.longest, thread_time() - began)

    Handle._run = watched  # type: ignore[assignment]  # asyncio has no hook that is as exact
    try:
        yield found
    finally:
        Handle._run = run  # type: ignore[method-assign]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[str, SqliteStore]]:
    """Start a server over a folder; it has read nothing of it yet."""
    store = SqliteStore(folder / "ot.sqlite3")
    settings = structs.replace(FAST, data=str(folder))
    runner = new_runner(build(settings, store, LocalSequencer()), settings)
    await runner.setup()
    try:
        listening = await listen(runner, settings)
        try:
            host, port = listening.sockets[0].getsockname()[:2]
            yield f"http://{host}:{port}", store
        finally:
            listening.close()
    finally:
        await runner.cleanup()


async def written(http: ClientSession, folder: Path, count: int) -> Room:
    """Return a session that two people have typed the beginning of the trace into."""
    async with serving(folder) as (url, store):
        room = await open_room(http, url, title=TRACE)
        other = await join_room(http, room, "another")
        operations = islice(trace(TRACE).operations(), count)
        by = [room.participant, other.participant]
        await write_log(store, room.session_id, operations, by, FAST)
    return room


async def measure(http: ClientSession, room: Room, case: Case, at: int, head: int) -> Taken:
    """Make one call."""
    url = f"{room.url}/api/v1/sessions/{room.session_id}/{case.path(at, head)}"
    body = None if case.body is None else case.body(at, head)
    with turns() as longest:
        began, used = perf_counter(), process_time()
        async with http.request(
            case.method, url, json=body, headers=bearing(room.token)
        ) as response:
            await response.read()
            assert response.status == 200, await response.text()
        wall, cpu = perf_counter() - began, process_time() - used
    return Taken(wall * 1e3, cpu * 1e3, longest.longest * 1e3)


async def row(http: ClientSession, folder: Path, room: Room, case: Case, count: int) -> list[str]:
    """Ask for revisions all over the log, each from a server that was just started, and again."""
    random = Random(SEED)
    places = [1, 999, 1_000, 1_001, count // 2, count - 2]
    places += [random.randrange(1, count - 1) for _ in range(6)]
    cold: list[Taken] = []
    warm: list[Taken] = []
    least: list[Taken] = []
    console = Console(stderr=True)
    for at in track(places, f"{count:,}: {case.what}", console=console, transient=True):
        async with serving(folder) as (url, _):
            room = replace(room, url=url)
            cold.append(await measure(http, room, case, at, count))
            # The same call would find nothing left to do; one revision further costs as much.
            again = [await measure(http, room, case, at + step, count) for step in (1, 2)]
            warm += again
        least.append(Taken(*(min(part) for part in zip(cold[-1], *again, strict=True))))
    cpu, turn = max(each.cpu for each in least), max(each.turn for each in least)
    verdicts = ["too slow"] * (cpu > LIMIT) + ["holds the loop"] * (turn > SLICE)
    return [
        case.what,
        figure(median(each.wall for each in cold)),
        figure(median(each.wall for each in warm)),
        figure(median(each.cpu for each in least)),
        figure(cpu),
        figure(turn),
        ", ".join(verdicts),
    ]


async def measured(count: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with ClientSession() as http:
            room = await written(http, folder, count)
            gc.collect()
            gc.freeze()  # the trace is in our memory; no real server would have to walk over it
            rows = [await row(http, folder, room, case, count) for case in CASES]
    header = ("call", "cold, ms", "warm, ms", "CPU, ms", "worst", "longest turn, ms", "")
    return f"### {count:,} operations\n\n{table(header, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    arguments = parser.parse_args()
    figures = "\n\n".join(asyncio.run(measured(count)) for count in COUNTS)
    print(figures)
    if not arguments.only_print:
        keep(
            "history",
            f"""
## Any revision of a long session

The beginning of {TRACE}, by two participants, in a SQLite file. Each call is made at 12 revisions
all over the log: cold, as the first of a server that was just started, and warm, twice more beside
there. Medians by the clock, which includes the disk and others who share the machine; then CPU
time, of all threads of client and server, which are one process: the least of the three calls at
a place, the median and the worst of all places. None may use {LIMIT} ms. The longest turn is the
most CPU time that the event loop was held for at once; none may be above {SLICE} ms.

{figures}
""",
        )


if __name__ == "__main__":
    main()

"""Any revision of a long session, over HTTP: its text, who wrote it, and taking it back."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, NamedTuple

from aiohttp import ClientSession, web
from msgspec import structs
from rich.console import Console
from rich.progress import track

from benchmarks.results import keep, table
from ot_server.app import build
from ot_server.sequencer.local import LocalSequencer
from ot_server.store.sqlite import SqliteStore
from tests.server.peer import Room, join_room, open_room
from tests.server.rest import bearing
from tests.server.written import write_log
from tests.servers import FAST
from tests.traces import trace

__all__: list[str] = []

TRACE: Final = "automerge-paper"
COUNT: Final = 10_000
LIMIT: Final = 100
"""Milliseconds that no call may take."""


class Case(NamedTuple):
    """One call, of a session's path."""

    what: str
    method: str
    path: str
    body: dict[str, int] | None = None


def cases(turn: int) -> list[Case]:
    """Return the calls of one turn; no two turns revert the same revisions."""
    found = []
    for at in (500, 2_999, 5_500, 9_999):
        found.append(Case(f"the text at {at:,}", "GET", f"revisions/{at}"))
        found.append(Case(f"blame at {at:,}", "GET", f"blame?revision={at}"))
        found.append(
            Case(
                f"1,000 operations up to {at:,}",
                "GET",
                f"operations?from={max(1, at - 999)}&to={at}",
            )
        )
        found.append(Case(f"replay, 1,000 operations from {at:,}", "GET", f"replay?from={at}"))
        found.append(
            Case(f"revert of {at:,}", "POST", "revert", {"from": at - turn, "to": at - turn})
        )
        found.append(Case(f"restore of {at:,}", "POST", "restore", {"revision": at}))
    found.append(
        Case("revert of 5,000 in a row", "POST", "revert", {"from": 1 + turn, "to": 5_000 + turn})
    )
    return found


@asynccontextmanager
async def session(http: ClientSession, folder: Path) -> AsyncIterator[Room]:
    """Serve a session with a long past, that nobody has looked at yet."""
    store = SqliteStore(folder / "ot.sqlite3")
    settings = structs.replace(FAST, data=str(folder))
    runner = web.AppRunner(build(settings, store, LocalSequencer()), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        room = await open_room(http, f"http://{host}:{port}", title=TRACE)
        other = await join_room(http, room, "another")
        operations = islice(trace(TRACE).operations(), COUNT)
        by = [room.participant, other.participant]
        await write_log(store, room.session_id, operations, by, settings)
        yield room
    finally:
        await runner.cleanup()


async def measure(http: ClientSession, room: Room, case: Case) -> float:
    """Return how long a call took, in milliseconds."""
    url = f"{room.url}/api/v1/sessions/{room.session_id}/{case.path}"
    began = perf_counter()
    async with http.request(
        case.method, url, json=case.body, headers=bearing(room.token)
    ) as response:
        await response.read()
        assert response.status == 200, await response.text()
    return (perf_counter() - began) * 1e3


async def measured(runs: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with ClientSession() as http, session(http, Path(folder)) as room:
            # In turn, so that each restore and each revert finds something to do.
            turns = [
                [await measure(http, room, case) for case in cases(turn)]
                for turn in track(range(runs), "turns", console=Console(stderr=True))
            ]
            for case, figures in zip(cases(0), zip(*turns, strict=True), strict=True):
                verdict = "too slow" if median(figures) > LIMIT else ""
                span = f"{min(figures):.0f} to {max(figures):.0f}"
                rows.append((case.what, f"{median(figures):.1f}", span, verdict))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="of each call; 9 where it isn't said")
    parser.add_argument("--keep", action="store_true", help="write the figures into RESULTS.md")
    arguments = parser.parse_args()
    rows = asyncio.run(measured(arguments.runs))
    figures = table(("call", "median, ms", "span, ms", ""), rows)
    print(figures)
    if arguments.keep:
        keep(
            "history",
            f"""
## Any revision of a long session

The first {COUNT:,} operations of {TRACE}, by two participants, in a SQLite file; a client and the
server in one process, so encoding, HTTP and decoding count as well, and for what commits the
disk. None may take {LIMIT} ms. Nothing is cached between the calls.

{figures}
""",
        )


if __name__ == "__main__":
    main()

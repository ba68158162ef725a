"""Help with the code: how soon diagnostics and completions come, and what that costs edits.

A server in a process of its own serves all of it, over HTTP and WebSockets.  Edits with and
without help are timed by turns in one run, so that other load on the machine affects both.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from aiohttp import ClientSession

from benchmarks.results import keep, table
from ot_client import DiagnosticsChanged, Session, connect

__all__: list[str] = []

ROOT: Final = Path(__file__).parents[1]
HELP: Final = {"OT_DIAGNOSTICS_SECONDS": "30", "OT_COMPLETION_SECONDS": "30"}
WITHOUT: Final = {"OT_DIAGNOSTICS": "false", "OT_COMPLETION": "false"}
NO_LIMITS: Final = {
    f"OT_{name}": "1000000"
    for name in (
        *("EDITS_PER_SECOND", "EDITS_BURST", "PRESENCE_PER_SECOND", "ROOMS_PER_ADDRESS"),
        *("REQUESTS_PER_ADDRESS", "REQUESTS_PER_CALLER"),
    )
}
LENGTHS: Final = (300, 3_000)
TYPING: Final = 12
"""Edits a second, while they are timed."""
ROUND: Final = 60
"""Edits in one turn."""
PLACES: Final = (
    ("a function of the text", "compute_1"),
    ("a method of a string", "''.sta"),
    ("a module's function", "json.lo"),
    ("anything", "pri"),
)


class Latency(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


def latency(seconds: Sequence[float]) -> Latency:
    ordered = statistics.quantiles([1e3 * one for one in seconds], n=100, method="inclusive")
    return Latency(ordered[49], ordered[94], ordered[98])


def code(lines: int) -> str:
    """Return lines of Python with a mistake here and there."""
    block = """
def compute_{n}(values, found=[]):
    total = 0
    for value in values:
        if value % {n} == 0:
            total += value * {n}
    found.append(missing_{n})
    return total, found
"""
    text = "import json\nimport os\n" + "".join(block.format(n=n) for n in range(1, lines // 9 + 1))
    return text + "\n" * (lines - text.count("\n"))


@asynccontextmanager
async def serving(environment: dict[str, str]) -> AsyncIterator[str]:
    """Run a server with these settings; yields its address."""
    with TemporaryDirectory() as data:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ot_server", "serve", "--port", "0", "--data", data),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'clients' / 'python'}", **NO_LIMITS, **environment},
        )
        assert server.stdout is not None
        try:
            said = (await server.stdout.readline()).decode()
            yield re.findall(r"http://\S+", said)[0]
        finally:
            server.terminate()
            await server.wait()


class Room:
    """A session in Python, with somebody in it."""

    def __init__(self, http: ClientSession, url: str, made: Any, session: Session) -> None:
        self._http = http
        self._completions = f"{url}/api/v1/sessions/{made['session']['id']}/completions"
        self._headers = {"Authorization": f"Bearer {made['token']}"}
        self.door = url, made
        self.session = session

    async def edit(self, text: str) -> float:
        """Type at the end, and return after how many seconds that is committed."""
        began = time.perf_counter()
        self.session.insert(self.session.length, text)
        await self.session.synchronized()
        return time.perf_counter() - began

    async def diagnostics(self) -> float:
        """Break something, and return after how many seconds the diagnostic comes."""
        events = self.session.events()
        began = time.perf_counter()
        await self.edit("undefined\n")
        revision = self.session.revision
        async for event in events:
            if isinstance(event, DiagnosticsChanged) and self.session.revision >= revision:
                return time.perf_counter() - began
        raise SystemExit("the session has ended")

    async def complete(self, offset: int) -> float:
        """Return after how many seconds a completion comes."""
        body = {"revision": self.session.revision, "offset": offset}
        began = time.perf_counter()
        async with self._http.post(self._completions, json=body, headers=self._headers) as response:
            found = await response.json()
            if not found["items"]:
                raise SystemExit(f"nothing is found at {offset}: {found}")
        return time.perf_counter() - began


@asynccontextmanager
async def room(http: ClientSession, url: str, text: str) -> AsyncIterator[Room]:
    """Make a session with a text, and join it."""
    async with http.post(
        f"{url}/api/v1/rooms", json={"language": "python", "text": text}
    ) as response:
        made = await response.json()
    async with entered(http, url, made) as here:
        yield here


@asynccontextmanager
async def entered(http: ClientSession, url: str, made: Any) -> AsyncIterator[Room]:
    """Join a session that was made."""
    async with connect(f"{url}/s/{made['session']['id']}", made["token"]) as session:
        yield Room(http, url, made, session)


@contextmanager
def company(here: Room) -> Iterator[Event]:
    """Run somebody else, in a process of their own, who asks for completions when told to."""
    spawning = multiprocessing.get_context("spawn")
    told, ready = spawning.Event(), spawning.Event()
    process = spawning.Process(target=_come_and_ask, args=(*here.door, told, ready), daemon=True)
    process.start()
    try:
        while not ready.wait(1):
            _is_there(process)
        yield told
        _is_there(process)
    finally:
        process.kill()
        process.join()


def _is_there(process: BaseProcess) -> None:
    if not process.is_alive():
        raise SystemExit("the process that should ask meanwhile has ended")


def _come_and_ask(url: str, made: Any, told: Event, ready: Event) -> None:
    async def ask() -> None:
        async with ClientSession() as http, entered(http, url, made) as here:
            offset = here.session.text.index("value in values") + 3
            ready.set()
            while True:
                if told.is_set():
                    await here.complete(offset)
                await asyncio.sleep(0.2)

    asyncio.run(ask())


async def time_diagnostics(http: ClientSession, lines: int, times: int) -> Latency:
    async with serving(HELP) as url, room(http, url, code(lines)) as here:
        await here.diagnostics()
        return latency([await here.diagnostics() for _ in range(times)])


async def time_completion(
    http: ClientSession, lines: int, times: int
) -> tuple[float, dict[str, Latency]]:
    """Return how long the very first completion took, in milliseconds, and the others by place."""
    found: dict[str, list[float]] = {name: [] for name, _ in PLACES}
    first: float | None = None
    async with serving(HELP) as url:
        for name, asked in PLACES:
            async with room(http, url, f"{code(lines)}\n{asked}") as here:
                if first is None:
                    first = await here.complete(here.session.length)
                found[name] += [await here.complete(here.session.length) for _ in range(times)]
    assert first is not None
    return 1e3 * first, {name: latency(seconds[2:]) for name, seconds in found.items()}


async def time_edits(http: ClientSession, lines: int, rounds: int) -> dict[str, Latency]:
    """Return how long edits take without help, and with diagnostics and completions."""
    found: dict[str, list[float]] = {"without help": [], "with help": []}
    async with AsyncExitStack() as stack:
        rooms = {}
        for name, settings in ("without help", WITHOUT), ("with help", HELP):
            url = await stack.enter_async_context(serving(settings))
            here = await stack.enter_async_context(room(http, url, code(lines)))
            rooms[name] = here, stack.enter_context(company(here))
        for _ in range(rounds):
            for name, (here, other) in rooms.items():
                if name == "with help":
                    other.set()
                for _ in range(ROUND):
                    found[name].append(await here.edit("x"))
                    await asyncio.sleep(1 / TYPING)
                other.clear()
    return {name: latency(seconds) for name, seconds in found.items()}


async def measure(rounds: int) -> str:
    """Return the section."""
    async with ClientSession() as http:
        diagnostics = {lines: await time_diagnostics(http, lines, 8 * rounds) for lines in LENGTHS}
        completion = {lines: await time_completion(http, lines, 8 * rounds) for lines in LENGTHS}
        edits = {lines: await time_edits(http, lines, rounds) for lines in LENGTHS}
    of_diagnostics = [(f"{lines:,} lines", *_cells(one)) for lines, one in diagnostics.items()]
    of_completion = [
        (f"{name}, {lines:,} lines", f"{first:,.0f}", *_cells(one))
        for lines, (first, by_place) in completion.items()
        for name, one in by_place.items()
    ]
    of_edits = [
        (f"{name}, {lines:,} lines", *_cells(one), f"{one.p99:.1f}")
        for lines, both in edits.items()
        for name, one in both.items()
    ]
    return f"""
## Help with the code

A server in a process of its own, over loopback; all figures in ms. Diagnostics: from an edit that
breaks something until its author is told; 300 ms of that the text must rest, by design.
Completion: one call of REST, cold (the very first, just after the session was opened, which began
a process) and warm, by what is asked for. Edits: from typing until committed, {TYPING} a second,
with all help off, and with diagnostics made and completions asked for five times a second by
somebody else, who is there in both cases, in turns of {ROUND} edits, {rounds} of each.

{table(("diagnostics", "p50", "p95"), of_diagnostics)}

{table(("completion", "cold", "p50", "p95"), of_completion)}

{table(("edits", "p50", "p95", "p99"), of_edits)}
"""


def _cells(one: Latency) -> tuple[str, str]:
    return f"{one.p50:.1f}", f"{one.p95:.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="how many (%(default)s)")
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    chosen = parser.parse_args(arguments)
    body = asyncio.run(measure(chosen.rounds))
    print(body)
    if not chosen.only_print:
        keep("code_help", body)


if __name__ == "__main__":
    main()

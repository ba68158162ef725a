"""A real server on a free port: in this process, or in one of its own that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from ot_server.app import build
from ot_server.assistant.assistant import Assistant
from ot_server.codehelp.completer import Completer
from ot_server.http.edge.connections import listen, new_runner
from ot_server.http.framework.services import SERVICES
from ot_server.sequencer.local import LocalSequencer
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.sqlite import SqliteStore
from tests.mortal import free_port, mortal
from tests.patience import within
from tests.postgres import Postgres

__all__ = [
    "NO_LIMITS",
    "ProcessServer",
    "Server",
    "StartServer",
    "handlers",
    "over_each_store",
    "process_server",
    "running_process_server",
    "server",
    "start_server",
    "starting_servers",
]

NO_LIMITS: Final = dict.fromkeys(
    (
        "edits_per_second",
        "edits_burst",
        "presence_per_second",
        "requests_per_address",
        "requests_per_caller",
        "logins_per_address",
        "logins_per_account",
        "registrations_per_address",
        "rooms_per_address",
        "shared_runs_per_caller",
        "connections_per_address",
    ),
    100_000,
)
"""High ones, so that no test meets them."""
FAST: Final = Settings.read(
    {},
    **NO_LIMITS,
    port=0,
    drain_seconds=1,
    argon2_memory=8 * 1024,
    argon2_passes=1,
    help_gives_way=False,  # to the tests, of which there are always more
    completion=False,  # its processes take seconds of CPU to start
)


@dataclass
class Server:
    """A server in this process."""

    url: str
    store: Store
    hub: Hub
    settings: Settings
    assistant: Assistant
    completer: Completer


StartServer = Callable[..., Awaitable[Server]]


@contextlib.asynccontextmanager
async def starting_servers(folder: Path) -> AsyncIterator[StartServer]:
    """Start servers in this process, over a store in a folder or over another one."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            store: Store | None = None, *, system_takes: int | None = None, **settings: object
        ) -> Server:
            # `system_takes`: bytes that the system takes in of what is sent over a connection
            chosen = structs.replace(FAST, data=str(folder), **settings)
            store = store or SqliteStore(folder / "ot.sqlite3", chosen.unavailable_seconds)
            app = build(chosen, store, LocalSequencer())
            runner = new_runner(app, chosen)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            listening = await listen(runner, chosen)
            stack.callback(listening.close)
            if system_takes is not None:  # each connection inherits it
                listening.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, system_takes)
            host, port = listening.sockets[0].getsockname()[:2]
            services = app[SERVICES]
            url = f"http://{host}:{port}"
            return Server(url, store, services.hub, chosen, services.assistant, services.completer)

        yield start


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Start a server with its own settings and store."""
    async with starting_servers(tmp_path) as start:
        yield start


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with the default settings, except for limits that no test means to meet."""
    return await start_server()


def handlers() -> set[asyncio.Task[object]]:
    """Return the tasks that serve the connections of this process."""
    return {
        task
        for task in asyncio.all_tasks()
        if getattr(task.get_coro(), "__qualname__", "") == "RequestHandler.start"
    }


@dataclass
class ProcessServer:
    """A server in a process of its own, which can be killed and started again on its port.

    It completes no Python: that would start processes that take seconds of CPU.
    """

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    log: bytes = b""
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and return when it can be reached."""
        port = self.url.rpartition(":")[2] or str(free_port())
        self._process = await asyncio.create_subprocess_exec(
            *mortal(),
            *(sys.executable, "-m", "ot_server", "serve"),
            *("--port", port, "--data", str(self.data)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"OT_COMPLETION": "false", "OT_HELP_GIVES_WAY": "false"} | self.environment,
        )
        assert self._process.stdout is not None
        self._reader = asyncio.create_task(self._read_log(self._process))
        line = await within(self._process.stdout.readline())
        assert b" on http://" in line, self.log.decode()
        self.url = line.decode().split()[-1]

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        assert self._process is not None
        assert self._reader is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def end(self) -> int:
        """Ask it to end, with SIGTERM, and return its exit code when it has."""
        assert self._process is not None
        assert self._reader is not None
        self._process.terminate()
        code = await within(self._process.wait())
        await self._reader
        return code

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.log += line


over_each_store = pytest.mark.parametrize("process_server", ["sqlite", "postgres"], indirect=True)
"""Runs a test with its `process_server` over one kind of store, then over the other."""


@contextlib.asynccontextmanager
async def running_process_server(folder: Path, **environment: str) -> AsyncIterator[ProcessServer]:
    """Start a server in a process of its own, over SQLite unless its environment says otherwise."""
    limits = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
    server = ProcessServer(folder / "data", limits | environment)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def process_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[ProcessServer]:
    """A server in a process of its own, over SQLite unless the test says otherwise."""
    environment = {}
    if getattr(request, "param", "sqlite") == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        environment["OT_STORE"] = await postgres.new_url()
    async with running_process_server(tmp_path, **environment) as server:
        yield server

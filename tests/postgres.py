"""A Postgres for the tests: made once per run, on a free port, and removed when the run ends.

Postgres refuses to run as root: if the tests do, it runs as the system's user ``postgres``.
It is a child of the tests, so that it ends with them however they end.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from tests.mortal import free_port, mortal

__all__ = ["Postgres", "postgres", "running_postgres"]

DEBIAN: Final = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs, in a folder for each version."""
USER: Final = "postgres"
BECOME: Final = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups")
STATE_LINE: Final = 7
"""The line of `postmaster.pid` in which Postgres says what state it is in."""

# `synchronous_commit` is set carelessly: the store must set it for its own commits.
CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 500
shared_buffers = 32MB
synchronous_commit = off
"""


class Postgres:
    """A server in processes of its own, which can be stopped, crash, pause and start again."""

    def __init__(self, folder: Path, *, waits_for_disk: bool = False) -> None:
        """`waits_for_disk`: commits also survive a crash of the machine, which no test needs."""
        self._folder = folder
        self._programs = _programs()
        self._names = (f"ot{number}" for number in count())
        self.port = free_port()
        self._waits_for_disk = waits_for_disk
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the files of a server that holds nothing."""
        become = BECOME if os.geteuid() == 0 else ()
        if become:
            shutil.chown(self._folder, USER, USER)
        options = (f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--no-sync")
        done = subprocess.run(
            [*become, str(self._programs / "initdb"), *self._where, *options],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            fsync = "on" if self._waits_for_disk else "off"
            file.write(f"{CONFIGURATION}port = {self.port}\nfsync = {fsync}\n")

    def start(self) -> None:
        """Start it, and return when it can be reached."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start it.  The thread that calls this must live as long as the server should."""
        become = BECOME if os.geteuid() == 0 else ()
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*become, *mortal("QUIT"), str(self._programs / "postgres"), *self._where],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Return when it can be reached."""
        assert self._process is not None
        while self._state != "ready":
            assert self._process.poll() is None, self.log
            time.sleep(0.01)  # nothing tells when it is ready

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it at once: clients are told; with SIGQUIT nothing is finished first."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait()

    def crash(self) -> None:
        """Kill it: nobody is told anything, and nothing is written any more."""
        watched = [os.pidfd_open(process) for process in self._processes()]
        self._signal(signal.SIGKILL)
        for descriptor in watched:
            select.select([descriptor], [], [])
            os.close(descriptor)
        assert self._process is not None
        self._process.wait()
        self._pid_file.unlink()

    def pause(self) -> None:
        """Pause all its processes: connections stay, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Go on after a pause."""
        self._signal(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Its log."""
        return (self._folder / "log").read_text()

    async def new_url(self) -> str:
        """Return a URL under which there are no tables yet."""
        name = next(self._names)
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(f"CREATE SCHEMA {name}")
        finally:
            await connection.close()
        return f"{self._url}?search_path={name}"

    @property
    def _url(self) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/postgres"

    @property
    def _where(self) -> tuple[str, str]:
        return "-D", str(self._folder / "data")

    @property
    def _pid_file(self) -> Path:
        return self._folder / "data" / "postmaster.pid"

    @property
    def _state(self) -> str:
        """Its own state: "starting", "ready", "stopping"; "" before it says anything."""
        try:
            lines = self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[STATE_LINE].strip() if len(lines) > STATE_LINE else ""

    def _signal(self, number: int) -> None:
        for process in self._processes():
            os.kill(process, number)

    def _processes(self) -> list[int]:
        leader = int(self._pid_file.read_text().split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        return [leader, *map(int, children)]


def _programs() -> Path:
    """Return the folder of the newest Postgres that is installed."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    anywhere = shutil.which("initdb")
    assert found or anywhere, "Postgres is missing: `make postgres` installs it"
    return found[-1].parent if found else Path(str(anywhere)).resolve().parent


@contextmanager
def running_postgres(*, waits_for_disk: bool = False) -> Iterator[Postgres]:
    """A running server with files of its own."""
    # Not below pytest's own folder, which Postgres' user may not enter.
    with tempfile.TemporaryDirectory(prefix="ot-postgres-") as folder:
        server = Postgres(Path(folder), waits_for_disk=waits_for_disk)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; a test that ends it starts it again."""
    with running_postgres() as server:
        yield server

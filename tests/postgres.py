"""A Postgres of the tests' own: made once a run, on a free port, gone when the run ends.

Postgres does not run as root: where the tests do, it runs as the system's ``postgres``.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import asyncpg
import pytest

__all__ = ["Postgres", "postgres"]

DEBIAN: Final = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs, a folder for each version."""
USER: Final = "postgres"
BECOME: Final = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups")

# Nothing here outlives the machine, so nothing waits for its disk.  `synchronous_commit` is that
# of a careless host: the store sees to its own commits.
CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
fsync = off
synchronous_commit = off
"""


class Postgres:
    """A server in processes of its own, which can be stopped, crash, pause and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs()
        self._names = (f"ot{number}" for number in count())
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def make(self) -> None:
        """Make the files of a server that holds nothing."""
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER, USER)
        self._run("initdb", f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--no-sync")
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"{CONFIGURATION}port = {self._port}\n")

    def start(self) -> None:
        """Start it, and return when it can be reached."""
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self._folder / "log"))

    def stop(self) -> None:
        """Stop it at once: who is connected is told so."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=fast")

    def crash(self) -> None:
        """Kill it: nobody is told anything, and nothing is written any more."""
        watched = [os.pidfd_open(process) for process in self._processes()]
        self._signal(signal.SIGKILL)
        for descriptor in watched:
            select.select([descriptor], [], [])
            os.close(descriptor)
        (self._folder / "data" / "postmaster.pid").unlink()

    def pause(self) -> None:
        """Stop the clock of all of it: connections stay, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Go on after a pause."""
        self._signal(signal.SIGCONT)

    @property
    def log(self) -> str:
        """What it has logged."""
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
        return f"postgres://{USER}@127.0.0.1:{self._port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        become = BECOME if os.geteuid() == 0 else ()
        where = ("-D", str(self._folder / "data"))
        done = subprocess.run(
            [*become, str(self._programs / program), *where, *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _signal(self, number: int) -> None:
        for process in self._processes():
            os.kill(process, number)

    def _processes(self) -> list[int]:
        leader = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        return [leader, *map(int, children)]


def _programs() -> Path:
    """Return the folder of the newest Postgres that is installed."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    anywhere = shutil.which("initdb")
    assert found or anywhere, "Postgres is missing: `make postgres` installs it"
    return found[-1].parent if found else Path(str(anywhere)).resolve().parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; a test that ends it starts it again."""
    # Not below pytest's own folder, which Postgres' user may not enter.
    with tempfile.TemporaryDirectory(prefix="ot-postgres-") as folder:
        server = Postgres(Path(folder))
        server.make()
        server.start()
        yield server
        server.stop()

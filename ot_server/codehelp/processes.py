"""`Process`: a child process that helps with code, on what the server leaves of the processor."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from socket import SHUT_WR, socketpair
from subprocess import DEVNULL, Popen
from typing import Final

__all__ = ["Process"]

NICENESS: Final = 19
"""As `nice` counts it, from -20 to 19: the higher, the later its turn."""

WAITING: Final = ThreadPoolExecutor(max_workers=64, thread_name_prefix="processes")
"""Waits for processes to end, and keeps no other work waiting."""


class Process:
    """A process that knows no more than its environment, and reads and writes one connection.

    One that gives way runs only while no other process wants the processor.  It is started by
    vfork, within half a millisecond.  Event loops, uvloop's above all, fork instead: that copies
    the tables of all the server's memory, and stops all sessions for tens of milliseconds.
    """

    def __init__(self, *command: str, environment: Mapping[str, str], gives_way: bool) -> None:
        """Start it.

        Raises:
            OSError: it can't be started.
        """
        self._connection, other_end = socketpair()
        self._connection.setblocking(False)
        try:
            with other_end:
                self._child = Popen(
                    command,
                    stdin=other_end.fileno(),
                    stdout=other_end.fileno(),
                    stderr=DEVNULL,
                    env=environment,
                    cwd="/",
                    # In a group, so that all of it can be ended.  Not in a session: Linux may share
                    # the processor among sessions first, and would let others give way in theirs.
                    process_group=0,
                )
        except BaseException:
            self._connection.close()
            raise
        self.pid: Final = self._child.pid
        if gives_way:
            _give_way(self.pid)

    async def write(self, data: bytes) -> None:
        """Return when all of it is on its way.

        Raises:
            OSError: it has ended.
        """
        await asyncio.get_running_loop().sock_sendall(self._connection, data)

    def write_eof(self) -> None:
        """Say that nothing more will be written.

        Raises:
            OSError: it has ended.
        """
        self._connection.shutdown(SHUT_WR)

    async def read(self, most: int) -> bytes:
        """Return what it has written next, at most so many bytes; none when that was all.

        Raises:
            OSError: it has ended and not read all.
        """
        return await asyncio.get_running_loop().sock_recv(self._connection, most)

    async def read_exactly(self, length: int) -> bytes:
        """Return the next so many bytes that it has written.

        Raises:
            OSError, EOFError: it has ended.
        """
        data = b""
        while len(data) < length:
            more = await self.read(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    async def wait(self) -> int:
        """Return its exit code, as `subprocess` counts, when it has ended."""
        loop = asyncio.get_running_loop()
        # Also where the caller gives up: a process that ends has to be waited for.
        return await asyncio.shield(loop.run_in_executor(WAITING, self._child.wait))

    async def end(self) -> None:
        """Kill it and all that it has begun, and wait until it has ended."""
        if self._child.returncode is None:
            with suppress(ProcessLookupError, PermissionError):  # all of it is over already
                os.killpg(self.pid, signal.SIGKILL)
        try:
            await self.wait()
        finally:
            self._connection.close()


def _give_way(pid: int) -> None:
    with suppress(OSError):  # it is over already
        if sys.platform == "linux":
            # A nice process may finish its slice of some milliseconds; this one is stopped at once.
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)

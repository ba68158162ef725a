"""Processes that code help asks: they get what the server leaves of the processor, and end whole.

Invariant: who is cancelled while a process starts leaves none behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from socket import socketpair
from subprocess import DEVNULL, Popen
from typing import Final

__all__ = ["Process", "start"]

NICENESS: Final = 19
"""As `nice` counts it, from -20 to 19: the higher, the later its turn."""


class Process:
    """One that has been started.  It reads and writes one connection, whose other end is here."""

    def __init__(
        self, child: Popen[bytes], stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self.pid = child.pid
        self.stdin = stdin
        self.stdout = stdout
        self._child = child

    async def wait(self) -> int:
        """Return its exit code, as `subprocess` counts, when it has ended."""
        return await asyncio.to_thread(self._child.wait)

    async def end(self) -> None:
        """Kill it and all that it has begun, and wait until it has ended."""
        _kill(self._child)
        self.stdin.close()
        await self.wait()


async def start(*command: str, environment: Mapping[str, str], gives_way: bool) -> Process:
    """Start a process that knows no more than its environment.

    One that gives way runs only while nobody else around here wants to.

    Raises:
        OSError: it can't be started.
    """
    ours, theirs = socketpair()
    try:
        with theirs:
            child = _begin(command, theirs.fileno(), environment)
    except BaseException:
        ours.close()
        raise
    if gives_way:
        _give_way(child.pid)
    try:
        stdout, stdin = await asyncio.open_unix_connection(sock=ours)
    except BaseException:
        _kill(child)
        ours.close()
        await asyncio.to_thread(child.wait)
        raise
    return Process(child, stdin, stdout)


def _begin(command: Sequence[str], connection: int, environment: Mapping[str, str]) -> Popen[bytes]:
    """Start a process within half a millisecond, by vfork.

    What event loops do themselves, uvloop's above all, is to fork: that copies the tables of all
    the server's memory, and for some tens of milliseconds nobody's edits are served.
    """
    return Popen(
        command,
        stdin=connection,
        stdout=connection,
        stderr=DEVNULL,
        env=environment,
        cwd="/",
        # In a group, so that all of it can be ended.  Not in a session: Linux may share the
        # processor among sessions first, and would let others give way within theirs only.
        process_group=0,
    )


def _kill(child: Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _give_way(pid: int) -> None:
    with suppress(OSError):  # it is over already
        if sys.platform == "linux":
            # A nice process may finish its slice of some milliseconds; this one is stopped at once.
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)

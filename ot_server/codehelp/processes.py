"""Processes that code help asks: they get what the server leaves of the processor, and end whole.

Invariant: who is cancelled while a process starts leaves none behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

__all__ = ["end", "kill", "start"]

NICENESS: Final = 19
"""As `nice` counts it, from -20 to 19: the higher, the later its turn."""


async def start(*command: str, environment: Mapping[str, str], gives_way: bool) -> Process:
    """Start a process that reads and writes pipes, and knows no more than its environment.

    One that gives way runs only while nobody else around here wants to.

    Raises:
        OSError: it can't be started.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment,
            cwd="/",
            # In a group, so that all of it can be ended.  Not in a session: Linux may share the
            # processor among sessions first, and would let others give way within theirs only.
            # It is no more than a system call: what runs between fork and exec may wait for nobody.
            preexec_fn=os.setpgrp,
        )
    )
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled itself, asyncio would wait for whatever the process has begun, perhaps for ever.
        await asyncio.wait([asyncio.ensure_future(_end_started(starting))])
        raise
    if gives_way:
        _give_way(process.pid)
    return process


def kill(process: Process) -> None:
    """Kill a process and all that it has begun."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def end(process: Process) -> None:
    """Kill it, and wait until it has ended."""
    kill(process)
    await process.wait()


def _give_way(pid: int) -> None:
    with suppress(OSError):  # it is over already
        if sys.platform == "linux":
            # A nice process may finish its slice of some milliseconds; this one is stopped at once.
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


async def _end_started(starting: asyncio.Future[Process]) -> None:
    with suppress(OSError):  # it couldn't be started
        await end(await starting)

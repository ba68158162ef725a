"""Processes that code help asks: behind everything else that wants the processor, and ended whole.

Invariant: who is cancelled while a process starts leaves none behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["end", "kill", "start"]

NICENESS: Final = 10
"""As `nice` counts it, from -20 to 19: the higher, the later its turn."""


async def start(*command: str, environment: Mapping[str, str]) -> Process:
    """Start a process that reads and writes pipes, and knows no more than its environment.

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
            start_new_session=True,
        )
    )
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled itself, asyncio would wait for whatever the process has begun, perhaps for ever.
        await asyncio.wait([asyncio.ensure_future(_end_started(starting))])
        raise
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
    """Let a process come after all others, as far as the system can do that."""
    with suppress(OSError):  # it is over already
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    # Linux may share the processor among sessions first, and niceness counts within one only:
    # what is in a session of its own needs that of the session.
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS), "ascii")


async def _end_started(starting: asyncio.Future[Process]) -> None:
    with suppress(OSError):  # it couldn't be started
        await end(await starting)

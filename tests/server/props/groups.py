"""Groups of processes, as the system shows them."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from tests.patience import within

__all__ = ["over"]


async def over(group: int) -> None:
    """Return when no process of a group is there any more.

    A signal that kills them all is sent at once, but each of them ends at its own next turn: one
    may still be there when the one that the server waited for has ended.

    Raises:
        TimeoutError: one is still there after `PATIENCE`.
    """
    for process in _members(group):
        await within(_end_of(process))


def _members(group: int) -> list[int]:
    members = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, its_group, *_ = status.read_text("utf-8").rpartition(")")[2].split()
            if int(its_group) == group and state != "Z":
                members.append(int(status.parent.name))
    return members


async def _end_of(process: int) -> None:
    try:
        sight = os.pidfd_open(process)  # can be read when it has ended
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sight, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(sight)
        os.close(sight)

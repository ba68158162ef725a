"""Processes that code help starts come last, and are gone when nobody wants them any more."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ot_server.codehelp.processes import NICENESS, end, start
from tests.server.groups import is_running


def niceness_of_session(pid: int) -> int | None:
    """Return it, or None where the system has no such thing."""
    autogroup = Path(f"/proc/{pid}/autogroup")
    return int(autogroup.read_text("ascii").split()[-1]) if autogroup.exists() else None


async def test_it_comes_after_all_others() -> None:
    process = await start("sleep", "600", environment={})
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == NICENESS
    assert niceness_of_session(process.pid) in {NICENESS, None}
    await end(process)


async def test_it_ends_with_all_that_it_has_begun() -> None:
    process = await start("sh", "-c", "sleep 600 & echo begun; wait", environment={})
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    await end(process)
    assert not is_running(process.pid)


async def test_who_is_cancelled_while_it_starts_leaves_none_behind(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    script = f"sleep 600 & echo $$ > {begun}; wait"
    starting = asyncio.create_task(start("sh", "-c", script, environment={}))
    for _ in range(2):  # until there is a process, of which nobody has been told
        await asyncio.sleep(0)
    group = int(begun.read_bytes())
    starting.cancel()
    await asyncio.wait([starting], timeout=10)
    assert starting.cancelled()
    assert not is_running(group)


async def test_what_is_not_there_can_not_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await start(str(tmp_path / "nothing"), environment={})

"""Processes that code help starts give way, and are gone when nobody wants them any more."""

from __future__ import annotations

import os
from mmap import MADV_NOHUGEPAGE, MAP_PRIVATE, PAGESIZE, mmap
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from ot_server.codehelp.processes import Process
from tests.server.props.groups import over


async def test_it_gives_way_only_where_it_shall() -> None:
    for gives_way in True, False:
        process = Process("sleep", "600", environment={}, gives_way=gives_way)
        assert (os.sched_getscheduler(process.pid) == os.SCHED_IDLE) is gives_way
        # In this session: a process in another one gives way to nobody here.
        assert os.getsid(process.pid) == os.getsid(0)
        await process.end()


async def test_a_start_copies_nothing_of_this_process() -> None:
    memory = mmap(-1, 4_000 * PAGESIZE, flags=MAP_PRIVATE)
    memory.madvise(MADV_NOHUGEPAGE)
    write_to_each_page(memory)
    process = Process("sleep", "600", environment={}, gives_way=False)
    before = getrusage(RUSAGE_SELF).ru_minflt
    write_to_each_page(memory)  # after a fork, each is to be copied first
    assert getrusage(RUSAGE_SELF).ru_minflt - before < 400
    await process.end()


def write_to_each_page(memory: mmap) -> None:
    for page in range(0, len(memory), PAGESIZE):
        memory[page] += 1


async def test_it_ends_with_all_that_it_has_begun() -> None:
    process = Process("sh", "-c", "sleep 600 & echo begun; wait", environment={}, gives_way=False)
    assert await process.read_exactly(6) == b"begun\n"
    await process.end()
    await over(process.pid)


async def test_what_is_not_there_can_not_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Process(str(tmp_path / "nothing"), environment={}, gives_way=False)

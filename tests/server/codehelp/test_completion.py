"""Completion of Python in processes of their own, which see nothing and can be lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs

import ot_server
from ot_server.codehelp.completions import Completion
from ot_server.codehelp.pool import NotCompleted, Workers
from ot_server.settings import Settings
from tests.patience import PATIENCE

PATIENT = structs.replace(
    Settings(), completion_workers=1, completion_seconds=60, help_gives_way=False
)
ROOT = str(Path(ot_server.__file__).parents[1])

StartWorkers = Callable[..., Workers]
pytestmark = pytest.mark.asyncio(loop_scope="module")  # a worker takes seconds to begin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def start_workers() -> AsyncIterator[StartWorkers]:
    """Begin workers with settings of one's own."""
    async with AsyncExitStack() as stack:

        def start(**settings: object) -> Workers:
            workers = Workers(structs.replace(PATIENT, **settings))
            stack.push_async_callback(workers.close)
            return workers

        yield start
    assert processes() == []


@pytest.fixture(scope="module")
def workers(start_workers: StartWorkers) -> Workers:
    """One worker, which each test leaves as good as new."""
    return start_workers()


def processes() -> list[int]:
    """Return the workers that this process has begun."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = status.read_text("utf-8").rpartition(")")[2].split()
            arguments = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if int(parent[1]) == os.getpid() and parent[0] != "Z" and b"codehelp.worker" in arguments:
            found.append(int(status.parent.name))
    return found


def pages(pid: int) -> tuple[int, int]:
    """Return how many pages of memory a process has taken from the system, and has now."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[7]), int(fields[21])


async def completed(workers: Workers, text: str) -> list[str]:
    """Return what may be meant at the end of a text."""
    return [item.text for item in await workers.complete(text, len(text))]


async def explained(workers: Workers, text: str) -> Completion:
    return (await workers.complete(text, len(text)))[0]


async def test_names_are_completed_by_what_they_mean(workers: Workers) -> None:
    assert await completed(workers, "import json\njson.lo") == ["load", "loads"]
    assert (await completed(workers, "alpha = 1\ndef f(alps):\n    al"))[:3] == [
        "alpha",
        "alps",
        "all",
    ]
    own = "class A:\n    def run(self):\n        self.done = 1\n    def end(self):\n        self."
    found = await completed(workers, own)
    assert found[:3] == ["done", "end", "run"]
    assert found[-1].startswith("__")
    documented = 'def area(width, height=2):\n    """How large it is.\n\n    More.\n    """\nare'
    assert await explained(workers, documented) == Completion(
        "area", "function", "area(width, height=2)", "How large it is."
    )
    assert await completed(workers, "# a comment about alph") == []


async def test_no_file_of_this_machine_is_seen(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "ownership.py").write_text("PASSWORD = 'tulip'\n", "utf-8")
    for text in (
        "open('/et",
        f"open('{tmp_path}/own",
        f"import sys\nsys.path.append('{tmp_path}')\nimport owner",
        f"import sys\nsys.path.insert(0, '{tmp_path}')\nimport ownership\nownership.PASS",
        f"import sys\nsys.path.append('{ROOT}')\nimport ot_server.settings\not_server.settings.Se",
        "import aioh",
        "import jedi\njedi.Scr",
        "from . import s",
    ):
        with suppress(NotCompleted):
            assert await completed(workers, text) == []


async def test_nothing_of_a_text_is_run(workers: Workers, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (tmp_path / "evil.py").write_text(f"open({str(trace)!r}, 'w')\n", "utf-8")
    text = (
        f"import os, sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport evil\n"
        f"os.system('touch {trace}')\nopen({str(trace)!r}, 'w')\nx = evil.a\nx."
    )
    await completed(workers, text)
    assert not trace.exists()


async def test_a_worker_does_not_ask_for_memory_with_every_call(
    start_workers: StartWorkers,
) -> None:
    others = set(processes())
    await completed(start_workers(), "pri")
    (pid,) = set(processes()) - others
    taken, used = pages(pid)
    assert taken < 2 * used, "what was taken once is used again"


async def test_a_worker_that_hangs_is_replaced(start_workers: StartWorkers) -> None:
    others = set(processes())
    workers = start_workers(completion_seconds=1)
    await warm(workers)
    (hanging,) = set(processes()) - others
    os.kill(hanging, signal.SIGSTOP)
    with pytest.raises(NotCompleted):
        await completed(workers, "pri")
    await warm(workers)
    assert hanging not in processes()


async def test_a_worker_that_dies_is_replaced(start_workers: StartWorkers) -> None:
    others = set(processes())
    workers = start_workers()
    assert "print" in await completed(workers, "pri")
    (dead,) = set(processes()) - others
    os.kill(dead, signal.SIGKILL)
    with pytest.raises(NotCompleted):
        await completed(workers, "pri")
    assert "print" in await completed(workers, "pri")


async def test_a_worker_that_has_answered_often_is_replaced(start_workers: StartWorkers) -> None:
    others = set(processes())
    workers = start_workers(completion_calls=2)
    seen = []
    for _ in range(3):
        assert "print" in await completed(workers, "pri")
        seen.append(set(processes()) - others)
    assert seen[0] != seen[2]


async def test_a_text_that_takes_all_its_memory_is_the_end_of_a_worker(
    start_workers: StartWorkers,
) -> None:
    workers = start_workers(completion_bytes=160 * 2**20)
    await completed(workers, "pri")
    with pytest.raises(NotCompleted):
        await completed(workers, "(" * 100_000 + "x.")
    assert "print" in await completed(workers, "pri")


async def test_who_stops_waiting_leaves_no_answer_for_the_next(workers: Workers) -> None:
    await completed(workers, "pri")
    task = asyncio.create_task(completed(workers, "x = 1\n" * 20_000 + "x."))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert await completed(workers, "import json\njson.lo") == ["load", "loads"]


async def test_never_more_workers_than_were_asked_for(start_workers: StartWorkers) -> None:
    others = len(processes())
    workers = start_workers(completion_workers=2)
    await asyncio.gather(*(completed(workers, "pri") for _ in range(10)))
    assert len(processes()) - others == 2


async def test_who_comes_when_too_many_wait_is_told_at_once(workers: Workers) -> None:
    asking = [asyncio.create_task(completed(workers, "pri")) for _ in range(40)]
    done, _ = await asyncio.wait(asking)
    refused = [task for task in done if isinstance(task.exception(), NotCompleted)]
    assert len(refused) == 8


async def warm(workers: Workers) -> None:
    """Return when a worker answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert "print" in await completed(workers, "pri")
            except NotCompleted:
                continue
            return

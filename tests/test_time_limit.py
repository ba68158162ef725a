"""A test that hangs fails at its limit, and says in which coroutine each task waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
HEAD: Final = """
import asyncio, threading, time
import pytest

async def never_comes():
    await asyncio.Event().wait()

async def parts():
    await never_comes()
    yield

async def reads_parts():
    async for _ in parts():
        pass

pytestmark = pytest.mark.limit(0.2)
"""


def run(folder: Path, test: str) -> str:
    """Return what pytest says of a file with this test, which fails."""
    file = folder / "test_that_hangs.py"
    file.write_text(HEAD + test, "utf-8")
    options = ("-p", "tests.time_limit", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", folder, file],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "TookTooLong: longer than 0.2 s" in done.stdout
    return done.stdout


def test_a_test_that_awaits_for_ever_fails_and_names_what_each_task_awaits(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        """
async def test_hangs():
    task = asyncio.create_task(reads_parts(), name="the other task")
    await never_comes()

def test_goes_on():
    pass
""",
    )
    assert "1 failed, 1 passed" in said
    _, _, tasks = said.partition("threads and tasks")
    of_each = [part for part in tasks.split("<Task")[1:] if "never_comes" in part]
    (test,) = (part for part in of_each if "the other task" not in part)
    assert "in test_hangs" in test
    assert "in never_comes" in test
    (other,) = (part for part in of_each if "the other task" in part)
    assert other.index("in reads_parts") < other.index("in parts") < other.index("in never_comes")


def test_a_thread_that_others_wait_for_is_named(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        """
def stands_still(until):
    until.wait()

def test_hangs():
    until = threading.Event()
    thread = threading.Thread(target=stands_still, args=[until], name="the other thread")
    thread.start()
    try:
        thread.join()
    finally:
        until.set()
""",
    )
    assert "thread the other thread" in said
    assert "in stands_still" in said


A_LOOP: Final = """
def test_hangs():
    while True:
        pass
"""
A_PROPERTY: Final = """
import hypothesis

@hypothesis.given(hypothesis.strategies.integers())
def test_hangs(_):
    while True:
        pass
"""
ONE_THAT_CATCHES: Final = """
async def test_hangs():
    while True:
        try:
            await never_comes()
        except Exception:
            pass
"""
SETTING_UP: Final = """
@pytest.fixture
async def hanging():
    await never_comes()

def test_hangs(hanging):
    pass
"""
CLEANING_UP: Final = """
@pytest.fixture
async def hanging():
    yield
    await never_comes()

def test_hangs(hanging):
    pass
"""


@pytest.mark.parametrize(
    "test",
    [A_LOOP, A_PROPERTY, ONE_THAT_CATCHES, SETTING_UP, CLEANING_UP],
    ids=["a loop", "a property", "one that catches", "setting up", "cleaning up"],
)
def test_no_way_to_hang_escapes(tmp_path: Path, test: str) -> None:
    run(tmp_path, test)

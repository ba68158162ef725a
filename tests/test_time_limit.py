"""A test that hangs fails at its limit, and says in which coroutine each task waits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
HANGING: Final = """
import asyncio, threading
import hypothesis
import pytest

pytestmark = pytest.mark.limit(0.2)

async def never_comes():
    await asyncio.Event().wait()

async def parts():
    await never_comes()
    yield

async def reads_parts():
    async for _ in parts():
        pass

@pytest.fixture
async def begins_for_ever():
    await never_comes()

@pytest.fixture
async def ends_for_ever():
    yield
    await never_comes()

def stands_still(until):
    until.wait()

async def test_waits_in_a_task():
    task = asyncio.create_task(reads_parts(), name="the other task")
    await never_comes()

def test_waits_for_a_thread():
    until = threading.Event()
    thread = threading.Thread(target=stands_still, args=[until], name="the other thread")
    thread.start()
    try:
        thread.join()
    finally:
        until.set()

def test_loops():
    while True:
        pass

@hypothesis.given(hypothesis.strategies.integers())
def test_loops_in_a_property(_):
    while True:
        pass

async def test_catches_whatever_is_an_error():
    while True:
        try:
            await never_comes()
        except Exception:
            pass

def test_begins_for_ever(begins_for_ever):
    pass

def test_ends_for_ever(ends_for_ever):
    pass

def test_goes_on():
    pass
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of all of these."""
    folder = tmp_path_factory.mktemp("hanging")
    file = folder / "test_that_hangs.py"
    file.write_text(HANGING, "utf-8")
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "tests.time_limit", "-p", "no:cacheprovider")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *plugins),
            *("-c", ROOT / "pyproject.toml", "--rootdir", folder, file),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "test",
    [
        "test_waits_in_a_task",
        "test_waits_for_a_thread",
        "test_loops",
        "test_loops_in_a_property",
        "test_catches_whatever_is_an_error",
        "test_begins_for_ever",
        "test_ends_for_ever",
    ],
)
def test_no_way_to_hang_escapes(said: str, test: str) -> None:
    assert "TookTooLong: longer than 0.2 s" in said[said.index(test) :]
    assert re.search(rf"^(FAILED|ERROR) .*::{test}\b", said, re.MULTILINE)


def test_the_others_go_on(said: str) -> None:
    assert "5 failed, 2 passed, 2 errors" in said


def test_each_task_says_what_it_awaits_down_to_the_innermost(said: str) -> None:
    _, _, after = said.partition(" test_waits_in_a_task _")
    of_each = [one for one in after.split("\n<Task")[1:] if "never_comes" in one]
    other = next(one for one in of_each if "the other task" in one)
    test = next(one for one in of_each if "the other task" not in one)
    assert "in test_waits_in_a_task" in test
    assert "in never_comes" in test
    assert other.index("in reads_parts") < other.index("in parts") < other.index("in never_comes")


def test_a_thread_that_others_wait_for_is_named(said: str) -> None:
    _, _, after = said.partition(" test_waits_for_a_thread _")
    _, _, thread = after.partition("thread the other thread:")
    assert "in stands_still" in thread

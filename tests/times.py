"""How long the tests of each folder took, in a table at the end of a run.

A test's time includes its setting up and cleaning up.  Its CPU is that of its process meanwhile,
and of the processes that it started and that have ended: one that stays for other tests, such as
a browser or a Postgres, counts for the last of them.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import pytest

__all__ = ["pytest_runtest_setup", "pytest_runtest_teardown", "pytest_terminal_summary"]

CPU: Final = "cpu"
"""A property of a test: seconds of CPU."""
BEGAN: Final = pytest.StashKey[float]()
DEEPEST: Final = 3
"""Parts of a folder's path that are told apart: ``tests/server/store``."""


@dataclass
class Time:
    """What the tests of a folder took, in seconds."""

    tests: int = 0
    wall: float = 0.0
    cpu: float = 0.0


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    item.stash[BEGAN] = _cpu()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        item.user_properties.append((CPU, _cpu() - item.stash[BEGAN]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, the longest first."""
    times = _times_of(terminalreporter.stats)
    if not times:
        return
    terminalreporter.section("time of each folder, in seconds")
    terminalreporter.write_line(f"{'wall':>8} {'CPU':>8} {'tests':>6}")
    for folder, time in sorted(times.items(), key=lambda one: -one[1].cpu):
        terminalreporter.write_line(f"{time.wall:8.1f} {time.cpu:8.1f} {time.tests:6} {folder}")


def _times_of(stats: dict[str, list[object]]) -> dict[str, Time]:
    times: defaultdict[str, Time] = defaultdict(Time)
    reports = (one for some in stats.values() for one in some)
    for report in reports:
        if not isinstance(report, pytest.TestReport):
            continue
        folder = PurePosixPath(report.nodeid.partition("::")[0]).parent
        time = times["/".join(folder.parts[:DEEPEST])]
        time.wall += report.duration
        if report.when == "teardown":
            time.tests += 1
            time.cpu += sum(v for _, v in report.user_properties if isinstance(v, float))
    return times


def _cpu() -> float:
    return sum(os.times()[:4])

"""The time that a busy machine takes doesn't count against what a test waits for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests import patience
from tests.patience import quiet_time, took


async def nothing() -> None:
    """Take no time."""


async def test_time_in_which_something_waited_for_the_machine_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu, io = tmp_path / "cpu", tmp_path / "io"
    monkeypatch.setattr(patience, "PRESSURE", (cpu, io))
    for file, total in ((cpu, 2_500_000), (io, 500_000)):
        averages = "some avg10=1.00 avg60=0.50 avg300=0.10"
        file.write_text(f"{averages} total={total}\nfull avg10=0 avg60=0 avg300=0 total=7\n")
    before, now, after = time.monotonic(), quiet_time(), time.monotonic()
    assert before - 3 <= now <= after - 3

    async def wait_for_a_core() -> None:
        cpu.write_text("some avg10=1.00 avg60=0.50 avg300=0.10 total=60000000\n")

    assert await took(wait_for_a_core()) == 0


async def test_where_a_system_does_not_say_every_second_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PRESSURE", (tmp_path / "cpu",))
    before, now, after = time.monotonic(), quiet_time(), time.monotonic()
    assert before <= now <= after
    assert await took(nothing()) >= 0

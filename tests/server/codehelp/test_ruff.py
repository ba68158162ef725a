"""Diagnostics of Python, found by the real ruff, and what comes of texts that mean ill."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from msgspec import structs

from ot_protocol.messages import Diagnostic, Fix
from ot_server.codehelp.ruff import MOST_ITEMS, Ruff
from ot_server.errors import AnalysisFailed
from ot_server.settings import Settings
from tests.patience import quiet_time
from tests.server.props.groups import over

WriteProgram = Callable[[str], str]


def ruff(**settings: object) -> Ruff:
    return Ruff(structs.replace(Settings(), help_gives_way=False, **settings))


def quoted(text: str, item: Diagnostic) -> str:
    return text[item.start : item.stop]


def mended(text: str, fix: Fix | None) -> str:
    """Return a text after a fix."""
    assert fix is not None
    for edit in reversed(fix.edits):
        text = text[: edit.start] + edit.text + text[edit.stop :]
    return text


@pytest.fixture
def program(tmp_path: Path) -> WriteProgram:
    """Write a program that stands in for ruff; it leaves its process id behind."""

    def write(script: str) -> str:
        path = tmp_path / "ruff"
        path.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{script}\n", "utf-8")
        path.chmod(0o700)
        return str(path)

    return write


def group(tmp_path: Path) -> int:
    """Return which group of processes a program was."""
    return int((tmp_path / "pid").read_text("utf-8"))


def test_it_runs_on_uvloop_as_well() -> None:
    (item,) = uvloop.run(ruff().diagnose("import os\n"))
    assert item.code == "F401"


@pytest.mark.parametrize(
    ("text", "code", "severity", "words"),
    [
        ("print(missing)\n", "F821", "error", "missing"),
        ("import os\n", "F401", "warning", "os"),
        ("def f(x=[]):\n    return x\n", "B006", "warning", "[]"),
        ("eval('1')\n", "S307", "warning", "eval('1')"),
        ("assert True\n", "S101", "info", "assert"),
        ("x = = 1\n", "syntax", "error", "="),
        ("s = '👩‍👩‍👧 naïve'; print(missing)\n", "F821", "error", "missing"),
        ("\ufeffprint(missing)\n", "F821", "error", "missing"),
    ],
)
async def test_a_diagnostic_has_its_place_rule_and_severity(
    text: str, code: str, severity: str, words: str
) -> None:
    (item,) = [item for item in await ruff().diagnose(text) if item.code == code]
    assert item.severity == severity
    assert quoted(text, item) == words
    assert (item.url is None) == (code == "syntax")


async def test_a_slow_loop_is_found_and_told_as_a_hint() -> None:
    text = "found = []\nfor i in range(9):\n    if i % 2:\n        found.append(i)\n"
    (item,) = await ruff().diagnose(text)
    assert (item.code, item.severity) == ("PERF401", "info")


async def test_a_fix_mends_the_text() -> None:
    text = "s = '🎲'\nimport os\nprint(s)\n"
    (item,) = await ruff().diagnose(text)
    assert mended(text, item.fix) == "s = '🎲'\nprint(s)\n"
    text = "def f(x=[]):\n    return x\n"
    (item,) = await ruff().diagnose(text)
    assert mended(text, item.fix) == (
        "def f(x=None):\n    if x is None:\n        x = []\n    return x\n"
    )


async def test_a_text_without_diagnostics_has_none() -> None:
    assert await ruff().diagnose("") == []
    assert await ruff().diagnose("print('hello')\n") == []


async def test_no_configuration_of_the_machine_is_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ruff.toml").write_text('lint.ignore = ["ALL"]\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(tmp_path / "stolen"))
    assert [item.code for item in await ruff().diagnose("import os\n")] == ["F401"]
    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 2**21, id="brackets"),
        pytest.param("x=" + "-" * 2**21 + "1", id="signs"),
        pytest.param("x = '" + "a" * 2**21, id="a string without end"),
        pytest.param("".join(" " * depth + "if x:\n" for depth in range(1_900)), id="blocks"),
        pytest.param("x = 1\0\n", id="NUL"),
        pytest.param("x = '\ud800'\n", id="half a surrogate pair"),
        pytest.param("import os\n" * 100_000, id="diagnostics in every line"),
        pytest.param("\f\x1a\x0b\u2028\n", id="line ends that are none"),
    ],
)
async def test_whatever_the_text_is_the_answer_comes_in_time_and_is_bounded(text: str) -> None:
    began = quiet_time()
    try:
        items = await ruff(diagnostics_seconds=3).diagnose(text)
    except AnalysisFailed:
        items = []
    assert quiet_time() - began < 10
    assert len(items) <= MOST_ITEMS
    assert all(0 <= item.start <= item.stop <= len(text) for item in items)


async def test_of_too_many_diagnostics_the_worst_are_told() -> None:
    text = "import os\n" * 500 + "print(missing)\n"
    items = await ruff().diagnose(text)
    assert len(items) == MOST_ITEMS
    assert items[-1].code == "F821"


async def test_long_names_are_not_told_in_full() -> None:
    name = "x" * 100_000
    (item,) = await ruff().diagnose(f"print({name})\n")
    assert len(item.message) <= 300


async def test_a_program_that_hangs_is_given_up_and_gone(
    program: WriteProgram, tmp_path: Path
) -> None:
    slow = ruff(ruff=program("sleep 600"), diagnostics_seconds=0.3)
    with pytest.raises(AnalysisFailed, match="longer than"):
        await slow.diagnose("x")
    await over(group(tmp_path))


async def test_a_search_that_nobody_waits_for_any_more_is_ended(
    program: WriteProgram, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    slow = ruff(ruff=program(f"echo > {begun}; sleep 600"))
    task = asyncio.create_task(slow.diagnose("x"))
    await asyncio.to_thread(begun.read_bytes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await over(group(tmp_path))


async def test_a_program_that_never_stops_talking_is_ended(
    program: WriteProgram, tmp_path: Path
) -> None:
    line = r'{"message":"m","location":{"row":1,"column":1},"end_location":{"row":9,"column":9}}'
    chatty = ruff(ruff=program(f"exec yes '{line}'"))
    items = await chatty.diagnose("x\n")
    assert len(items) == MOST_ITEMS
    await over(group(tmp_path))


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", "echo no json", "echo '[]'"])
async def test_a_program_that_breaks_is_no_answer(program: WriteProgram, script: str) -> None:
    with pytest.raises(AnalysisFailed):
        await ruff(ruff=program(script)).diagnose("x = 1\n" * 100_000)


async def test_a_program_that_wants_too_much_memory_is_no_answer(program: WriteProgram) -> None:
    greedy = program(f"exec {sys.executable} -c 'input(); bytearray(2**30)'")
    with pytest.raises(AnalysisFailed, match="ended with 1"):
        await ruff(ruff=greedy).diagnose("x")


async def test_a_program_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(AnalysisFailed, match="can't be started"):
        await ruff(ruff=str(tmp_path / "nothing")).diagnose("x")


async def test_only_a_few_run_at_once(program: WriteProgram, tmp_path: Path) -> None:
    running, most = tmp_path / "running", tmp_path / "most"
    running.mkdir()
    count = f"mkdir {running}/$$; ls {running} | wc -l >> {most}; sleep 0.1; rmdir {running}/$$"
    few = ruff(ruff=program(count), diagnostics_at_once=2)
    await asyncio.gather(*(few.diagnose("x") for _ in range(6)))
    counts = list(map(int, most.read_text("utf-8").split()))
    assert len(counts) == 6
    assert max(counts) <= 2

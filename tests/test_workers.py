"""What is to stay together is run by one worker, and what is not to be covered isn't watched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.workers import unit_of

ROOT: Final = Path(__file__).parents[1]
TEST: Final = """
import os, sys
from pathlib import Path
import pytest

def test_a(): seen("{name}")
def test_b(): seen("{name}")

def seen(name):
    file = Path(os.environ["SEEN"], name + "-" + os.environ["PYTEST_XDIST_WORKER"])
    file.write_text(str(sys.gettrace() is not None))

if "{name}" == "unwatched":
    pytestmark = pytest.mark.no_cover
"""


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/browser/test_run.py::test_a[x/y]", "tests/browser/test_run.py"),
        ("tests/browser/test_page.py::test_a", "tests/browser"),
        ("tests/faults/test_faults.py::test_a[b]", "tests/faults"),
        ("tests/server/log/test_history.py::test_a", "tests/server/log/test_history.py::test_a"),
        ("tests/browsers/test_a.py::test_a", "tests/browsers/test_a.py::test_a"),
    ],
)
def test_a_test_is_given_away_with_its_kind_or_alone(test: str, unit: str) -> None:
    assert unit_of(test) == unit


def test_workers_do_so(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    for folder, name in (("faults", "one"), ("faults", "other"), ("core", "watched")):
        write_test(tmp_path, folder, name)
    write_test(tmp_path, "core", "unwatched")
    plugins = ("xdist", "pytest_cov", "tests.workers", "no:cacheprovider")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-n", "2", "--cov=ot_core", "--cov-report="),
            *(argument for name in plugins for argument in ("-p", name)),
            "tests",
        ],
        cwd=tmp_path,
        env=os.environ
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "SEEN": str(seen)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    watched = {file.name: file.read_text() for file in seen.iterdir()}
    of_faults = {name.partition("-")[2] for name in watched if name.startswith("o")}
    assert len(of_faults) == 1, watched
    assert {text for name, text in watched.items() if name.startswith("watched")} == {"True"}
    assert {text for name, text in watched.items() if name.startswith("unwatched")} == {"False"}


def write_test(folder: Path, room: str, name: str) -> None:
    """Write a file of tests that say which worker ran them, and whether it was watched."""
    file = folder / "tests" / room / f"test_{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TEST.replace("{name}", name), "utf-8")

"""What the system refuses is told in a sentence, at the first start as in every command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from ot_server.cli import cli
from tests.patience import PATIENCE
from tests.server.props.disks import filled, mounted
from tests.server.props.peer import open_room
from tests.servers import ProcessServer, running_process_server

SERVE = ("serve", "--port", "0")


@pytest.fixture(autouse=True)
def _quiet_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs of this process are left alone."""
    for module in ("serving", "running"):
        monkeypatch.setattr(f"ot_server.cli.{module}.set_up_logs", lambda _level: None)


def refusal_here(*arguments: str, data: Path, code: int = 1, **environment: str) -> str:
    """Return the one sentence of a command that is refused; it runs in this process."""
    result = CliRunner().invoke(cli, arguments, env={"OT_DATA": str(data)} | environment)
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit), "anything else is a traceback"
    assert not result.stdout
    *before, last = result.stderr.splitlines()
    assert not before or code == 2, "of a usage error there is more"
    return last


def refusal(
    *arguments: str,
    data: Path,
    stdout: IO[bytes] | int = subprocess.PIPE,
    limit: int | None = None,
) -> str:
    """Return the same, of a process of its own; `limit`: bytes that a file has at most."""
    limiting = ["prlimit", f"--fsize={limit}"] if limit is not None else []
    done = subprocess.run(
        [*limiting, sys.executable, "-m", "ot_server", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        # Python buffers its output, as it comes.
        env=os.environ | {"OT_DATA": str(data), "OT_COMPLETION": "false", "PYTHONUNBUFFERED": ""},
        timeout=PATIENCE,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    return line


def put_bytes(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" * 32)


def put_latin(path: Path) -> None:
    path.write_text("ein Schl\u00fcssel, der lang genug ist, nur anders geschrieben", "latin-1")


def put_little(path: Path) -> None:
    path.write_text("short")


@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (put_bytes, "it is not UTF-8; without it a new one is made"),
        (put_latin, "it is not UTF-8; without it a new one is made"),
        (put_little, "it has fewer than 32 bytes; without it a new one is made"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
    ],
    ids=["bytes", "latin", "short", "folder", "dangling link"],
)
def test_a_secret_that_is_none_is_named(
    tmp_path: Path, put: Callable[[Path], object], reason: str
) -> None:
    put(tmp_path / "secret")
    said = refusal_here(*SERVE, data=tmp_path)
    assert said == f"Error: can't use '{tmp_path}/secret': {reason}"


@pytest.mark.parametrize(
    "name", ["OT_SECRET", "OT_PREVIOUS_SECRETS", "OT_METRICS_TOKEN", "OT_HOST", "OT_STORE"]
)
def test_a_variable_that_is_not_utf_8_is_named(tmp_path: Path, name: str) -> None:
    said = refusal_here(*SERVE, data=tmp_path, code=2, **{name: os.fsdecode(b"\xff" * 32)})
    assert said == f"Error: a setting can't be used: {name} is not UTF-8"


@pytest.mark.parametrize("host", ["a" * 64, "a..b", "nowhere.invalid"])
def test_a_host_that_is_none_is_named(tmp_path: Path, host: str) -> None:
    said = refusal_here(*SERVE, data=tmp_path, OT_HOST=host)
    assert said.startswith("Error: can't listen on ")
    assert host in said


def make_file(path: Path) -> Path:
    path.touch()
    return path


def make_loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_file, "Not a directory"),
        (lambda path: make_file(path) / "data", "Not a directory"),
        (make_loop, "Not a directory"),
        (lambda path: path / ("a" * 300), "File name too long"),
    ],
    ids=["file", "in a file", "loop", "long name"],
)
def test_a_data_folder_that_is_none_is_named(
    tmp_path: Path, make: Callable[[Path], Path], reason: str
) -> None:
    data = make(tmp_path / "data")
    for store in ("", "postgres://127.0.0.1:1/none"):
        said = refusal_here(*SERVE, data=data, OT_STORE=store)
        assert said.startswith(f"Error: can't use '{tmp_path}")
        assert said.endswith(reason)
    refusal_here("sessions", data=data)


def test_a_data_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    if os.geteuid():
        tmp_path.chmod(0o555)
        said = refusal_here(*SERVE, data=tmp_path)
        tmp_path.chmod(0o755)
        assert said == f"Error: can't use '{tmp_path}/lock': Permission denied"
    else:
        with mounted(tmp_path / "disk", "ro") as disk:
            said = refusal_here(*SERVE, data=disk)
        assert said == f"Error: can't use '{disk}/lock': Read-only file system"


@pytest.mark.parametrize("free", [0, 8, 64])
async def test_a_disk_that_is_full_at_the_first_start_is_told_and_the_next_start_is_a_new_one(
    tmp_path: Path, free: int
) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        data = disk / "data"
        with filled(disk, but=free * 1024):
            said = refusal(*SERVE, data=data)
        assert said.startswith(
            (
                f"Error: can't use '{data}",
                f"Error: the database in '{data}' can't be opened: ",
            )
        )
        assert said.endswith(("No space left on device", "is full", "disk I/O error"))
        if data.exists():
            assert not list(data.glob("secret.*")), "no draft is left"

        async with running_process_server(disk) as server:
            assert await server.end() == 0


@pytest.mark.parametrize("limit", [1, 4096])
def test_a_quota_that_is_used_up_at_the_first_start_is_told(tmp_path: Path, limit: int) -> None:
    said = refusal(*SERVE, data=tmp_path, limit=limit)
    assert said in (
        f"Error: can't use '{tmp_path}/secret': File too large",
        f"Error: the database in '{tmp_path}' can't be opened: disk I/O error",
    )
    assert not list(tmp_path.glob("secret.*"))


@pytest.mark.parametrize("arguments", [("--version",), ("fsck",), SERVE], ids=" ".join)
def test_an_output_that_takes_nothing_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    CliRunner().invoke(cli, ["migrate", "--data", str(tmp_path)])
    with Path("/dev/full").open("wb") as full:
        said = refusal(*arguments, data=tmp_path, stdout=full)
    assert said == "Error: can't go on: No space left on device"


async def test_a_file_that_can_not_be_exported_is_named_and_left_as_it_was(
    process_server: ProcessServer, tmp_path: Path, http: ClientSession
) -> None:
    room = await open_room(http, process_server.url, text="x = 1\n" * 100_000)
    target = tmp_path / "main.py"
    target.write_text("what was there")

    export = ("export", "--output", str(target), "--", room.session_id)
    said = refusal(*export, data=process_server.data, limit=200_000)

    assert said == f"Error: can't use '{target}': File too large"
    assert target.read_text() == "what was there"

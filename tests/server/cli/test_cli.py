"""``ot-server``: it starts as it is told, says where it is, and why if it can't start."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from ot_server.cli import cli
from ot_server.settings import Settings
from ot_server.telemetry.logs import set_up_logs
from tests.servers import ProcessServer

Started = Callable[[str], None]


class Serving:
    """Stands for the server: it remembers what it was asked for, or fails."""

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.loops: list[str] = []

    async def __call__(self, settings: Settings, started: Started) -> None:
        self.settings.append(settings)
        self.loops.append(type(asyncio.get_running_loop()).__module__)
        started(f"http://{settings.host}:{settings.port}")


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Serving:
    """No server is started, and the logs are left alone."""
    stand_in = Serving()
    monkeypatch.setattr("ot_server.cli.serving.serve", stand_in)
    monkeypatch.setattr("ot_server.cli.serving.set_up_logs", lambda _level: None)
    return stand_in


@pytest.fixture
def quiet_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs are left alone."""
    monkeypatch.setattr("ot_server.cli.serving.set_up_logs", lambda _level: None)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=environment)


def test_without_a_command_it_serves_with_the_defaults(serving: Serving) -> None:
    result = run()

    assert result.exit_code == 0
    assert result.stdout == "OT Collab is on http://127.0.0.1:8000\n"
    assert serving.settings == [Settings()]


def test_flags_win_over_variables(serving: Serving) -> None:
    result = run("serve", "--port", "90", "--data", "d", OT_PORT="80", OT_HOST="::1")

    assert result.exit_code == 0, result.output
    assert serving.settings == [Settings(port=90, host="::1", data="d")]


def test_it_runs_on_uvloop_where_there_is_one_and_without_it_else(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setitem(sys.modules, "uvloop", None)
    run()

    assert serving.loops[0].startswith("uvloop")
    assert serving.loops[1].startswith("asyncio")


@pytest.mark.parametrize(
    ("arguments", "environment", "wrong"),
    [
        (["serve", "--port", "70000"], {}, "--port"),
        (["serve", "--log-level", "loud"], {}, "--log-level"),
        (["serve"], {"OT_PORT": "http"}, "port"),
        (["serve"], {"OT_SECRET": "short"}, "OT_SECRET"),
        (["sevre"], {}, "sevre"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    serving: Serving, arguments: list[str], environment: dict[str, str], wrong: str
) -> None:
    result = run(*arguments, **environment)

    assert result.exit_code == 2
    assert wrong in result.stderr
    assert serving.settings == []


@pytest.mark.usefixtures("quiet_logs")
def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", "--port", port, "--data", str(tmp_path))

    assert result.exit_code == 1
    assert f"can't listen on 127.0.0.1:{port}" in result.stderr


@pytest.mark.usefixtures("quiet_logs")
def test_a_data_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = run("serve", "--port", "0", "--data", str(tmp_path / "file" / "data"))

    assert result.exit_code == 1
    assert "can't use" in result.stderr
    assert str(tmp_path / "file") in result.stderr


@pytest.mark.usefixtures("quiet_logs")
def test_a_database_that_is_none_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "ot.sqlite3").write_bytes(b"something of great value" * 100)

    result = run("serve", "--port", "0", "--data", str(tmp_path))

    assert result.exit_code == 1
    assert "can't be opened" in result.stderr
    assert (tmp_path / "ot.sqlite3").read_bytes() == b"something of great value" * 100


async def test_a_second_server_in_the_same_folder_is_refused_in_plain_words(
    process_server: ProcessServer,
) -> None:
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ot_server", "serve"),
        *("--port", "0", "--data", str(process_server.data)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await second.communicate()

    assert second.returncode == 1
    assert out == b""
    assert error.decode().startswith("Error: another server works in ")
    assert "Traceback" not in error.decode()


def test_the_module_is_the_command(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ot_server", "serve", "--port", "90"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("ot_server", run_name="__main__")

    assert ended.value.code == 0
    assert capsys.readouterr().out == "OT Collab is on http://127.0.0.1:90\n"
    assert [settings.port for settings in serving.settings] == [90]


def test_logs_are_one_line_of_json_an_event_from_the_level_that_was_chosen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handlers = logging.getLogger().handlers.copy()
    try:
        set_up_logs("warning")
        sent = "what somebody sent"
        log, libraries = structlog.get_logger("tests"), logging.getLogger("some.library")
        log.info("not_worth_it")
        log.warning("worth_it", session="s")
        try:
            int(sent)
        except ValueError:
            log.exception("went_wrong")
            libraries.exception("something about %s", sent)
        libraries.info("not worth it")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = handlers

    written = capsys.readouterr().err
    assert "about" not in written
    assert "literal" not in written, "the message of the exception"
    first, second, third = map(json.loads, written.splitlines())
    assert (first["event"], first["level"], first["session"]) == ("worth_it", "warning", "s")
    assert first["timestamp"].endswith("Z")
    for told in (second, third):
        assert told["level"] == "error"
        assert "in test_logs_are" in told["exception"]
        assert told["exception"].endswith("\nValueError\n")
    assert (third["event"], third["logger"]) == ("library", "some.library")

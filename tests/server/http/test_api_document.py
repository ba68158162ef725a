"""``docs/api.md`` tells the truth: its commands work, and its table of codes is complete."""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import re
import shutil
from pathlib import Path
from typing import Final

import ot_server.http
from ot_server.app import API
from ot_server.http.framework.openapi import problems_of
from ot_server.http.framework.problem import (
    INVALID_PATH,
    METHOD_NOT_ALLOWED,
    ORIGIN_NOT_ALLOWED,
    ProblemType,
)
from tests.server.props.messages_api import MessagesApi, messages_api
from tests.servers import StartServer

__all__ = ["messages_api"]

PAGE: Final = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
BLOCK: Final = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND: Final = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.MULTILINE)
ROW: Final = re.compile(r"^\| (`[a-z_`, ]+`) \| (\d{3}) \|", re.MULTILINE)
ADDRESS: Final = "http://127.0.0.1:8000"


async def test_its_commands_work(
    start_server: StartServer, messages_api: MessagesApi, tmp_path: Path
) -> None:
    server = await start_server(**messages_api.settings)
    assert shutil.which("curl"), "there is no curl on PATH: `make curl` installs it"
    script = "".join(
        f"{line}\n" for block in BLOCK.findall(PAGE) for line in COMMAND.findall(block)
    )
    assert script.count("curl ") > 20
    assert script.count(ADDRESS) == 1
    # Where the page would go on after a refusal, and hardly say so, this does not.
    (tmp_path / ".curlrc").write_text("fail\nshow-error\n", "utf-8")
    process = await asyncio.create_subprocess_exec(
        *("bash", "-eux", "-c", script.replace(ADDRESS, server.url)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "CURL_HOME": str(tmp_path)},
    )
    said, wrongs = (stream.decode() for stream in await process.communicate())
    assert process.returncode == 0, wrongs
    assert re.findall(r"^curl: \((?!28\)).*", wrongs, re.MULTILINE) == [], "28 ends the WebSocket"
    for block in BLOCK.findall(PAGE):
        for line in COMMAND.sub("", block).splitlines():
            assert line in said


def test_its_table_has_every_code_with_its_status() -> None:
    told = {
        (code, int(status))
        for codes, status in ROW.findall(PAGE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert told == {(type_.code, type_.status.value) for type_ in problem_types()}


def test_every_problem_is_declared_by_a_call_that_has_it() -> None:
    declared = {type_ for table in API for call in table.endpoints for type_ in problems_of(call)}
    of_any_request = {INVALID_PATH, METHOD_NOT_ALLOWED, ORIGIN_NOT_ALLOWED}
    assert problem_types() - declared <= of_any_request


def problem_types() -> set[ProblemType]:
    """Return every reason why a request can't be served."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(ot_server.http.__path__, "ot_server.http.")
    ]
    return {
        value
        for module in modules
        for values in vars(module).values()
        for value in (values.values() if isinstance(values, dict) else [values])
        if isinstance(value, ProblemType)
    }

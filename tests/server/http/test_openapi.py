"""The OpenAPI document tells the truth: schemathesis calls what it says, with all its checks.

What fails is printed with a `curl` line, and the seed that makes it fail again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiohttp import ClientSession

from tests.server.props.accounts import PASSWORD, Account, register
from tests.servers import Server

HOOKS: Final = Path(__file__).parents[1] / "props" / "openapi_hooks.py"
SESSIONS: Final = 40
"""More than are deleted on the way, so that most calls find one."""


async def describe(http: ClientSession, server: Server) -> dict[str, Any]:
    async with http.get(f"{server.url}/openapi.json") as response:
        assert response.status == 200
        description: dict[str, Any] = await response.json()
        return description


async def make_sessions(http: ClientSession, ada: Account) -> list[str]:
    """Return sessions of Ada's, each with a bit of history."""
    ids = []
    for number in range(SESSIONS):
        body = {"title": f"Session {number}", "text": "one\n", "visibility": "link"}
        url = f"{ada.url}/api/v1/sessions"
        async with http.post(url, json=body, headers=ada.headers) as response:
            session_id = (await response.json())["id"]
        text = {"text": "one\ntwo\n"}
        url = f"{url}/{session_id}/text"
        async with http.put(url, json=text, headers=ada.headers) as response:
            assert response.status == 200, await response.text()
        ids.append(session_id)
    return ids


def settings(session_ids: list[str]) -> str:
    """Return what schemathesis is told, as TOML."""
    dictionary = msgspec.json.encode(session_ids).decode()
    return f"""
hooks = {str(HOOKS)!r}
continue-on-failure = true
request-timeout = 30
[warnings]
fail-on = ["missing_auth"]
[dictionaries]
sessions = {{values = {dictionary}}}
revisions = {{values = [0, 1, 2, 3]}}
passwords = {{values = [{PASSWORD!r}]}}
[[operations]]
include-operation-id = "refresh"
warnings = false # no token that is made up is a good one
[parameters]
"path.session_id" = {{dictionary = "sessions", probability = 0.9}}
"path.revision" = {{dictionary = "revisions", probability = 0.8}}
"body.password" = {{dictionary = "passwords", probability = 0.5}}
"body.old_password" = {{dictionary = "passwords", probability = 0.5}}
"""


async def run(
    http: ClientSession, server: Server, folder: Path, examples: int, *options: str
) -> None:
    """Let schemathesis make so many calls of each kind, as somebody who owns sessions."""
    ada = await register(http, server.url, "ada")
    (folder / "schemathesis.toml").write_text(settings(await make_sessions(http, ada)), "utf-8")
    seed = int(os.environ.get("OT_SEED", random.randrange(2**32)))
    print(f"OT_SEED={seed}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(folder / "schemathesis.toml"), "run", "--no-color"),
        *("--checks", "all", "--seed", str(seed), "--generation-database", "none"),
        *("--max-examples", str(examples), *options, f"{server.url}/openapi.json"),
        cwd=folder,
        env={**os.environ, "OT_TEST_TOKEN": ada.token, "OT_TEST_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said = (await process.communicate())[0].decode(errors="replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    print(said)
    assert process.returncode == 0
    for operation in operations(await describe(http, server)):
        assert operation["operationId"]


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in description["paths"].values() for operation in path.values()]


async def test_every_call_does_what_its_description_says(
    server: Server, http: ClientSession, tmp_path: Path
) -> None:
    await run(http, server, tmp_path, 10, "--phases", "fuzzing,stateful", "--workers", "2")


@pytest.mark.soak
async def test_every_call_does_what_its_description_says_for_long(
    server: Server, http: ClientSession, tmp_path: Path
) -> None:
    await run(http, server, tmp_path, 200)

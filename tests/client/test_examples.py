"""The examples of the Python clients run as they stand, with a server at the address in them."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, Final

import pytest

import ot_client
import ot_client.sync
from ot_client import create_room, fetch_text
from tests.servers import Server

README: Final = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
ADDRESS: Final = "http://127.0.0.1:8000"


def of_page(page: str) -> Iterator[str]:
    """Yield the examples of a page that use the client."""
    for example in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if "ot_client" in example:
            yield example


def of_docstring(module: Any) -> str:
    """Return the example of a module."""
    [example] = re.findall(r"^::\n\n((?:    .*\n|\n)+)", module.__doc__, re.MULTILINE)
    return textwrap.dedent(example)


EXAMPLES: Final = {
    "ot_client": of_docstring(ot_client),
    "ot_client.sync": of_docstring(ot_client.sync),
    **{f"README {number}": example for number, example in enumerate(of_page(README), 1)},
}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_runs(server: Server, name: str) -> None:
    room = await create_room(server.url)
    scope: dict[str, Any] = {"link": room.link, "room": room}
    example = EXAMPLES[name].replace(ADDRESS, server.url)
    # Those that wait block the loop of this test, in which the server is: not in its thread.
    await asyncio.to_thread(lambda: asyncio.run(executed(example, scope)))
    typed = await fetch_text(scope["room"].address, scope["room"].token)
    assert typed.text


async def executed(example: str, scope: dict[str, Any]) -> None:
    code = compile(example, "example", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(code, CodeType)
    outcome = eval(code, scope)
    if inspect.isawaitable(outcome):
        await outcome


def test_there_are_examples_on_the_page_of_the_project() -> None:
    assert len(EXAMPLES) >= 4

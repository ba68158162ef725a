"""Real browsers, and people in front of them.

The browsers belong to the loop of the whole run, and so do the tests that use them.

Every test fails if the page throws, if the browser warns about it, or if it sends a request to
another server.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Page, Request, expect

from ot_server.http.edge.page import FOLDER
from tests.browser.browsers import BROWSERS, BrowserName, Browsers, running_browsers
from tests.browser.person import Person
from tests.servers import (
    ProcessServer,
    Server,
    StartServer,
    running_process_server,
    starting_servers,
)

__all__ = ["OpenBrowser", "browser_name", "browsers", "on_session_loop", "open_browser"]

on_session_loop = partial(pytest_asyncio.fixture, loop_scope="session")
"""A decorator for fixtures of tests that share one loop with all others that use the browser."""

PATIENCE: Final = 60_000.0
"""How many milliseconds a test waits for something before it fails."""
EXPECTED: Final = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "closed before the connection is established",
    "can’t establish a connection to the server at ws://",
    "status of 401",
    "status of 403",
    "status of 404",
    "status of 409",
)
"""What the browser rightly reports when a server is killed or refuses, or somebody leaves."""

OpenBrowser = Callable[..., Awaitable[Person]]

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def browser_name() -> BrowserName:
    """Which browser people have; tests can be parametrized by this name.

    `OT_BROWSER=firefox` runs all other tests in Firefox.
    """
    [name] = (name for name in BROWSERS if name == os.environ.get("OT_BROWSER", "chromium"))
    return name


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    """The browsers of the system."""
    assert (FOLDER / "index.html").is_file(), "the page is not built: `make test` builds it"
    async with running_browsers() as browsers:
        yield browsers


@on_session_loop
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Start a server with its own settings and store."""
    async with starting_servers(tmp_path) as start:
        yield start


@on_session_loop
async def server(start_server: StartServer) -> Server:
    """A server with the default settings, except for limits that no test means to meet."""
    return await start_server()


@on_session_loop
async def process_server(tmp_path: Path) -> AsyncIterator[ProcessServer]:
    """A server in a process of its own."""
    async with running_process_server(tmp_path) as server:
        yield server


@on_session_loop
async def open_browser(browsers: Browsers, browser_name: BrowserName) -> AsyncIterator[OpenBrowser]:
    """Give somebody a browser profile of their own, with its own storage.

    `reports`: patterns of what the browser rightly reports when it does what the test is about.
    """
    wrongs: list[str] = []
    expected = list(EXPECTED)

    def watch(page: Page) -> None:
        def judge(wrong: str) -> None:
            if not any(re.search(words, wrong) for words in expected):
                wrongs.append(wrong)

        def console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                judge(f"{message.type}: {message.text}")

        def request(request: Request) -> None:
            asked, own = urlsplit(request.url), urlsplit(page.url)
            foreign = asked.netloc != own.netloc and own.scheme != "about"
            if asked.scheme in {"http", "https"} and foreign:
                wrongs.append(f"a request to {request.url}")

        page.on("pageerror", lambda error: judge(str(error)))
        page.on("console", console)
        page.on("request", request)

    async with AsyncExitStack() as stack:

        async def open_one(
            name: str,
            *,
            width: int = 1200,
            height: int = 800,
            browser_name: BrowserName = browser_name,
            reports: Sequence[str] = (),
        ) -> Person:
            expected.extend(reports)
            browser = await browsers.get(browser_name)
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                permissions=["clipboard-read", "clipboard-write"],
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            context.on("page", watch)
            return Person(name, await context.new_page())

        yield open_one
    assert wrongs == []

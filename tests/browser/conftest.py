"""A real Chromium, and people in front of it.

The browser belongs to the loop of the whole run, and so do the tests that use it.

Whatever a test is about, it fails if the page throws, is warned by the browser of its own
mistakes, or asks any server but its own for anything.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from ot_server.http.edge.page import FOLDER
from tests.browser.person import Person
from tests.servers import (
    ProcessServer,
    Server,
    StartServer,
    running_process_server,
    starting_servers,
)

__all__ = ["OpenBrowser", "chromium", "on_session_loop", "open_browser"]

on_session_loop = partial(pytest_asyncio.fixture, loop_scope="session")
"""As a decorator: a fixture of a test that shares its loop with all others that use the browser."""

FLAGS: Final = (
    "--no-sandbox",  # refused to root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE: Final = 60_000.0
"""After so many milliseconds a test stops waiting for what doesn't come."""
EXPECTED: Final = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "closed before the connection is established",
    "status of 401",
    "status of 403",
    "status of 404",
    "status of 409",
)
"""What the browser reports, rightly, when a server is killed or says no, or somebody goes."""

OpenBrowser = Callable[..., Awaitable[Person]]

expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium of the system, without a window: to start it costs more than most tests."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert path is not None, "there is no chromium on PATH: `make chromium` installs it"
    assert (FOLDER / "index.html").is_file(), "the page is not built: `make test` builds it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@on_session_loop
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Start a server with settings of one's own, over a store of one's own."""
    async with starting_servers(tmp_path) as start:
        yield start


@on_session_loop
async def server(start_server: StartServer) -> Server:
    """A server with the default settings, but for limits that no test means to meet."""
    return await start_server()


@on_session_loop
async def process_server(tmp_path: Path) -> AsyncIterator[ProcessServer]:
    """A server in a process of its own."""
    async with running_process_server(tmp_path) as server:
        yield server


@on_session_loop
async def open_browser(chromium: Browser) -> AsyncIterator[OpenBrowser]:
    """Give somebody a browser of their own: no other one has its storage."""
    wrongs: list[str] = []

    def watch(page: Page) -> None:
        def console(message: ConsoleMessage) -> None:
            expected = any(words in message.text for words in EXPECTED)
            if message.type in {"error", "warning"} and not expected:
                wrongs.append(f"{message.type}: {message.text}")

        def request(request: Request) -> None:
            asked, own = urlsplit(request.url), urlsplit(page.url)
            foreign = asked.netloc != own.netloc and own.scheme != "about"
            if asked.scheme in {"http", "https"} and foreign:
                wrongs.append(f"a request to {request.url}")

        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on("console", console)
        page.on("request", request)

    async with AsyncExitStack() as stack:

        async def open_one(name: str, *, width: int = 1200, height: int = 800) -> Person:
            context = await chromium.new_context(
                viewport={"width": width, "height": height},
                permissions=["clipboard-read", "clipboard-write"],
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            context.on("page", watch)
            return Person(name, await context.new_page())

        yield open_one
    assert wrongs == []

"""A real Chromium, and people in front of it.

Whatever a test is about, it fails if the page throws, is warned by the browser of its own
mistakes, or asks any server but its own for anything.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack
from threading import Event, Thread
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)
from playwright.sync_api import sync_playwright

from ot_server.http.page import FOLDER
from tests.browser.person import Person
from tests.mortal import free_port
from tests.servers import process_server, server, start_server

__all__ = ["OpenBrowser", "process_server", "server", "start_server"]

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
    "status of 401",
    "status of 403",
    "status of 404",
    "status of 409",
)
"""What the browser itself reports, rightly, when a server is killed or says no to a person."""

OpenBrowser = Callable[..., Awaitable[Person]]

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium_address() -> Iterator[str]:
    """A Chromium of the system, without a window: to start it costs more than most tests."""
    path = shutil.which("chromium")
    assert path is not None, "there is no chromium on PATH: `make chromium` installs it"
    assert (FOLDER / "index.html").is_file(), "the page is not built: `make test` builds it"
    port = free_port()
    flags = [*FLAGS, f"--remote-debugging-port={port}"]
    is_over = Event()

    def run(started: Future[None]) -> None:
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=flags)
                started.set_result(None)
                is_over.wait()
                browser.close()
        except BaseException as error:
            started.set_exception(error)

    # In a thread, since the event loop of every test is another one.
    started = Future[None]()
    thread = Thread(target=run, args=[started])
    thread.start()
    try:
        started.result()
        yield f"http://127.0.0.1:{port}"
    finally:
        is_over.set()
        thread.join()


@pytest.fixture
async def chromium(chromium_address: str) -> AsyncIterator[Browser]:
    """It again, for one test: it knows nothing of those before."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium_address)
        yield browser
        await browser.close()


@pytest.fixture
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

"""The system's browsers, headless: Chromium, and Firefox by its own WebDriver BiDi.

Playwright drives both in the same way, so a test is written once and says where it applies.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Literal

from playwright.async_api import Browser, Playwright, async_playwright

__all__ = ["BROWSERS", "BrowserName", "Browsers", "launched", "running_browsers"]

BrowserName = Literal["chromium", "firefox"]

BROWSERS: Final[tuple[BrowserName, ...]] = ("chromium", "firefox")
PROGRAMS: Final[dict[BrowserName, tuple[str, ...]]] = {
    "chromium": ("chromium-headless-shell", "chromium"),
    "firefox": ("firefox-esr",),
}
"""The programs to look for, the best first."""
CHROMIUM_FLAGS: Final = (
    "--no-sandbox",  # refused to root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STOCK_FIREFOX: Final = "moz-firefox"
"""Playwright's name for a Firefox that is not its own build."""


async def launched(playwright: Playwright, name: BrowserName) -> Browser:
    """Start a browser of the system."""
    path = next(filter(None, map(shutil.which, PROGRAMS[name])), None)
    assert path is not None, f"there is no {name} on PATH: `make {name}` installs it"
    if name == "firefox":
        return await playwright.firefox.launch(channel=STOCK_FIREFOX, executable_path=path)
    return await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


class Browsers:
    """One browser of each name for all tests of a process, started when it is first needed.

    Starting one costs more than most tests, and two of one kind would fill the processors.
    """

    def __init__(self, playwright: Playwright, stack: AsyncExitStack) -> None:
        self._playwright = playwright
        self._stack = stack
        self._running: dict[BrowserName, Browser] = {}

    async def get(self, name: BrowserName) -> Browser:
        """Return the browser of this name."""
        if name not in self._running:
            browser = await launched(self._playwright, name)
            self._stack.push_async_callback(browser.close)
            self._running[name] = browser
        return self._running[name]


@asynccontextmanager
async def running_browsers() -> AsyncIterator[Browsers]:
    """Provide browsers until the context ends."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        yield Browsers(playwright, stack)

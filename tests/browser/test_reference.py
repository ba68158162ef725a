"""The two pages that show the REST interface load everything from this server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The page is told what its content security policy has stopped, and collects it.
WATCH: Final = """
    window.stopped = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.stopped.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


async def expect_nothing_was_stopped(person: Person) -> None:
    await person.page.wait_for_load_state("networkidle")
    assert await person.page.evaluate("() => window.stopped") == []


async def test_calls_can_be_tried_out_at_docs(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    ada = await open_browser("Ada")
    await ada.page.add_init_script(WATCH)
    await ada.page.goto(f"{server.url}/docs")
    await expect(ada.page.get_by_role("heading", name="OT Collab")).to_be_visible()
    await ada.page.locator("#operations-health-healthz button").first.click()
    await ada.page.get_by_role("button", name="Try it out").click()
    await ada.page.get_by_role("button", name="Execute").click()
    answer = ada.page.locator(".live-responses-table .response")
    await expect(answer).to_contain_text('"status": "ok"')
    await ada.page.screenshot(path=tmp_path / "docs.png")
    await expect_nothing_was_stopped(ada)


async def test_calls_can_be_read_and_searched_at_redoc(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    ada = await open_browser("Ada")
    await ada.page.add_init_script(WATCH)
    await ada.page.goto(f"{server.url}/redoc")
    await expect(ada.page.get_by_role("heading", name="OT Collab")).to_be_visible()
    await ada.page.get_by_placeholder("Search").press_sequentially("share link")
    found = ada.page.get_by_role("search").get_by_role("menuitem")
    await expect(found.first).to_contain_text("share link")
    await ada.page.screenshot(path=tmp_path / "redoc.png")
    await expect_nothing_was_stopped(ada)

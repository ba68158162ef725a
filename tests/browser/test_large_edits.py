"""Edits in the page that are too large for one message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from playwright.async_api import expect

from ot_client import create_room
from tests.browser.conftest import OpenBrowser
from tests.browser.typist import typist
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES: Final = [f"value_{number} = {number}" for number in range(5_001)]
"""A change in each of them takes two components, and an edit has 10,000 at most."""


@pytest.mark.parametrize(
    ("keys", "changed"),
    [("Tab", "    {}".format), ("Control+/", "# {}".format)],
    ids=["indented", "made a comment"],
)
async def test_each_of_many_lines_is_changed_by_one_key_and_restored_by_one(
    keys: str, changed: Callable[[str], str], server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    room = await create_room(server.url, language="python", text="\n".join(LINES))
    await ada.join(room.link)
    await expect(ada.page.locator(".cm-line span").first).to_be_visible()  # it knows Python
    await ada.editor.click()
    async with typist("Cy", room.link) as cy, asyncio.timeout(60):
        await ada.page.keyboard.press("Control+a")
        await ada.page.keyboard.press(keys)
        await cy.reads_only("\n".join(map(changed, LINES)))
        await ada.sees("Saved")
        await ada.page.keyboard.press("Control+z")
        await cy.reads_only("\n".join(LINES))
        await ada.sees("Saved")
    await expect(ada.page.get_by_role("region", name="Not saved")).to_be_hidden()

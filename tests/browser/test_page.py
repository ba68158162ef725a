"""What the page tells people, and that everybody can use it."""

from __future__ import annotations

import re
import shutil
import time

import pytest
from playwright.async_api import expect

from ot_server.ids import new_id, new_link
from ot_server.store.rows import LinkRow, NewSession, ParticipantRow, SessionInfoRow
from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.servers import ProcessServer, Server, StartServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMELESS = re.compile(r"^\s*- (button|link|textbox|combobox)(?! \"|\w)", re.MULTILINE)


async def test_who_can_only_view_reads_along_and_is_told_so(
    server: Server, open_browser: OpenBrowser
) -> None:
    session = new_id()
    owner = ParticipantRow(new_id(), session, "Ada", "guest", "owner")
    link = LinkRow(new_link(), session, "viewer", time.time())
    await server.store.create_session(
        NewSession(
            SessionInfoRow(session, "Lecture", "python", time.time(), time.time(), "link"),
            owner,
            link,
        )
    )
    eve = await open_browser("Eve")
    await eve.join(f"{server.url}/join/{link.link}")
    await expect(eve.page.get_by_text("View only")).to_be_visible()
    await eve.editor.click()
    await eve.type("let me in")
    await expect(eve.editor).to_have_attribute("aria-readonly", "true")
    assert await eve.text() == ""


async def test_what_was_refused_is_offered_back_until_it_is_dismissed(
    start_server: StartServer, open_browser: OpenBrowser
) -> None:
    server = await start_server(document_bytes=100)
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.type("fits. ")
    await ada.sees("Saved")
    await ada.paste("far too long " * 20)
    await ada.sees("Not saved")
    await ada.reads_only("fits. ")
    await ada.page.reload()
    await ada.sees("Not saved")
    offered = ada.page.get_by_role("region", name="Not saved")
    await expect(offered.locator("pre")).to_have_text("far too long " * 20, use_inner_text=False)
    await offered.get_by_role("button", name="Copy").click()
    await expect(offered.get_by_text("Copied")).to_be_visible()
    assert await ada.page.evaluate("() => navigator.clipboard.readText()") == "far too long " * 20
    await offered.get_by_role("button", name="Dismiss").click()
    await expect(offered).to_be_hidden()
    await ada.sees("Saved")


async def test_a_link_that_leads_nowhere_says_what_to_do(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.page.goto(f"{server.url}/join/nothing-here")
    await ada.page.get_by_role("button", name="Join").click()
    await expect(ada.page.get_by_text("Ask the person who sent it")).to_be_visible()
    await ada.page.get_by_role("button", name="Go to start page").click()
    await expect(ada.page.get_by_role("button", name="Start a room")).to_be_visible()


async def test_joining_while_the_server_is_down_can_be_tried_again(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(process_server.url)
    await bob.page.goto(link)
    await process_server.kill()
    await bob.page.get_by_label("Your name").fill("Bob")
    await bob.page.keyboard.press("Enter")
    await expect(bob.page.get_by_role("alert")).to_contain_text("Can’t reach the server")
    await process_server.start()
    await bob.page.get_by_role("button", name="Join").click()
    await bob.sees("Saved")


async def test_an_open_tab_leads_to_the_start_page_and_back_while_the_server_is_down(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url, title="Still there")
    await ada.type("here")
    await ada.sees("Saved")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.page.get_by_role("link", name="start page").click()
    await ada.page.get_by_role("link", name="Still there").click()
    await ada.sees("Offline")
    await process_server.start()
    await ada.reads_only("here")
    await ada.sees("Saved")


async def test_a_session_that_the_server_has_lost_is_closed_and_keeps_the_text_in_sight(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url)
    await ada.type("saved, ")
    await ada.sees("Saved")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.type("not saved")
    shutil.rmtree(process_server.data)
    await process_server.start()
    await ada.sees("Closed")
    await expect(ada.page.get_by_role("alert")).to_contain_text("Copy what you need")
    assert await ada.text() == "saved, not saved"
    await ada.page.get_by_role("button", name="Join again").click()
    await ada.page.get_by_role("button", name="Join").click()
    await expect(ada.page.get_by_text("Ask the person who sent it")).to_be_visible()


async def test_a_reloaded_tab_is_the_same_participant(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.type("still here")
    await ada.sees("Saved")
    await ada.page.reload()
    await ada.reads_only("still here")
    await expect(ada.page.get_by_role("button", name="1 person here: Ada (you)")).to_be_visible()


async def test_the_keyboard_alone_leads_from_the_start_page_into_the_text_and_out_of_it(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    keyboard = ada.page.keyboard
    await ada.page.goto(server.url)
    await expect(ada.page.get_by_label("Your name")).to_be_focused()
    await keyboard.type("Ada")
    await keyboard.press("Enter")
    await ada.sees("Saved")
    await expect(ada.editor).to_be_focused()
    await ada.type("typed")
    await ada.reads_only("typed")
    await keyboard.press("Escape")
    await keyboard.press("Tab")
    await expect(ada.editor).not_to_be_focused()


async def test_everything_that_can_be_used_has_a_name(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    link = await ada.start_room(server.url)
    await ada.page.get_by_role("button", name="Share", exact=True).click()
    await expect_names(ada)
    await ada.page.get_by_role("button", name="1 person here").click()
    await expect_names(ada)
    await ada.page.goto(server.url)
    await expect_names(ada)
    bob = await open_browser("Bob")
    await bob.page.goto(link)
    await expect_names(bob)


async def test_a_phone_shows_every_page_without_scrolling_sideways(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada Lovelace", width=360, height=640)
    await ada.page.goto(f"{server.url}/join/somewhere")
    await ada.page.get_by_role("button", name="Join").wait_for()
    await expect_to_fit(ada)
    await ada.page.goto(server.url)
    await ada.page.get_by_role("button", name="Start a room").wait_for()
    await expect_to_fit(ada)
    await ada.start_room(server.url, title="A title that is longer than a phone is wide")
    await expect_to_fit(ada)
    await ada.page.keyboard.press("Control+f")
    await expect_to_fit(ada)


async def expect_names(person: Person) -> None:
    snapshot = await person.page.locator("body").aria_snapshot()
    assert "- button" in snapshot
    assert NAMELESS.findall(snapshot) == [], snapshot


async def expect_to_fit(person: Person) -> None:
    page = person.page
    assert await page.evaluate("() => innerWidth") == 360
    widths = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert len(set(await page.evaluate(widths))) == 1
    for button in await page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 360)

"""The assistant as two people in one session see it: it writes, is stopped and undone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenBrowser, on_session_loop
from tests.browser.person import Person
from tests.server.props.messages_api import Dictation, MessagesApi, says, serving
from tests.servers import ProcessServer, Server, StartServer, running_process_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT: Final = "def f(a):\nreturn a / 0\nprint(f(1))"


@on_session_loop
async def messages_api() -> AsyncIterator[MessagesApi]:
    """A server that speaks the Messages API."""
    async with serving() as api:
        yield api


@on_session_loop
async def server(start_server: StartServer, messages_api: MessagesApi) -> Server:
    """A server with an assistant."""
    return await start_server(**messages_api.settings)


@on_session_loop
async def process_server(tmp_path: Path, messages_api: MessagesApi) -> AsyncIterator[ProcessServer]:
    """A server with an assistant, in a process of its own; its locks end soon if it dies."""
    settings = {f"OT_{name.upper()}": str(value) for name, value in messages_api.settings.items()}
    async with running_process_server(tmp_path, OT_LOCK_SECONDS="2", **settings) as server:
        yield server


async def opens_assistant(person: Person) -> Locator:
    """Open the assistant's panel; return it."""
    await person.page.get_by_role("tab", name="Assistant").click()
    panel = person.page.get_by_role("tabpanel", name="Assistant")
    await expect(panel).to_be_visible()
    return panel


async def lets_it_write(panel: Locator, instruction: str, *, lock: bool = True) -> None:
    """Ask the assistant to write."""
    await panel.get_by_label("Instruction for the assistant").fill(instruction)
    await panel.get_by_label("Lock the session while it writes").set_checked(lock)
    await panel.get_by_role("button", name="Write", exact=True).click()


async def two_in_a_room(open_browser: OpenBrowser, server: Server) -> tuple[Person, Person]:
    """Let Ada start a room, and Bob join it."""
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(server.url))
    return ada, bob


async def test_while_it_writes_the_other_sees_it_and_who_has_locked_the_session(
    server: Server, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada, bob = await two_in_a_room(open_browser, server)
    await ada.type("x = 1")
    await bob.reads("x = 1")
    dictation = Dictation(messages_api)
    panel = await opens_assistant(ada)

    await lets_it_write(panel, "double it")
    dictation.say("\nx *= ")
    await bob.reads("x *= ")

    banner = bob.page.get_by_role("region", name="Locked")
    await expect(banner).to_contain_text("Only Assistant can edit right now.")
    await expect(banner).to_contain_text("The assistant is writing.")
    await expect(bob.page.locator(".ot-caret", has_text="Assistant")).to_be_visible()
    await bob.page.get_by_role("textbox", name="Code of").click()
    await bob.type("nobody sees this")
    await expect(panel.get_by_role("status").first).to_contain_text("Writing for you")
    dictation.say("2")
    dictation.end()
    await bob.reads_only("x = 1\nx *= 2")
    await expect(banner).to_be_hidden()
    await bob.page.keyboard.press("Control+End")
    await bob.type("  # twice")
    await ada.reads_only("x = 1\nx *= 2  # twice")
    await bob.sees("Saved")


async def test_it_can_be_stopped_and_what_it_has_written_be_taken_back(
    server: Server, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada, bob = await two_in_a_room(open_browser, server)
    await ada.type("keep")
    dictation = Dictation(messages_api)
    panel = await opens_assistant(ada)
    await lets_it_write(panel, "write on and on")
    dictation.say(" this too")
    await bob.reads("keep this too")

    await panel.get_by_role("button", name="Stop writing").click()

    runs = panel.get_by_role("list", name="Assistant tasks")
    await expect(runs).to_contain_text("stopped")
    await expect(bob.page.get_by_role("region", name="Locked")).to_be_hidden()
    await bob.reads_only("keep this too")
    await runs.get_by_role("button", name="Undo").click()
    await bob.reads_only("keep")
    await expect(runs).to_contain_text("undone")


async def test_only_who_asked_and_owners_are_offered_to_stop_it(
    server: Server, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada, bob = await two_in_a_room(open_browser, server)
    cy = await open_browser("Cy")
    await cy.join(ada.page.url)
    dictation = Dictation(messages_api)
    of_bob = await opens_assistant(bob)
    await lets_it_write(of_bob, "write on and on")
    dictation.say("something")
    await expect(of_bob.get_by_role("button", name="Stop writing")).to_be_visible()

    of_ada, of_cy = await opens_assistant(ada), await opens_assistant(cy)

    for panel in of_ada, of_cy:
        await expect(panel.get_by_role("status").first).to_contain_text("Writing for Bob")
    await expect(of_cy.get_by_role("button", name="Stop writing")).to_be_hidden()
    await of_ada.get_by_role("button", name="Stop writing").click()
    await expect(of_cy.get_by_role("list", name="Assistant tasks")).to_contain_text("stopped")


async def test_where_the_server_dies_while_it_writes_one_is_told_so_and_can_ask_again(
    process_server: ProcessServer, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url)
    dictation = Dictation(messages_api)
    panel = await opens_assistant(ada)
    await lets_it_write(panel, "write on and on")
    dictation.say("half of")
    await ada.reads("half of")
    await expect(panel.get_by_role("status").first).to_contain_text("7 characters")

    await process_server.kill()

    lost = panel.get_by_role("alert").filter(has_text="The connection was lost.")
    await expect(lost).to_contain_text("What was written so far is kept.")
    await expect(panel.get_by_label("Instruction for the assistant")).to_have_value(
        "write on and on"
    )
    await process_server.start()
    await expect(panel.get_by_role("status").first).to_be_hidden()
    dictation.end()
    dictation = Dictation(messages_api)
    await panel.get_by_role("button", name="Write", exact=True).click()
    dictation.say("the whole")
    dictation.end()
    await ada.reads("the whole")
    await expect(lost).to_be_hidden()


async def test_it_is_taken_back_as_one_and_what_the_other_typed_inside_of_it_stays(
    server: Server, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada, bob = await two_in_a_room(open_browser, server)
    dictation = Dictation(messages_api)
    panel = await opens_assistant(ada)
    await lets_it_write(panel, "two lines", lock=False)
    dictation.say("first ")
    await bob.reads("first ")
    await expect(bob.page.get_by_role("region", name="Locked")).to_be_hidden()
    await bob.page.get_by_role("textbox", name="Code of").click()
    await bob.page.keyboard.press("Control+Home")
    await bob.page.keyboard.press("ArrowRight")
    await bob.type("BOB")
    await ada.reads("fBOBirst ")
    dictation.say("second")
    dictation.end()
    await bob.reads_only("fBOBirst second")

    await panel.get_by_role("button", name="Undo").click()

    await bob.reads_only("BOB")
    await ada.reads_only("BOB")


async def test_a_proposal_is_applied_after_the_other_has_typed_above_and_on_its_line(
    server: Server, open_browser: OpenBrowser, messages_api: MessagesApi
) -> None:
    ada, bob = await two_in_a_room(open_browser, server)
    await ada.type(TEXT)
    await bob.reads("print(f(1))")
    proposal = {
        "first_line": 2,
        "last_line": 2,
        "severity": "error",
        "category": "bug",
        "explanation": "It divides by zero.",
        "replacement": "    return a / 2",
    }
    messages_api.script = says(json.dumps({"proposals": [proposal]}))
    panel = await opens_assistant(ada)
    await panel.get_by_role("button", name="Find mistakes").click()
    proposals = panel.get_by_role("list", name="Proposals")
    found = proposals.get_by_role("listitem").filter(has_text="It divides by zero.")
    await expect(found).to_contain_text("Error, bug")
    await expect(found).to_contain_text("return a / 2")

    await bob.page.get_by_role("textbox", name="Code of").click()
    await bob.page.keyboard.press("Control+Home")
    await bob.type("import os\n")
    await bob.page.keyboard.press("ArrowDown")
    await bob.page.keyboard.press("End")
    await bob.type("  # hm")
    await ada.reads("# hm")
    await found.get_by_role("button", name="Line 2").click()
    await expect(ada.page.locator(".position")).to_have_text("Ln 3, Col 1")
    await found.get_by_role("button", name="Apply").click()

    await expect(found).to_contain_text("Applied")
    await bob.reads("    return a / 2  # hm")
    await ada.reads("import os\n")


async def test_without_a_key_the_page_says_how_to_get_one_and_the_linter_still_finds(
    start_server: StartServer, open_browser: OpenBrowser
) -> None:
    server = await start_server()
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.type("import os\n")
    panel = await opens_assistant(ada)
    await expect(panel).to_contain_text("OT_ASSISTANT_KEY")
    await expect(panel.get_by_role("button", name="Write", exact=True)).to_be_hidden()
    await ada.sees("Saved")
    await panel.get_by_role("button", name="Find mistakes").click()
    found = panel.get_by_role("list", name="Proposals").get_by_role("listitem")
    await expect(found).to_contain_text("os")
    await found.get_by_role("button", name="Apply").click()
    await ada.reads_only("")

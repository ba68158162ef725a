"""Title and language of a session, changed on its page while everybody sees it."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.browser.sharing import share_with_bob
from tests.servers import ProcessServer, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


def title_of(person: Person) -> Locator:
    return person.page.get_by_role("heading", level=1)


def language_of(person: Person) -> Locator:
    return person.page.get_by_role("combobox", name="Language", exact=True)


async def test_owners_and_editors_change_title_and_language_and_all_see_it_at_once(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")

    await bob.page.get_by_role("button", name="Rename Notes").click()
    await bob.type("Primes")
    await bob.page.keyboard.press("Enter")
    for person in (ada, bob):
        await expect(title_of(person)).to_have_text("Primes")
        await expect(person.page).to_have_title("Primes – OT Collab")
    await expect(bob.page.get_by_role("button", name="Rename Primes")).to_be_focused()

    await language_of(ada).select_option("Java")
    await expect(language_of(bob)).to_have_value("java")
    await bob.page.reload()
    await bob.sees("Saved")
    await expect(title_of(bob)).to_have_text("Primes")
    await expect(language_of(bob)).to_have_value("java")


async def test_a_viewer_reads_title_and_language_and_changes_them_once_promoted(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")
    role = (await ada.opens_sharing()).get_by_role("combobox", name="Role of bob")
    rename = bob.page.get_by_role("button", name="Rename Notes")

    await rename.click()
    await role.select_option("Can view")
    await expect(rename).to_be_hidden()
    await expect(bob.page.get_by_label("New title")).to_be_hidden()
    await expect(title_of(bob)).to_have_text("Notes")
    await expect(language_of(bob)).to_be_hidden()
    await expect(bob.page.get_by_role("contentinfo")).to_contain_text("Python")

    await role.select_option("Can edit")
    await expect(rename).to_be_visible()
    await expect(language_of(bob)).to_have_value("python")


async def test_a_guest_who_owns_a_room_renames_it_and_to_leave_the_field_saves(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(server.url, "Notes"))
    await ada.comes_to_the_front()
    await ada.page.get_by_role("button", name="Rename Notes").click()
    await ada.type("Primes")
    await ada.editor.click()
    await expect(title_of(bob)).to_have_text("Primes")
    await ada.type("here")
    await bob.reads("here")
    await expect(title_of(ada)).to_have_text("Primes")


async def test_what_the_server_did_not_take_is_said_beside_and_stays_to_be_tried_again(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url, "Notes")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.page.get_by_role("button", name="Rename Notes").click()
    await ada.type("Primes")
    await ada.page.keyboard.press("Enter")
    failure = ada.page.get_by_role("alert").filter(has_text="Can’t reach the server")
    await expect(failure).to_be_visible()
    await expect(ada.page.get_by_label("New title")).to_be_focused()

    await process_server.start()
    await ada.sees("Saved")
    await ada.page.keyboard.press("Enter")
    await expect(title_of(ada)).to_have_text("Primes")
    await process_server.kill()
    await language_of(ada).select_option("Java")
    await expect(failure).to_be_visible()
    await expect(language_of(ada)).to_have_value("python")

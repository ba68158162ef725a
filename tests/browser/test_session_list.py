"""The list of a user's sessions."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Request, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.person import PASSWORD, Person
from tests.browser.sharing import share_with_bob
from tests.servers import ProcessServer, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_sessions_are_listed_with_role_and_company_and_found_by_title(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.sign_up(server.url)
    await ada.sign_up(server.url)
    page = ada.page
    await expect(page.get_by_text("No sessions yet.")).to_be_visible()
    await ada.new_session("Sorting")
    await page.get_by_role("link", name="start page").click()
    await ada.new_session("Fibonacci")
    await ada.opens_sharing()
    await ada.invites("bob", "Can view")
    await expect(page.get_by_text("bob can view now.")).to_be_visible()
    await page.goto(server.url)
    rows = rows_of(ada)
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="Fibonacci")).to_contain_text("with bob")
    await expect(rows.filter(has_text="Fibonacci")).to_contain_text("Owner")

    await page.get_by_label("Search titles").press_sequentially("SORT")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Sorting")
    await page.get_by_label("Search titles").fill("nothing like it")
    await expect(page.get_by_text("No sessions match")).to_be_visible()
    await page.get_by_label("Search titles").fill("")
    await expect(rows).to_have_count(2)

    await bob.page.reload()
    await expect(rows_of(bob)).to_contain_text("Can view")
    await expect(rows_of(bob)).to_contain_text("with ada")


async def test_a_list_is_one_call_however_many_are_in_the_sessions(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    for name in ("bob", "cem", "dan", "eve"):
        await (await open_browser(name)).sign_up(server.url)
    await ada.new_session("Crowded")
    panel = await ada.opens_sharing()
    for name in ("bob", "cem", "dan", "eve"):
        await ada.invites(name, "Can view")
        await expect(panel.get_by_role("combobox", name=f"Role of {name}")).to_be_visible()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    ada.page.on("request", note)
    await ada.page.goto(server.url)
    await expect(rows_of(ada)).to_contain_text("with bob, cem, dan, and 1 other")
    assert len([url for url in asked if "/api/v1/sessions" in url]) == 1


async def test_an_owner_renames_a_session_where_it_stands_in_the_list(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    await rest(ada, server, "/sessions", {"title": "Sorting"})
    await ada.page.reload()
    await ada.page.get_by_role("button", name="Rename Sorting").press("Enter")
    field = ada.page.get_by_label("New title")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Sorting")

    await ada.type("Searching")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("button", name="Rename Sorting")).to_be_focused()
    await expect(ada.page.get_by_role("link", name="Sorting")).to_be_visible()

    await ada.page.keyboard.press("Enter")
    await ada.type("Searching")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="Rename Searching")).to_be_focused()
    await expect(ada.page.get_by_role("link", name="Searching")).to_be_visible()
    await expect(ada.page.get_by_role("button", name="Delete Searching")).to_be_visible()
    await ada.page.reload()
    await expect(rows_of(ada)).to_contain_text("Searching")


async def test_a_session_is_deleted_when_its_owner_has_been_asked_and_the_focus_goes_on(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")
    for title in ("Before", "After"):
        await rest(ada, server, "/sessions", {"title": title})
    await ada.page.goto(server.url)
    await expect(rows_of(ada)).to_have_count(3)
    notes = rows_of(ada).filter(has_text="Notes")
    delete = notes.get_by_role("button", name="Delete Notes")
    question = notes.get_by_role("group", name="Delete this session?")

    await ada.comes_to_the_front()
    await delete.press("Enter")
    await expect(question).to_contain_text("Delete for everybody")
    await expect(question.get_by_role("button", name="Keep")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(delete).to_be_focused()

    await ada.page.keyboard.press("Enter")
    await question.get_by_role("button", name="Delete").press("Enter")
    await expect(rows_of(ada)).to_have_count(2)
    await expect(rows_of(ada).last.get_by_role("link")).to_be_focused()
    await bob.sees("Closed")
    await expect(bob.page.get_by_text("This session no longer exists.")).to_be_visible()


async def test_who_does_not_own_a_session_may_leave_it_and_nothing_else(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await expect(rows_of(bob).get_by_role("button")).to_have_count(1)

    await bob.page.get_by_role("button", name="Leave Notes").click()
    question = bob.page.get_by_role("group", name="Leave this session?")
    await expect(question).to_contain_text("only come back if somebody invites you again")
    await question.get_by_role("button", name="Leave").click()
    await expect(bob.page.get_by_text("No sessions yet.")).to_be_visible()
    await expect(bob.page.get_by_label("Search titles")).to_be_focused()
    await ada.page.goto(server.url)
    await expect(rows_of(ada)).to_contain_text("Notes")
    await expect(rows_of(ada)).not_to_contain_text("bob")


async def test_what_did_not_work_is_said_at_the_row_and_can_be_tried_again(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(process_server.url)
    await ada.new_session("Sorting")
    await ada.page.get_by_role("link", name="start page").click()
    rename = ada.page.get_by_role("button", name="Rename Sorting")
    await rename.click()
    await process_server.kill()
    field = ada.page.get_by_label("New title")
    await field.fill("Searching")
    await field.press("Enter")
    failure = rows_of(ada).get_by_role("alert").filter(has_text="Can’t reach the server")
    await expect(failure).to_be_visible()
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(rows_of(ada)).to_contain_text("Sorting")
    await expect(failure).to_be_hidden()
    await ada.page.get_by_role("button", name="Delete Sorting").click()
    await ada.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(failure).to_be_visible()
    await expect(ada.page.get_by_role("button", name="Delete Sorting")).to_be_focused()

    await process_server.start()
    await ada.page.keyboard.press("Enter")
    await ada.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(ada.page.get_by_text("No sessions yet.")).to_be_visible()


async def test_a_long_list_goes_on_where_the_focus_is(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    for number in range(25):
        await rest(ada, server, "/sessions", {"title": f"Exercise {number}"})
    await ada.page.reload()
    rows = ada.page.get_by_role("list", name="Sessions").get_by_role("link")
    await expect(rows).to_have_count(20)
    await ada.page.get_by_role("button", name="Show more").press("Enter")
    await expect(rows).to_have_count(25)
    await expect(rows.nth(20)).to_be_focused()
    await expect(ada.page.get_by_role("button", name="Show more")).to_be_hidden()


async def test_a_list_that_did_not_come_says_so_and_can_be_asked_for_again(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(process_server.url)
    await ada.new_session("Fibonacci")
    await process_server.kill()
    await ada.page.get_by_role("link", name="start page").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("Can’t reach the server")
    await process_server.start()
    await ada.page.get_by_role("button", name="Try again").click()
    await expect(ada.page.get_by_role("link", name="Fibonacci")).to_be_visible()


def rows_of(person: Person) -> Locator:
    """Return the rows of the list."""
    return person.page.get_by_role("list", name="Sessions").get_by_role("listitem")


async def rest(person: Person, server: Server, path: str, body: dict[str, Any]) -> None:
    """Make a REST call as somebody who has signed up."""
    api, request = f"{server.url}/api/v1", person.page.request
    login = {"username": person.username, "password": PASSWORD}
    signed_in = await (await request.post(f"{api}/auth/login", data=login)).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    answer = await request.post(f"{api}{path}", data=body, headers=headers)
    assert answer.ok, await answer.text()

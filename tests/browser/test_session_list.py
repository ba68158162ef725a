"""The list of one's sessions."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.person import PASSWORD, Person
from tests.servers import ProcessServer, Server


async def test_sessions_are_listed_with_role_and_company_and_found_by_title(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.sign_up(server.url)
    await ada.sign_up(server.url)
    page = ada.page
    await expect(page.get_by_text("No sessions yet.")).to_be_visible()
    await ada.new_session("Sorting")
    await page.get_by_role("link", name="to the start page").click()
    await ada.new_session("Fibonacci")
    await ada.opens_sharing()
    await ada.invites("bob", "Can view")
    await expect(page.get_by_text("bob can view, not edit from now on.")).to_be_visible()
    await page.goto(server.url)
    rows = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="Fibonacci")).to_contain_text("with bob")
    await expect(rows.filter(has_text="Fibonacci")).to_contain_text("Owner")

    await page.get_by_label("Search titles").press_sequentially("SORT")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Sorting")
    await page.get_by_label("Search titles").fill("nothing like it")
    await expect(page.get_by_text("No title of yours holds")).to_be_visible()
    await page.get_by_label("Search titles").fill("")
    await expect(rows).to_have_count(2)

    await bob.page.reload()
    row = bob.page.get_by_role("list", name="Sessions").get_by_role("listitem")
    await expect(row).to_contain_text("Can view")
    await expect(row).to_contain_text("with ada")


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
    await ada.page.get_by_role("link", name="to the start page").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("can’t be reached")
    await process_server.start()
    await ada.page.get_by_role("button", name="Try again").click()
    await expect(ada.page.get_by_role("link", name="Fibonacci")).to_be_visible()


async def rest(person: Person, server: Server, path: str, body: dict[str, Any]) -> None:
    """Make something by a call, as somebody who has signed up."""
    api, request = f"{server.url}/api/v1", person.page.request
    login = {"username": person.username, "password": PASSWORD}
    signed_in = await (await request.post(f"{api}/auth/login", data=login)).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    answer = await request.post(f"{api}{path}", data=body, headers=headers)
    assert answer.ok, await answer.text()

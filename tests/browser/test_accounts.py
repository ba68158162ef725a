"""People with an account: signing in, finding their sessions, and signing out."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.browser.browsers import BrowserName
from tests.browser.conftest import OpenBrowser
from tests.browser.person import PASSWORD, Person
from tests.browser.test_page import expect_names, expect_to_fit
from tests.browser.test_session_list import rest
from tests.servers import ProcessServer, Server, StartServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW_PASSWORD = "nine moths in relay 70"
SIGNED_OUT = "You’ve been signed out."


async def test_who_signs_up_is_told_at_the_field_what_is_taken_and_how_a_password_must_be(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, imposter = await open_browser("Ada"), await open_browser("Ada")
    await ada.sign_up(server.url)
    page = imposter.page
    await page.goto(f"{server.url}/signup")
    username, password = page.get_by_label("Username"), page.get_by_label("Password")
    await username.fill("ADA")
    await page.get_by_label("Email").fill("other@example.org")
    await password.press_sequentially("too short")  # only what people type is too short
    await page.get_by_role("button", name="Sign up").click()
    assert await password.evaluate("(field) => field.validity.tooShort")
    await password.fill(PASSWORD)
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("alert")).to_contain_text("This username is taken.")
    await expect(username).to_be_focused()
    await expect(username).to_have_attribute("aria-invalid", "true")
    await username.fill("imposter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Your account: imposter")).to_be_visible()


async def test_a_new_name_is_shown_in_all_tabs_and_is_what_one_signs_in_with(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    other = await ada.page.context.new_page()
    await other.goto(server.url)
    await ada.page.get_by_role("link", name="Your account: ada").click()
    name = ada.page.get_by_role("region", name="Username")
    await name.get_by_label("Username").fill("countess")
    await name.get_by_role("button", name="Change username").click()
    await expect(name.get_by_role("status")).to_have_text("Saved.")
    for page in (ada.page, other):
        await expect(page.get_by_role("link", name="Your account: countess")).to_be_visible()
    await sign_out(ada.page)
    await sign_in(ada.page, f"{server.url}/signin", "countess")
    await expect(ada.page.get_by_role("link", name="Your account: countess")).to_be_visible()


async def test_a_new_password_signs_out_everywhere_else_and_says_so(
    server: Server, open_browser: OpenBrowser
) -> None:
    here, there = await open_browser("Ada"), await open_browser("Ada")
    await here.sign_up(server.url)
    address = await here.new_session("Secrets")
    await sign_in(there.page, address, "ada")
    await there.sees("Saved")

    await here.page.goto(f"{server.url}/account")
    part = here.page.get_by_role("region", name="Password")
    await part.get_by_label("Current password").fill("not my password")
    await part.get_by_label("New password").fill(NEW_PASSWORD)
    await part.get_by_role("button", name="Change password").click()
    await expect(part.get_by_role("alert")).to_have_text("That’s not your current password.")
    await part.get_by_label("Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Change password").click()
    await expect(part.get_by_role("status")).to_contain_text("Password changed.")

    await expect(there.page.get_by_text(SIGNED_OUT)).to_be_visible()
    await here.page.goto(server.url)
    await here.open_session("Secrets")
    await fill_sign_in(there.page, "ada", PASSWORD)
    await expect(there.page.get_by_role("alert")).to_have_text("Wrong username or password.")
    await fill_sign_in(there.page, "ada", NEW_PASSWORD)
    await there.sees("Saved")


async def test_signing_out_in_one_tab_signs_out_the_others_and_loses_nothing_unsent(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(process_server.url)
    await ada.new_session("Draft")
    await ada.type("sent, ")
    await ada.sees("Saved")
    other = await ada.page.context.new_page()
    await other.goto(f"{process_server.url}/account")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.type("unsent")
    await sign_out(other)
    await expect(ada.page.get_by_text(SIGNED_OUT)).to_be_visible()
    await expect(ada.page.get_by_text("sent, unsent")).to_be_hidden()

    await process_server.start()
    await fill_sign_in(ada.page, "ada", PASSWORD)
    await ada.reads_only("sent, unsent")
    await ada.sees("Saved")
    await expect(other.get_by_role("link", name="Your account: ada")).to_be_visible()


async def test_signing_out_ends_the_login_on_the_server(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    await ada.page.goto(f"{server.url}/account")
    async with ada.page.expect_response("**/auth/logout") as answer:
        await sign_out(ada.page)
    response = await answer.value
    assert response.status == 204
    again = await ada.page.request.get(
        f"{server.url}/api/v1/auth/me",
        headers={"Authorization": response.request.headers["authorization"]},
    )
    assert again.status == 401


async def test_tabs_outlive_their_tokens_together(
    start_server: StartServer, open_browser: OpenBrowser, browser_name: BrowserName
) -> None:
    if browser_name == "firefox":
        pytest.skip("WebDriver BiDi tells nothing of WebSockets")
    # If two of them used the same refresh token, not at once, the login would end.
    server = await start_server(access_token_seconds=4)
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    address = await ada.new_session("Long night")
    await ada.page.get_by_role("link", name="start page").click()
    await expect(ada.page.get_by_role("link", name="Long night")).to_be_visible()
    tabs = [Person("Ada", await ada.page.context.new_page()) for _ in range(3)]
    connections = [Renewals(tab.page) for tab in tabs]
    await asyncio.gather(*[tab.page.goto(address) for tab in tabs])
    for tab in tabs:
        await tab.sees("Saved")
    async with asyncio.timeout(60):
        await asyncio.gather(*[connection.second.wait() for connection in connections])
    assert [connection.opened for connection in connections] == [1, 1, 1]
    await tabs[-1].editor.click()
    await tabs[-1].type("still here")
    for tab in tabs:
        await tab.reads_only("still here")
    await ada.page.get_by_label("Search titles").fill("long")
    await expect(ada.page.get_by_role("link", name="Long night")).to_be_visible()


async def test_an_address_leads_through_signing_in_to_where_one_wanted_to_be(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await ada.sign_up(server.url)
    address = await ada.new_session("Notes")
    await sign_out_from_anywhere(ada.page, server)
    await sign_in(ada.page, address, "ada")
    await ada.sees("Saved")
    assert ada.page.url == address

    await bob.page.goto(address)
    await expect(bob.page.get_by_text("Sign in to open this session.")).to_be_visible()
    await bob.page.get_by_role("main").get_by_role("link", name="Sign up").click()
    await bob.page.get_by_label("Username").fill("bob")
    await bob.page.get_by_label("Email").fill("bob@example.org")
    await bob.page.get_by_label("Password").fill(PASSWORD)
    await bob.page.keyboard.press("Enter")
    await expect(bob.page.get_by_role("heading", name="This session doesn’t exist")).to_be_visible()
    assert bob.page.url == address


async def test_who_is_signed_in_joins_by_one_click_and_finds_the_session_in_the_list(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob, eve = [await open_browser(name) for name in ("Ada", "Bob", "Eve")]
    link = await ada.start_room(server.url, title="Open house")
    await bob.sign_up(server.url)
    await bob.page.goto(link)
    await expect(bob.page.get_by_label("Your name")).to_be_hidden()
    await bob.page.get_by_role("button", name="Join").click()
    await bob.sees("Saved")
    await bob.type("by bob")
    await ada.reads_only("by bob")
    await expect(ada.page.get_by_role("button", name="2 people here")).to_be_visible()
    await bob.page.goto(server.url)
    await expect(bob.page.get_by_role("link", name="Open house")).to_contain_text("Can edit")

    await sign_out_from_anywhere(bob.page, server)
    await bob.page.goto(link)
    await bob.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await fill_sign_in(bob.page, "bob", PASSWORD)
    await expect(bob.page.get_by_text("Others will see you as bob.")).to_be_visible()
    await eve.join(link)


async def test_an_account_is_deleted_with_what_nobody_else_owns_once_that_is_agreed_to(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    await ada.new_session("Only mine")
    await ada.page.goto(f"{server.url}/account")
    part = ada.page.get_by_role("region", name="Delete account")
    delete = part.get_by_role("button", name="Delete account")
    await part.get_by_label("Current password").fill(PASSWORD)
    await delete.click()
    await expect(part.get_by_role("link", name="Only mine")).to_be_visible()
    await expect(part.get_by_role("checkbox")).to_be_focused()
    await ada.page.keyboard.press("Space")
    await delete.click()
    farewell = "Your account and one session have been deleted."
    await expect(ada.page.get_by_role("main").get_by_text(farewell)).to_be_visible()
    await sign_in(ada.page, f"{server.url}/signin", "ada")
    await expect(ada.page.get_by_role("alert")).to_have_text("Wrong username or password.")


async def test_the_pages_of_an_account_have_names_for_everything_and_fit_a_phone(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada", width=360, height=640)
    for path in ("/signin", "/signup"):
        await ada.page.goto(server.url + path)
        await expect(ada.page.get_by_role("main")).to_be_visible()
        await expect_names(ada)
        await expect_to_fit(ada)
    await ada.sign_up(server.url)
    title = "A title that is longer than a phone is wide, as some are"
    await rest(ada, server, "/sessions", {"title": title})
    await ada.page.reload()
    await ada.page.get_by_role("link", name=title).wait_for()
    await ada.page.get_by_role("button", name="New session").click()
    await expect_names(ada)
    await expect_to_fit(ada)
    await ada.page.get_by_role("link", name="Your account").click()
    await expect(ada.page.get_by_role("heading", name="Delete account")).to_be_visible()
    await expect_names(ada)
    await expect_to_fit(ada)


class Renewals:
    """The connections of a tab from now on; tells when a second fresh token was sent."""

    def __init__(self, page: Page) -> None:
        self.opened = 0
        self.second = asyncio.Event()
        self._sent = 0
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        self.opened += 1
        socket.on("framesent", self._frame)

    def _frame(self, frame: str | bytes) -> None:
        self._sent += '"type":"auth"' in str(frame)
        if self._sent == 2:
            self.second.set()


async def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    """Sign in on the page that an address leads to."""
    await page.goto(address)
    await fill_sign_in(page, name, password)


async def fill_sign_in(page: Page, name: str, password: str) -> None:
    """Sign in on the page that is shown."""
    await page.get_by_label("Username or email").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()


async def sign_out(page: Page) -> None:
    """Sign out on the account page that is shown."""
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Start a room")).to_be_visible()


async def sign_out_from_anywhere(page: Page, server: Server) -> None:
    """Sign out."""
    await page.goto(f"{server.url}/account")
    await sign_out(page)

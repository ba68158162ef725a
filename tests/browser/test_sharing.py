"""Sharing a session through the page: roles, invites, links, and removing people."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.sharing import create_link, hold_edits, share_with_bob
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_new_user_shares_a_session_promotes_somebody_and_sends_them_away(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.sign_up(server.url)
    await ada.sign_up(server.url)
    await ada.new_session("Fibonacci")
    await ada.opens_sharing()
    await ada.invites("bob", "Can view")
    await expect(ada.page.get_by_text("bob can view now.")).to_be_visible()
    await ada.page.keyboard.press("Escape")

    await bob.page.reload()
    await bob.open_session("Fibonacci")
    await bob.page.evaluate("() => { window.neverReloaded = true; }")
    await expect(bob.page.get_by_text("View only")).to_be_visible()
    await ada.editor.click()
    await ada.type("print(")
    await bob.reads_only("print()")
    await bob.editor.click()
    await bob.type("let me in")
    await expect(bob.editor).to_have_attribute("aria-readonly", "true")
    assert await bob.text() == "print()"

    panel = await ada.opens_sharing()
    await panel.get_by_role("combobox", name="Role of bob").select_option("Can edit")
    await expect(bob.page.get_by_text("You can edit now").first).to_be_visible()
    await expect(bob.page.get_by_text("View only")).to_be_hidden()
    await bob.page.keyboard.press("Control+Home")
    await bob.type("# by bob: ")
    await ada.reads_only("# by bob: print()")
    await bob.sees("Saved")

    await panel.get_by_role("button", name="Remove bob").click()
    await bob.sees("Closed")
    await expect(bob.page.get_by_role("alert")).to_have_text(
        "You no longer have access to this session."
    )
    assert await bob.text() == "# by bob: print()"
    await bob.type("still here?")
    assert await bob.text() == "# by bob: print()"
    assert await bob.page.evaluate("() => window.neverReloaded")
    await expect(bob.page.get_by_role("button", name="Share", exact=True)).to_be_hidden()
    await expect(panel.get_by_text("bob")).to_be_hidden()
    await bob.page.get_by_role("button", name="Go to start page").click()
    await expect(bob.page.get_by_text("No sessions yet")).to_be_visible()


async def test_what_was_not_sent_when_access_ends_is_offered(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await hold_edits(bob)
    await bob.open_session("Notes")
    await bob.type("my unsent work")
    panel = await ada.opens_sharing()
    await panel.get_by_role("button", name="Remove bob").click()
    await bob.sees("Closed")
    await expect(bob.page.get_by_role("alert")).to_contain_text("Copy what you need")
    offered = bob.page.get_by_role("region", name="Not saved")
    await expect(offered.locator("pre")).to_have_text("my unsent work")
    await offered.get_by_role("button", name="Copy").click()
    await expect(offered.get_by_text("Copied")).to_be_visible()
    assert await bob.page.evaluate("() => navigator.clipboard.readText()") == "my unsent work"
    await bob.page.reload()
    await expect(bob.page.get_by_text("my unsent work").first).to_be_visible()


async def test_what_a_demotion_has_overtaken_is_offered(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    release = await hold_edits(bob)
    await bob.open_session("Notes")
    await bob.type("too late")
    panel = await ada.opens_sharing()
    await panel.get_by_role("combobox", name="Role of bob").select_option("Can view")
    await expect(bob.page.get_by_text("View only")).to_be_visible()
    await bob.type(" and more")
    assert await bob.text() == "too late"
    release()
    await bob.sees("Not saved")
    offered = bob.page.get_by_role("region", name="Not saved")
    await expect(offered).to_contain_text("You were no longer allowed to edit.")
    await expect(offered.locator("pre")).to_have_text("too late")
    assert await bob.text() == ""


async def test_a_link_lets_guests_in_until_it_is_revoked(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, cy = await open_browser("Ada"), await open_browser("Cy")
    await ada.sign_up(server.url)
    await ada.new_session()
    panel = await ada.opens_sharing()
    await expect(panel.get_by_role("button", name="Create link")).to_be_hidden()
    link = await create_link(panel, "Can edit", "for 1 week")
    await expect(
        panel.get_by_text("Anybody with this link can edit. Expires in 7 days.")
    ).to_be_visible()
    assert await ada.page.evaluate("() => navigator.clipboard.readText()") == link
    await cy.join(link)
    await cy.type("from a guest")
    await ada.reads_only("from a guest")

    await panel.get_by_role("button", name="Remove Cy").click()
    await cy.sees("Closed")
    await expect(cy.page.get_by_role("alert")).to_contain_text("You were removed")
    await expect(panel.get_by_text("revoke the link they joined by")).to_be_visible()
    await cy.page.get_by_role("button", name="Join again").click()
    await cy.page.get_by_role("button", name="Join").click()
    await cy.reads_only("from a guest")
    await cy.sees("Saved")

    await panel.get_by_role("button", name="Revoke").click()
    await cy.sees("Closed")
    await expect(panel.get_by_label("Share link", exact=True)).to_be_hidden()
    await cy.page.get_by_role("button", name="Join again").click()
    await cy.page.get_by_role("button", name="Join").click()
    await expect(cy.page.get_by_text("Ask the person who sent it")).to_be_visible()


async def test_a_session_made_private_puts_out_who_came_by_link_and_keeps_members(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob, cy = [await open_browser(name) for name in ("Ada", "Bob", "Cy")]
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")
    panel = await ada.opens_sharing()
    await cy.join(await create_link(panel, "Can view", "no expiry"))
    await expect(cy.page.get_by_text("View only")).to_be_visible()
    await panel.get_by_role("switch", name="Allow joining by link").click()
    await cy.sees("Closed")
    await expect(panel.get_by_text("This session is private")).to_be_visible()
    await bob.type("still a member")
    await ada.reads_only("still a member")


async def test_an_address_without_an_account_has_its_role_as_soon_as_it_registers(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, dora, eve = [await open_browser(name) for name in ("Ada", "Dora", "Eve")]
    await ada.sign_up(server.url)
    await ada.new_session("Lecture")
    panel = await ada.opens_sharing()
    for invited in dora, eve:
        await ada.invites(invited.email, "Can edit")
        await expect(
            panel.get_by_text(f"{invited.email} can edit after signing up")
        ).to_be_visible()
    await expect(panel.get_by_text("Invited, no account yet")).to_have_count(2)
    await panel.get_by_role("button", name=f"Cancel the invite for {eve.email}").click()
    await expect(panel.get_by_text("Invited, no account yet")).to_have_count(1)

    await eve.sign_up(server.url)
    await expect(eve.page.get_by_text("No sessions yet")).to_be_visible()
    await dora.sign_up(server.url)
    await dora.open_session("Lecture")
    await dora.type("here I am")
    await ada.reads_only("here I am")
    await expect(panel.get_by_role("combobox", name="Role of dora")).to_be_visible()
    await expect(panel.get_by_text("Invited, no account yet")).to_have_count(0)


async def test_the_last_owner_stays_until_somebody_else_is_one(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")
    await ada.comes_to_the_front()
    panel = await ada.opens_sharing()
    own_role = panel.get_by_role("combobox", name="Role of ada")
    why = panel.get_by_text("A session needs an owner. Make somebody else an owner first.")
    await own_role.focus()
    await own_role.select_option("Can view")
    await expect(why).to_be_visible()
    await expect(own_role).to_have_value("owner")
    leave = panel.get_by_role("button", name="Leave")
    await leave.click()
    await expect(panel.get_by_role("button", name="Stay")).to_be_focused()
    await panel.get_by_role("button", name="Leave").click()
    await expect(why).to_be_visible()
    await expect(leave).to_be_focused()

    await panel.get_by_role("combobox", name="Role of bob").select_option("Owner")
    await expect(bob.page.get_by_text("You can edit and share now").first).to_be_visible()
    await leave.click()
    await panel.get_by_role("button", name="Leave").click()
    await expect(ada.page.get_by_role("heading", name="Your sessions")).to_be_visible()
    await expect(ada.page.get_by_text("You left “Notes”.").first).to_be_visible()
    its = await bob.opens_sharing()
    await expect(its.get_by_role("combobox", name="Role of bob")).to_have_value("owner")
    await expect(its.get_by_text("ada")).to_be_hidden()


async def test_who_does_not_own_a_session_sees_who_has_access_and_may_leave(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    await bob.open_session("Notes")
    panel = await bob.opens_sharing()
    await expect(panel.get_by_role("list", name="People with access")).to_match_aria_snapshot("""
      - list:
        - listitem: ada Owner
        - listitem:
          - text: bob (you) Can edit
          - button "Leave"
    """)
    await expect(panel.get_by_role("button")).to_have_text(["Leave"])
    for control in "combobox", "textbox", "switch":
        await expect(panel.get_by_role(control)).to_have_count(0)
    await panel.get_by_role("button", name="Leave").click()
    await panel.get_by_role("button", name="Leave").click()
    await expect(bob.page.get_by_text("You left “Notes”.").first).to_be_visible()
    await expect(bob.page.get_by_text("No sessions yet")).to_be_visible()


async def test_what_is_wrong_with_an_invite_is_said_beside_it_and_forgotten_in_time(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.sign_up(server.url)
    await ada.new_session()
    panel = await ada.opens_sharing()
    whom = panel.get_by_label("Username or email")
    for wrong, why in (
        ("", "Enter a username"),
        ("two words", "Enter a username"),
        ("nobody", "No user has this name"),
    ):
        await ada.invites(wrong, "Can edit")
        await expect(panel.get_by_role("alert").filter(has_text=why)).to_be_visible()
        await expect(whom).to_be_focused()
        await expect(whom).to_have_attribute("aria-invalid", "true")
        await whom.press_sequentially("x")
        await expect(panel.get_by_text(why)).to_be_hidden()
    await ada.invites("nobody", "Can edit")
    await expect(panel.get_by_text("No user has this name")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await ada.opens_sharing()
    await expect(panel.get_by_text("No user has this name")).to_be_hidden()


async def test_the_keyboard_alone_shares_a_session(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.sign_up(server.url)
    await ada.sign_up(server.url)
    await ada.new_session()
    await ada.comes_to_the_front()
    keyboard = ada.page.keyboard
    share = ada.page.get_by_role("button", name="Share", exact=True)
    await share.focus()
    await keyboard.press("Enter")
    panel = ada.page.get_by_role("dialog", name="Share this session")
    await expect(panel.get_by_role("combobox", name="Role of ada")).to_be_visible()
    await keyboard.press("Tab")
    await expect(panel.get_by_label("Username or email")).to_be_focused()
    await keyboard.type("bob")
    await keyboard.press("Enter")
    await panel.get_by_role("button", name="Remove bob").focus()
    await keyboard.press("Enter")
    await expect(panel.get_by_text("bob")).to_be_hidden()
    await expect(panel.get_by_role("heading", name="People with access")).to_be_focused()
    await keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(share).to_be_focused()


async def test_whoever_came_to_a_room_can_pass_its_link_on_and_its_owner_can_send_them_out(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(server.url)
    await bob.join(link)
    its = await bob.opens_sharing()
    await expect(its.get_by_label("Share link", exact=True)).to_have_value(link)
    await expect(its.get_by_role("button", name="Revoke")).to_have_count(0)
    panel = await ada.opens_sharing()
    await expect(panel.get_by_text("Copied.")).to_be_visible()
    await expect(panel.get_by_text("Anybody with this link can edit.")).to_be_visible()
    await panel.get_by_role("button", name="Remove Bob").click()
    await bob.sees("Closed")


async def test_a_phone_shows_all_of_the_panel(server: Server, open_browser: OpenBrowser) -> None:
    ada, bob = await open_browser("Ada", width=360, height=640), await open_browser("Bob")
    await share_with_bob(ada, bob, server)
    panel = await ada.opens_sharing()
    await create_link(panel, "Can view", "for 1 hour")
    await ada.invites("a-very-long-address-of-somebody@somewhere.example.org", "Can view")
    await expect(panel.get_by_text("Invited, no account yet")).to_be_visible()
    for control in await panel.locator("button:visible, select:visible, input:visible").all():
        await control.scroll_into_view_if_needed()
        box = await control.bounding_box()
        assert box is not None
        assert box["x"] >= 8
        assert box["x"] + box["width"] <= 352
        assert box["y"] + box["height"] <= 640
    assert await panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")

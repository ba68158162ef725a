"""Two kinds of browsers and a Python client in one session, while the server fails."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.browser.typist import Typist, typist
from tests.servers import ProcessServer, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOGETHER: Final = 60.0
"""How long the three may take to have the same text, in seconds; only a failure takes longer."""

DRAWINGS: Final = """() => {
  window.drawings = 0;
  const observer = new MutationObserver(() => window.drawings++);
  observer.observe(document.querySelector(".people"), { childList: true });
}"""
"""Count how often the people here are drawn from now on."""
FULL: Final = """() => {
  window.working = Storage.prototype.setItem;
  Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""
"""Let the browser store nothing more."""

PASTED: Final = "pasted on Windows\r\n👋🏽 second line\r\n\r\nlast 🎉 line"


async def test_three_who_type_at_once_end_with_one_text(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob", browser_name="firefox")
    link = await ada.start_room(process_server.url)
    await bob.join(link)
    async with typist("Cy", link) as cy, asyncio.timeout(TOGETHER):
        runs = [
            "ada types her words, one after another, and a family 👩‍👩‍👧‍👦 too; ",
            "bob writes about naïve cafés 𝒳𝒴𝒵 and never stops to look up; ",
            "cy is a program, and quick: 🎲🎲🎲 three dice, no more; ",
        ]
        await asyncio.gather(ada.type(runs[0]), bob.type(runs[1]), cy.type(runs[2]))
        await asyncio.gather(ada.type("before "), bob.paste(PASTED), cy.type("meanwhile "))
        await asyncio.gather(ada.type("after. "), bob.type(" still bob"), cy.type("cy again. "))
        text = await agree(ada, bob, cy)
    assert sorted(text) == sorted(
        "".join(
            [
                f"{runs[0]}before after. ",
                f"{runs[1]}{PASTED} still bob".replace("\r\n", "\n"),
                f"{runs[2]}meanwhile cy again. ",
            ]
        )
    )
    for run in [*runs, "before after. ", PASTED.replace("\r\n", "\n"), "meanwhile cy again. "]:
        assert text.count(run) == 1


async def test_a_server_killed_while_people_type_loses_and_doubles_nothing(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(process_server.url)
    await bob.join(link)
    for person in ada, bob:
        await person.page.evaluate("() => { window.neverReloaded = true; }")
    async with typist("Cy", link) as cy, asyncio.timeout(TOGETHER):
        runs = [f"{name}-{'-'.join(map(str, range(40)))}. " for name in ("ada", "bob", "cy")]

        async def crash() -> None:
            await bob.reads("ada-0-1-2-")
            await process_server.kill()
            assert runs[0] not in await ada.text()
            await asyncio.gather(ada.sees("Offline"), bob.sees("Offline"))
            await process_server.start()

        await asyncio.gather(ada.type(runs[0]), bob.type(runs[1]), cy.type(runs[2]), crash())
        text = await agree(ada, bob, cy)
    assert sorted(text) == sorted("".join(runs))
    assert [text.count(run) for run in runs] == [1, 1, 1]
    for person in ada, bob:
        assert await person.page.evaluate("() => window.neverReloaded")


async def test_what_is_typed_offline_is_saved_when_the_server_is_back(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url)
    await ada.type("before, ")
    await ada.sees("Saved")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.type("meanwhile, ")
    await expect(ada.page.locator(".state-detail")).to_have_text("edits are kept")
    await process_server.start()
    await ada.type("after")
    await ada.sees("Saved")
    assert await ada.text() == "before, meanwhile, after"


async def test_a_tab_closed_with_unsent_edits_sends_them_when_it_is_opened_again(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    link = await ada.start_room(process_server.url, title="Half done")
    await ada.type("sent. ")
    await ada.sees("Saved")
    await process_server.kill()
    await ada.sees("Offline")
    await ada.type("unsent, and kept 🗝")
    await ada.page.close()
    await process_server.start()

    again = Person("Ada", await ada.page.context.new_page())
    await again.page.goto(process_server.url)
    await expect(again.page.get_by_text("Unsent edits")).to_be_visible()
    await again.page.get_by_role("link", name="Half done").click()
    await again.sees("Saved")
    assert again.page.url == link
    await again.reads_only("sent. unsent, and kept 🗝")
    await again.page.goto(process_server.url)
    await expect(again.page.get_by_role("link", name="Half done")).to_be_visible()
    await expect(again.page.get_by_text("Unsent edits")).to_be_hidden()

    bob = await open_browser("Bob")
    await bob.join(link)
    await bob.reads_only("sent. unsent, and kept 🗝")


async def test_a_browser_that_keeps_no_edits_is_told_and_asks_before_it_closes(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(process_server.url)
    await process_server.kill()
    await ada.sees("Offline")
    detail = ada.page.locator(".state-detail")
    await ada.page.evaluate(FULL)
    await ada.type("nowhere")
    await expect(detail).to_have_text("keep this tab open")
    async with ada.page.expect_event("dialog") as asked:
        await ada.page.close(run_before_unload=True)
    assert (await asked.value).type == "beforeunload"
    await (await asked.value).dismiss()

    await ada.page.evaluate("() => { Storage.prototype.setItem = window.working; }")
    await ada.type(", now somewhere")
    await expect(detail).to_have_text("edits are kept")
    async with ada.page.expect_event("close"):
        await ada.page.close(run_before_unload=True)


async def test_a_shared_link_lets_a_second_browser_in_and_shows_its_caret_and_name(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await ada.start_room(server.url, title="Shared")
    await ada.page.get_by_role("button", name="Share", exact=True).click()
    await expect(ada.page.get_by_text("Copied")).to_be_visible()
    link = str(await ada.page.evaluate("() => navigator.clipboard.readText()"))
    assert link == await ada.page.get_by_label("Share link").last.input_value()
    await bob.join(link)
    # Wait from now on: it is only shown for a short time.
    typing = asyncio.create_task(ada.page.get_by_text("Bob is typing").wait_for())
    await bob.type("hello from bob")
    await typing
    await ada.reads_only("hello from bob")
    await expect(ada.page.locator(".ot-caret-name")).to_have_text("Bob")
    await expect(
        ada.page.get_by_role("button", name="2 people here: Ada (you), Bob")
    ).to_be_visible()
    await bob.page.close()
    await expect(ada.page.get_by_role("button", name="1 person here: Ada (you)")).to_be_visible()
    await expect(ada.page.locator(".ot-caret")).to_have_count(0)


async def test_those_who_are_here_are_not_drawn_anew_for_each_key(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(server.url))
    await ada.page.evaluate(DRAWINGS)
    text = "so many keys, and it says once that he types"
    await bob.type(text)
    await ada.reads_only(text)
    await expect(ada.page.get_by_text("Bob is typing")).to_be_hidden()
    assert await ada.page.evaluate("() => window.drawings") < len(text) / 2


async def test_each_tab_of_a_person_has_a_caret_which_goes_when_it_is_closed(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(server.url)
    await ada.type("hello world")
    await bob.join(link)
    await bob.reads_only("hello world")
    second = await bob.opens_a_tab()
    await bob.goes_to(3)
    await second.goes_to(8)
    await ada.sees_carets(3, 8)
    await second.sees_carets(3, 11)
    assert await ada.page.locator(".ot-caret-name").all_text_contents() == ["Bob", "Bob"]
    await expect(
        ada.page.get_by_role("button", name="2 people here: Ada (you), Bob")
    ).to_be_visible()

    typing = asyncio.create_task(ada.page.get_by_text("Bob is typing").wait_for())
    await second.type("?")
    await typing
    await bob.sees_carets(9, 12)
    await expect(bob.page.get_by_text("Bob is typing")).to_have_count(0)
    await second.page.close()
    await ada.sees_carets(3)
    cy = await open_browser("Cy")
    await cy.join(link)
    await cy.sees_carets(3, 12)


async def test_each_tab_has_its_caret_again_when_the_server_is_back(
    process_server: ProcessServer, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(process_server.url))
    await ada.type("hello world")
    await bob.reads_only("hello world")
    second = await bob.opens_a_tab()
    await bob.goes_to(3)
    await second.goes_to(8)
    await ada.sees_carets(3, 8)

    await process_server.kill()
    await ada.sees("Offline")
    await process_server.start()

    await ada.sees("Saved")
    await ada.sees_carets(3, 8)
    await bob.page.close()
    await ada.sees_carets(8)


async def test_undo_takes_back_only_ones_own_typing(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(server.url))
    await ada.type("mine")
    await bob.reads_only("mine")
    await bob.page.keyboard.press("Control+End")
    await bob.type(" yours")
    await ada.reads_only("mine yours")
    await ada.page.keyboard.press("Control+z")
    await bob.reads_only(" yours")


async def agree(ada: Person, bob: Person, cy: Typist) -> str:
    """Return the server's text once everything is saved, and check that all others have it."""
    await asyncio.gather(ada.sees("Saved"), bob.sees("Saved"), cy.saved())
    text = await cy.committed_text()
    await asyncio.gather(ada.reads_only(text), bob.reads_only(text), cy.reads_only(text))
    return text

"""Diagnostics and completions, as people see them on the page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenBrowser, on_session_loop
from tests.browser.person import Person
from tests.servers import Server, StartServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@on_session_loop
async def server(start_server: StartServer) -> Server:
    """A server that has time: here much is done at once."""
    return await start_server(
        completion=True, completion_seconds=30, diagnostics_seconds=30, completion_workers=1
    )


UNSEEN = 100.0
"""How long after it appears a list ignores keys, in milliseconds."""
IS_IN_SIGHT = """selector => {
  const box = document.querySelector(selector)?.getBoundingClientRect();
  const seen = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return Boolean(seen?.closest(selector));
}"""
"""Whether nothing hides an element's middle."""


def tab(person: Person) -> Locator:
    return person.page.get_by_role("tab", name=re.compile("^Diagnostics"))


def rows(person: Person) -> Locator:
    return person.page.locator(".diagnostics li")


def underlined(person: Person) -> Locator:
    return person.page.locator(".cm-lintRange")


def options(person: Person) -> Locator:
    return person.page.locator(".cm-tooltip-autocomplete").get_by_role("option")


async def presses(person: Person, key: str) -> None:
    """Press a key after the list has been seen; earlier keys are not meant for it."""
    await person.page.wait_for_timeout(UNSEEN)
    await person.page.keyboard.press(key)


async def sees_diagnostics(person: Person, count: int) -> None:
    """Wait until the tab shows this number of diagnostics; 0 shows no number."""
    await expect(tab(person)).to_have_text(f"Diagnostics{count or ''}")


async def test_diagnostics_appear_for_all_and_move_while_somebody_types_above_them(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(server.url)
    await bob.join(link)
    await ada.editor.click()
    await ada.type("x = 1\nprint(missing)")
    for person in ada, bob:
        await sees_diagnostics(person, 1)
        await expect(underlined(person)).to_have_text("missing")
        await tab(person).click()
        await expect(rows(person)).to_contain_text("Undefined name `missing`")
        await expect(rows(person)).to_contain_text("Ln 2, Col 7")

    # Each page moves the diagnostic while Bob types: the underlined text stays the same.
    await bob.editor.click()
    await bob.page.keyboard.press("Control+Home")
    await ada.page.evaluate(
        """() => {
          window.seen = new Set();
          const look = () => {
            const marks = document.querySelectorAll(".cm-lintRange");
            for (const mark of marks) seen.add(mark.textContent);
          };
          new MutationObserver(look).observe(document.querySelector(".cm-content"), {
            subtree: true, childList: true, characterData: true,
          });
        }"""
    )
    await bob.type("# 😀 one\n# two\n# three\n")
    for person in ada, bob:
        await expect(underlined(person)).to_have_text("missing")
        await expect(rows(person)).to_contain_text("Ln 5, Col 7")
    assert await ada.page.evaluate("() => [...seen]") == ["missing"]


async def test_a_fix_is_made_by_one_click_and_undone_by_one_key(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(server.url)
    await bob.join(link)
    await ada.editor.click()
    await ada.type("s = '🎲'\nimport os\nprint(s)")
    await sees_diagnostics(ada, 1)
    await bob.editor.click()
    await bob.page.keyboard.press("Control+Home")
    await bob.type("# bob\n")
    await ada.reads("# bob")

    await tab(ada).click()
    await ada.page.get_by_role("button", name="Fix").click()
    for person in ada, bob:
        await person.reads_only("# bob\ns = '🎲'\nprint(s)")
        await sees_diagnostics(person, 0)
    await ada.editor.click()
    await ada.page.keyboard.press("Control+z")
    await bob.reads_only("# bob\ns = '🎲'\nimport os\nprint(s)")


async def with_a_fix_pressed(
    server: Server, open_browser: OpenBrowser, text: str, count: int
) -> tuple[Person, Person]:
    """Return Ada, who typed a text and holds its first Fix button down, and Bob, at its start."""
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    await bob.join(await ada.start_room(server.url))
    await ada.editor.click()
    await ada.type(text)
    await sees_diagnostics(ada, count)
    await bob.editor.click()
    await bob.page.keyboard.press("Control+Home")
    await tab(ada).click()
    await ada.page.get_by_role("button", name="Fix").first.hover()
    await ada.page.mouse.down()
    return ada, bob


async def test_a_fix_that_is_pressed_while_somebody_types_above_it_is_made(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await with_a_fix_pressed(server, open_browser, "import os\n", 1)
    await bob.page.keyboard.press("Enter")
    await bob.page.keyboard.press("ArrowUp")
    await bob.type("# bob")  # not before the import: it would be a comment for a moment
    await expect(rows(ada)).to_contain_text("Ln 2, Col 8")
    await ada.page.mouse.up()
    await bob.reads_only("# bob\n")


async def test_a_fix_that_is_pressed_mends_no_other_diagnostic_that_looks_the_same(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await with_a_fix_pressed(server, open_browser, "print(f'a')\nprint(f'b')\n", 2)
    for _ in "print(f":
        await bob.page.keyboard.press("ArrowRight")
    await bob.page.keyboard.press("Backspace")
    await sees_diagnostics(ada, 1)
    await ada.page.mouse.up()
    await ada.editor.click()
    await ada.page.keyboard.press("Control+End")
    await ada.type("#")
    await bob.reads_only("print('a')\nprint(f'b')\n#")


async def test_the_list_leads_to_the_place_and_the_rule_by_keyboard(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.editor.click()
    await ada.type("x = 1\nimport os\nprint(missing)")
    await sees_diagnostics(ada, 2)
    await expect(ada.page.locator("#announcements")).to_have_text("2 diagnostics")
    await tab(ada).focus()
    await ada.page.keyboard.press("Enter")
    link = rows(ada).first.get_by_role("link", name="F401")
    await expect(link).to_have_attribute("href", re.compile("^https://.*/unused-import$"))
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await rows(ada).last.get_by_role("button").first.focus()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".position")).to_have_text("Ln 3, Col 14")
    await ada.type("s")
    await ada.reads_only("x = 1\nimport os\nprint(s)")
    await ada.page.keyboard.press("F8")
    await expect(ada.page.locator(".position")).to_contain_text("Ln 2")


async def test_javascript_is_looked_at_by_the_page_itself(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(server.url, language="JavaScript")
    await ada.editor.click()
    await ada.paste("const f = (a) => {\n  return [a, 1;\n};\n")
    await sees_diagnostics(ada, 1)
    await tab(ada).click()
    await expect(rows(ada)).to_contain_text("“[” is never closed")
    await ada.editor.click()
    await ada.page.keyboard.press("Control+a")
    await ada.paste("let s = 'no end\n")
    await expect(rows(ada)).to_contain_text("Unterminated string")
    await ada.page.keyboard.press("Control+a")
    await ada.paste("const a = 1 +;\n")
    await expect(rows(ada)).to_contain_text("Something is missing after “+”")
    await ada.page.keyboard.press("Control+a")
    await ada.paste("/** Fine. */\nconst words = `one ${1 + 1}`;\nexport default words;\n")
    await sees_diagnostics(ada, 0)
    await ada.page.keyboard.press("Control+a")
    await ada.paste("let a = );\n")
    await expect(rows(ada)).to_contain_text("Unexpected “)”")


async def test_python_is_completed_by_keyboard(server: Server, open_browser: OpenBrowser) -> None:
    await server.completer.complete("python", "", 0)  # a worker is warm
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.editor.click()
    await ada.type("import json\njson.lo")
    await ada.page.keyboard.press("Control+Space")
    await expect(options(ada)).to_have_text(["load", "loads"])
    explanation = ada.page.locator(".cm-completionInfo")
    await expect(explanation).to_contain_text("load(fp")
    await ada.page.wait_for_function(IS_IN_SIGHT, arg=".cm-completionInfo")
    await presses(ada, "ArrowDown")
    await expect(ada.page.locator("[aria-selected=true][role=option]")).to_have_text("loads")
    await presses(ada, "Enter")
    await ada.reads_only("import json\njson.loads")

    await ada.type(".__na")
    await expect(options(ada).first).to_have_text("__name__")
    await ada.page.keyboard.press("Escape")
    await expect(options(ada)).to_have_count(0)
    await ada.reads_only("import json\njson.loads.__na")
    await ada.page.keyboard.press("Control+Space")
    await expect(options(ada).first).to_have_text("__name__")
    await presses(ada, "Tab")
    await ada.reads_only("import json\njson.loads.__name__")


async def test_other_languages_are_completed_by_words_while_others_type(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, bob = await open_browser("Ada"), await open_browser("Bob")
    link = await ada.start_room(server.url, language="Java")
    await bob.join(link)
    await bob.editor.click()
    await bob.paste("int retryCount;\n")
    await ada.reads("retryCount")
    await ada.editor.click()
    await ada.page.keyboard.press("Control+End")
    await ada.type("ret")
    await ada.page.keyboard.press("Control+Space")
    await expect(options(ada).get_by_text("return", exact=True)).to_be_visible()
    await bob.page.keyboard.press("Control+Home")
    await bob.type("// above\n")
    await ada.reads("above")
    await ada.type("ry")
    await expect(options(ada)).to_have_text(["retryCount"])
    await presses(ada, "Tab")
    for person in ada, bob:
        await person.reads_only("// above\nint retryCount;\nretryCount")


async def test_enter_after_a_whole_word_breaks_the_line(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(server.url, language="Java")
    await ada.editor.click()
    await ada.type("alphabet alpha alpha")
    await ada.page.keyboard.press("Control+Space")
    await expect(options(ada).first).to_have_text("alpha")
    await presses(ada, "Enter")
    await ada.reads("alphabet alpha alpha\n")


async def test_enter_after_a_word_that_resembles_another_breaks_the_line(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.editor.click()
    for typed, other in ("import os", "OSError"), ("# one", "None"):
        await ada.type(typed)
        await expect(options(ada).first).to_have_text(other)
        await presses(ada, "Enter")
    await ada.reads_only("import os\n# one\n")
    await ada.type("tru")
    await expect(options(ada).first).to_have_text("True")
    await presses(ada, "Tab")
    await ada.reads_only("import os\n# one\nTrue")


async def test_with_the_help_off_the_page_is_as_good_as_before(
    start_server: StartServer, open_browser: OpenBrowser
) -> None:
    server = await start_server(diagnostics=False, completion=False)
    ada = await open_browser("Ada")
    await ada.start_room(server.url)
    await ada.editor.click()
    await ada.type("import os\npri")
    await ada.page.keyboard.press("Control+Space")
    await expect(options(ada).first).to_have_text("print")
    await presses(ada, "Enter")
    await ada.reads_only("import os\nprint")
    await sees_diagnostics(ada, 0)
    await tab(ada).click()
    await expect(ada.page.get_by_role("tabpanel", name="Diagnostics")).to_have_text(
        "Diagnostics for Python are turned off on this server."
    )

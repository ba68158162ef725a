"""The editor under somebody's hands: what others do breaks into nothing, and moves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import CDPSession, expect

from ot_client import Joined, Session, connect, join
from ot_core import Selection
from tests.browser.browsers import BROWSERS
from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

COMMENT: Final = "# abc def ghi"
"""In the editor this is one piece of text: it has one colour."""
BEFORE: Final = len("# abc ")


class Another:
    """A program that takes part, and does several things at once."""

    def __init__(self, joined: Joined, session: Session) -> None:
        self._joined = joined
        self.session = session

    def types(self, at: int, text: str) -> None:
        self.session.insert(at, text)
        caret = at + len(text)
        self.session.select([Selection(caret, caret)], typing=True)

    async def sets_language(self, person: Person, language: str) -> None:
        """Set the language of the session by its API, with a request of a person's browser."""
        answer = await person.page.request.patch(
            self._joined.address.replace("/s/", "/api/v1/sessions/"),
            headers={"Authorization": f"Bearer {self._joined.token}"},
            data={"language": language},
        )
        assert answer.ok, await answer.text()


@asynccontextmanager
async def another(link: str) -> AsyncIterator[Another]:
    """Let a program join by a share link."""
    joined = await join(link, "Cy")
    async with connect(joined.address, joined.token) as session:
        await session.synchronized()
        yield Another(joined, session)


class InputMethod:
    """Composes words out of several keys, as people write Japanese."""

    def __init__(self, page: CDPSession) -> None:
        self._page = page

    async def shows(self, text: str) -> None:
        """Show what is composed so far."""
        caret = len(text)
        options = {"text": text, "selectionStart": caret, "selectionEnd": caret}
        await self._page.send("Input.imeSetComposition", options)

    async def ends_with(self, text: str) -> None:
        """Put this in the place of what was composed."""
        await self._page.send("Input.insertText", {"text": text})


async def input_method(person: Person) -> InputMethod:
    """What Chromium alone can be told to do."""
    return InputMethod(await person.page.context.new_cdp_session(person.page))


async def hears_of_typing(person: Person) -> None:
    """Wait until what Cy did is known in somebody's page, whether it is shown or not."""
    await expect(person.page.get_by_text("Cy is typing")).to_be_visible()


async def composing(
    server: Server, open_browser: OpenBrowser, text: str, caret: int
) -> tuple[Person, str]:
    """Return Ada, with her caret in a text, and the link to it."""
    ada = await open_browser("Ada")
    link = await ada.start_room(server.url)
    async with another(link) as cy:
        cy.session.insert(0, text)
        await cy.session.synchronized()
    await ada.reads_only(text)
    for _ in range(caret):
        await ada.page.keyboard.press("ArrowRight")
    return ada, link


def far_behind(cy: Another) -> None:
    cy.types(len(cy.session.text) - 2, "F")


def before(cy: Another) -> None:
    cy.types(3, "F")


def deletes(cy: Another) -> None:
    cy.session.delete(len(cy.session.text) - 3, len(cy.session.text))
    cy.types(0, "")


def breaks_the_line(cy: Another) -> None:
    cy.types(4, "\n")


@pytest.mark.parametrize(
    ("act", "start", "end"),
    [
        (far_behind, "# abc ", "def gFhi"),
        (before, "# aFbc ", "def ghi"),
        (deletes, "# abc ", "def "),
        (breaks_the_line, "# ab\nc ", "def ghi"),
    ],
)
@pytest.mark.parametrize(
    ("steps", "word"), [(["に", "にh", "にほ", "にほん"], "日本"), (["´"], "é")]
)
async def test_what_others_do_to_a_line_waits_while_a_word_is_composed_in_it(
    server: Server,
    open_browser: OpenBrowser,
    act: Callable[[Another], None],
    start: str,
    end: str,
    steps: list[str],
    word: str,
) -> None:
    ada, link = await composing(server, open_browser, COMMENT, BEFORE)
    method = await input_method(ada)
    async with another(link) as cy:
        middle = len(steps) // 2 + 1
        for step in steps[:middle]:
            await method.shows(step)
        await ada.reads_only(f"# abc {steps[middle - 1]}def ghi")
        while steps[middle - 1] not in cy.session.text:
            await anext(cy.session.changes())
        act(cy)
        await hears_of_typing(ada)
        for step in steps[middle:]:
            await method.shows(step)
        await ada.reads_only(f"# abc {steps[-1]}def ghi")
        await method.ends_with(word)
        await ada.reads_only(f"{start}{word}{end}")
        await ada.sees("Saved")
        await cy.session.synchronized()
        assert cy.session.text == f"{start}{word}{end}"


async def test_what_others_do_elsewhere_is_shown_while_somebody_composes(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await composing(server, open_browser, f"{COMMENT}\nlast", BEFORE)
    method = await input_method(ada)
    async with another(link) as cy:
        await method.shows("に")
        cy.types(len(cy.session.text), " words")
        await ada.reads_only("# abc にdef ghi\nlast words")
        await method.shows("にほん")
        await method.ends_with("日本")
        await ada.reads_only("# abc 日本def ghi\nlast words")


async def test_carets_and_colours_wait_while_somebody_composes(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await composing(server, open_browser, COMMENT, BEFORE)
    method = await input_method(ada)
    async with another(link) as cy:
        await method.shows("に")
        while "に" not in cy.session.text:
            await anext(cy.session.changes())
        await cy.sets_language(ada, "java")
        cy.types(len(cy.session.text), "")
        await hears_of_typing(ada)
        await expect(ada.page.get_by_label("Language")).to_have_value("java")
        await method.shows("にほん")
        assert await ada.page.locator(".ot-caret").count() == 0
        await method.ends_with("日本")
        await ada.reads_only("# abc 日本def ghi")
        await expect(ada.page.locator(".ot-caret")).to_have_count(1)
        assert cy.session.text == "# abc 日本def ghi"


async def test_between_two_syllables_there_is_time_for_what_waits(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await composing(server, open_browser, COMMENT, BEFORE)
    method = await input_method(ada)
    async with another(link) as cy:
        await method.shows("한")
        far_behind(cy)
        await hears_of_typing(ada)
        await asyncio.gather(method.ends_with("한"), method.shows("ㄱ"))
        await ada.reads_only("# abc 한ㄱdef gFhi")
        await method.shows("글")
        await method.ends_with("글")
        await ada.reads_only("# abc 한글def gFhi")


LINE: Final = 760
"""The line that is read, of 1,500."""
TEN: Final = "pasted\n" * 10
SCROLL: Final = """(number) => {
  const { height } = document.querySelector(".cm-line").getBoundingClientRect();
  document.querySelector(".cm-scroller").scrollTop = (number - 1) * height;
}"""
WATCH: Final = """(text) => {
  const top = () => [...document.querySelectorAll(".cm-line")]
    .find((line) => line.textContent === text)?.getBoundingClientRect().top;
  const before = top();
  window.moves = [];
  const look = () => {
    // Lines are not whole pixels high, and the editor does not move by less than one.
    if (!(Math.abs(top() - before) < 4)) window.moves.push(top() - before);
    requestAnimationFrame(look);
  };
  look();
}"""
"""Note with every frame by how much a line has moved."""
TWO_FRAMES: Final = """() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(resolve)))"""


async def pastes(cy: Another, _: Person) -> None:
    cy.types(0, TEN)


async def pastes_in_two_places(cy: Another, _: Person) -> None:
    cy.types(0, "pasted\n" * 4)
    await cy.session.synchronized()
    cy.types(len("pasted\n" * 2), "pasted\n" * 6)


async def pastes_in_another_language(cy: Another, ada: Person) -> None:
    cy.types(0, TEN)
    language = "java" if cy.session.info.language == "python" else "python"
    await cy.sets_language(ada, language)


@pytest.mark.parametrize("browser_name", BROWSERS)
@pytest.mark.parametrize(
    "act", [pastes, pastes_in_two_places, pastes_in_another_language], ids=lambda act: act.__name__
)
async def test_what_is_read_stays_where_it_is(
    server: Server,
    open_browser: OpenBrowser,
    act: Callable[[Another, Person], Awaitable[None]],
) -> None:
    ada = await open_browser("Ada")
    async with another(await ada.start_room(server.url)) as cy:
        cy.session.insert(0, "\n".join(f"# line {number}" for number in range(1, 1501)))
        await cy.session.synchronized()
        await ada.reads("# line 2\n")
        await ada.editor.press("Control+End")
        await ada.reads("# line 1500")
        await ada.page.evaluate(SCROLL, LINE)
        await ada.reads(f"# line {LINE + 5}\n")
        await ada.page.evaluate(WATCH, f"# line {LINE + 5}")
        for pasted in range(10, 110, 10):
            await act(cy, ada)
            # Ada's caret is in the last line.
            await expect(ada.page.get_by_text(f"Ln {1500 + pasted}, ")).to_be_visible()
            await ada.page.evaluate(TWO_FRAMES)
        assert await ada.page.evaluate("() => window.moves") == []


WHERE: Final = """(text) => {
  const line = document.querySelector(".cm-line");
  const range = document.createRange();
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(text);
    if (at < 0) continue;
    range.setStart(node, at);
    range.setEnd(node, at + text.length);
    const { x, y, width, height } = range.getBoundingClientRect();
    return [x + width / 2, y + height / 2, x + width];
  }
}"""
"""The middle and the right end of some words in the first line, in pixels of the window."""


async def test_what_another_types_into_dragged_text_stays(
    server: Server, open_browser: OpenBrowser
) -> None:
    text = "one two three"
    ada, link = await composing(server, open_browser, text, 0)
    async with another(link) as cy:
        x, y, _ = await ada.page.evaluate(WHERE, "two")
        _, _, end = await ada.page.evaluate(WHERE, "three")
        await ada.page.mouse.dblclick(x, y)
        await ada.page.keyboard.press("Shift+ArrowRight")
        await ada.page.mouse.move(x, y)
        await ada.page.mouse.down()
        await ada.page.mouse.move(x + 10, y, steps=3)
        await ada.page.mouse.move(end + 20, y, steps=3)
        cy.types(len("one tw"), "BOB")
        await hears_of_typing(ada)
        await ada.page.mouse.up()
        await ada.reads_only("one BOBthreetwo ")
        await ada.sees("Saved")
        await cy.session.synchronized()
        assert cy.session.text == "one BOBthreetwo "

"""Somebody in front of a browser, who only does and sees what people do and see."""

from __future__ import annotations

from typing import Final, Literal

from playwright.async_api import Locator, Page, expect

__all__ = ["Person", "State"]

State = Literal["Saved", "Offline", "Refused", "Closed"]

KEYSTROKE: Final = 15.0
"""How fast people type here, in milliseconds from key to key."""

RECOVERED: Final = 20_000.0
"""How long a browser may take to come back to a server, in milliseconds."""

TEXT: Final = """() =>
  [...document.querySelectorAll(".cm-line")].map((line) => {
    const own = line.cloneNode(true);
    for (const other of own.querySelectorAll(".ot-caret, .cm-placeholder")) other.remove();
    return own.textContent;
  }).join("\\n")
"""
"""The text in the editor, without the others' names in it.  It must fit the window."""


class Person:
    """A name, and the page that is open in a browser of their own."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page

    @property
    def editor(self) -> Locator:
        return self.page.locator(".cm-content")

    @property
    def shown_state(self) -> Locator:
        return self.page.locator(".state-word")

    async def start_room(self, url: str, title: str = "Notes", language: str = "Python") -> str:
        """Start a room; return its share link."""
        await self.page.goto(url)
        await self.page.get_by_label("Your name").fill(self.name)
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("Language").select_option(language)
        await self.page.get_by_role("button", name="Start a room").click()
        await self.sees("Saved")
        return self.page.url

    async def join(self, link: str) -> None:
        """Come in by a share link for the first time."""
        await self.page.goto(link)
        await self.page.get_by_label("Your name").fill(self.name)
        await self.page.keyboard.press("Enter")
        await self.sees("Saved")

    async def type(self, text: str) -> None:
        """Type where the caret is."""
        await self.page.keyboard.type(text, delay=KEYSTROKE)

    async def paste(self, text: str) -> None:
        """Paste where the caret is."""
        await self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        await self.page.keyboard.press("Control+v")

    async def text(self) -> str:
        """Return the text that the editor shows."""
        return str(await self.page.evaluate(TEXT))

    async def reads(self, text: str) -> None:
        """Wait until the editor shows some words."""
        words = f"(text) => ({TEXT})().includes(text)"
        await self.page.wait_for_function(words, arg=text, timeout=RECOVERED)

    async def reads_only(self, text: str) -> None:
        """Wait until the editor shows a text, and nothing else."""
        whole = f"(text) => ({TEXT})() === text"
        await self.page.wait_for_function(whole, arg=text, timeout=RECOVERED)

    async def sees(self, state: State) -> None:
        """Wait until the page says what has become of the typing."""
        await expect(self.shown_state).to_have_text(state, timeout=RECOVERED)

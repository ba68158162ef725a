"""Somebody with a browser, who only does and sees what people do and see."""

from __future__ import annotations

from typing import Final, Literal

from playwright.async_api import Locator, Page, expect

__all__ = ["PASSWORD", "Person", "RoleName", "State"]

PASSWORD: Final = "a tulip for the ferryman"
"""Everybody's here."""

State = Literal["Saved", "Offline", "Not saved", "Closed"]
RoleName = Literal["Owner", "Can edit", "Can view"]

KEYSTROKE: Final = 15.0
"""How fast people type here, in milliseconds from key to key."""

TEXT: Final = """() =>
  [...document.querySelectorAll(".cm-line")].map((line) => {
    const own = line.cloneNode(true);
    for (const other of own.querySelectorAll(".ot-caret, .cm-placeholder")) other.remove();
    return own.textContent;
  }).join("\\n")
"""
"""The text in the editor, without the others' names in it.  It must fit the window."""

CARETS: Final = """(columns) =>
  JSON.stringify([...document.querySelectorAll(".ot-caret")].map((caret) => {
    const before = document.createRange();
    before.setStartBefore(caret.closest(".cm-line").firstChild);
    before.setEndBefore(caret);
    const text = before.cloneContents();
    for (const other of text.querySelectorAll(".ot-caret")) other.remove();
    return text.textContent.length;
  })) === JSON.stringify(columns)
"""
"""Whether the others' carets stand in these columns, in their order in the text."""


class Person:
    """A name, and the page that is open in a browser of their own."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page

    @property
    def username(self) -> str:
        return self.name.lower()

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"

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
        """Join by a share link for the first time."""
        await self.page.goto(link)
        await self.page.get_by_label("Your name").fill(self.name)
        await self.page.keyboard.press("Enter")
        await self.sees("Saved")

    async def sign_up(self, url: str) -> None:
        """Create an account; username and address are made from the person's name."""
        await self.page.goto(f"{url}/signup")
        await self.page.get_by_label("Username").fill(self.username)
        await self.page.get_by_label("Email").fill(self.email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign up").click()
        await expect(self.page.get_by_role("heading", name="Your sessions")).to_be_visible()

    async def new_session(self, title: str = "Notes") -> str:
        """Create a session from the list of sessions; return its address."""
        await self.page.get_by_role("button", name="New session").click()
        await self.page.get_by_label("Title", exact=True).fill(title)
        await self.page.get_by_role("button", name="Create").click()
        await self.sees("Saved")
        return self.page.url

    async def open_session(self, title: str) -> None:
        """Open a session from the list of sessions."""
        await self.page.get_by_role("link", name=title).click()
        await self.sees("Saved")

    async def opens_sharing(self) -> Locator:
        """Open the panel to share the session; return it."""
        await self.page.get_by_role("button", name="Share", exact=True).click()
        panel = self.page.get_by_role("dialog", name="Share this session")
        await expect(panel).to_be_visible()
        return panel

    async def invites(self, whom: str, role: RoleName) -> None:
        """Give somebody a role, in the open panel."""
        await self.page.get_by_label("Username or email").fill(whom)
        await self.page.get_by_label("What they can do").select_option(role)
        await self.page.get_by_role("button", name="Invite", exact=True).click()

    async def comes_to_the_front(self) -> None:
        """Have the window in which something can be focused: in Firefox that is one of all."""
        await self.page.bring_to_front()

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
        await self.page.wait_for_function(words, arg=text)

    async def reads_only(self, text: str) -> None:
        """Wait until the editor shows exactly this text."""
        whole = f"(text) => ({TEXT})() === text"
        await self.page.wait_for_function(whole, arg=text)

    async def goes_to(self, column: int) -> None:
        """Put the caret into this column of the first line."""
        await self.editor.focus()
        await self.page.keyboard.press("Control+Home")
        for _ in range(column):
            await self.page.keyboard.press("ArrowRight")

    async def sees_carets(self, *columns: int) -> None:
        """Wait until the others' carets stand in these columns, and no others."""
        await self.page.wait_for_function(CARETS, arg=list(columns))

    async def opens_a_tab(self) -> Person:
        """Return the same person with a second tab of the same page."""
        other = Person(self.name, await self.page.context.new_page())
        await other.page.goto(self.page.url)
        await other.sees("Saved")
        return other

    async def sees(self, state: State) -> None:
        """Wait until the page shows this state of the edits."""
        await expect(self.shown_state).to_have_text(state)

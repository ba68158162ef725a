"""A Python client that types as people do: at its own caret, which moves as others type."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ot_client import Changed, Event, Joined, Session, connect, fetch_text, join
from ot_core import Selection, transform_index

__all__ = ["Typist", "typist"]

KEYSTROKE: Final = 0.015
"""How fast it types, in seconds from key to key."""


class Typist:
    """Types into a session, one character at a time."""

    def __init__(self, joined: Joined, session: Session) -> None:
        self._joined = joined
        self._session = session
        self._caret = 0
        session.listen(self._follow)

    async def type(self, text: str) -> None:
        """Type at the caret."""
        for character in text:
            self._session.insert(self._caret, character)
            self._caret += 1
            self._session.select([Selection(self._caret, self._caret)], typing=True)
            await asyncio.sleep(KEYSTROKE)

    async def saved(self) -> None:
        """Wait until everything it typed is committed."""
        await self._session.synchronized()

    async def reads_only(self, text: str) -> None:
        """Wait until the session has this text."""
        events = self._session.events()
        while self._session.text != text:
            await anext(events)

    async def committed_text(self) -> str:
        """Return the text that the server has."""
        snapshot = await fetch_text(self._joined.address, self._joined.token)
        return snapshot.text

    def _follow(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._caret = transform_index(event.operation, self._caret)


@asynccontextmanager
async def typist(name: str, link: str) -> AsyncIterator[Typist]:
    """Let a typist join by a share link."""
    joined = await join(link, name)
    async with connect(joined.address, joined.token) as session:
        yield Typist(joined, session)

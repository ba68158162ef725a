"""`Channel`: who in this process listens to one session, and what is said of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ot_server.sequencer.base import TURN_SECONDS, Announcement, Listener, Message
from ot_server.sequencer.tail import Tail

__all__ = ["Channel"]


class Channel:
    """Exists while somebody listens or speaks."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.tail = Tail()
        self._news = asyncio.Event()

    def tell(self, message: Message) -> None:
        """Call everybody who listens now."""
        if isinstance(message, Announcement):
            self.tail.extend(message)
            self._news.set()
        for listener in tuple(self.listeners):
            listener(message)

    async def let_go_first(self, revision: int) -> None:
        """Wait until somebody has committed after `revision`, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                while self.tail.head <= revision:
                    self._news.clear()
                    await self._news.wait()

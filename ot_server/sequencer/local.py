"""`Sequencer` for nodes in one process: the default, which needs no other service."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable

from ot_server.sequencer.base import (
    TURN_SECONDS,
    Announcement,
    Changed,
    Listener,
    Statement,
)
from ot_server.sequencer.channel import Channel
from ot_server.store.rows import CommittedOperation

__all__ = ["LocalSequencer"]


class SharedChannel(Channel):
    """A channel on which nodes also wait for their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: deque[asyncio.Future[None]] = deque()

    def pass_turn(self) -> bool:
        """Give the turn to the node that has waited longest; False if none waits."""
        while self.waiting:
            future = self.waiting.popleft()
            if not future.done():
                future.set_result(None)
                return True
        return False


class LocalSequencer:
    """Calls every listener in turn; see `ot_server.sequencer.base.Sequencer`."""

    def __init__(self) -> None:
        self._channels: defaultdict[str, SharedChannel] = defaultdict(SharedChannel)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    @property
    def is_reached(self) -> bool:
        return True

    @property
    def failures(self) -> int:
        return 0

    async def announce(self, announcement: Announcement) -> None:
        channel = self._channels[announcement.session_id]
        channel.tell(announcement)
        if channel.pass_turn():
            await channel.let_go_first(announcement.operations[-1].revision)

    def tell(self, message: Changed | Statement) -> None:
        if message.session_id in self._channels:
            self._channels[message.session_id].tell(message)

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        return self._channels[session_id].tail.since(epoch, revision)

    async def turn(self, session_id: str) -> None:
        channel = self._channels[session_id]
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        channel.waiting.append(future)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await future
        except TimeoutError:
            pass
        finally:
            if future in channel.waiting:
                channel.waiting.remove(future)

    def listen(self, session_id: str, listener: Listener) -> Callable[[], None]:
        channel = self._channels[session_id]
        channel.listeners.append(listener)

        def stop() -> None:
            channel.listeners.remove(listener)
            if not channel.listeners:
                self._channels.pop(session_id, None)

        return stop

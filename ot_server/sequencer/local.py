"""`Sequencer` for nodes of one process, which is what the embedded default is."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from itertools import dropwhile
from typing import Final

from ot_server.sequencer.base import Announcement, Listener
from ot_server.store.rows import CommittedOperation

__all__ = ["LocalSequencer"]

TAIL: Final = 256
"""How many operations of a session are kept at most."""
TURN_SECONDS: Final = 1.0


class Channel:
    """What one session's nodes share while any of them listens."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.epoch = 0
        self.tail: deque[CommittedOperation] = deque(maxlen=TAIL)
        self.waiting: deque[asyncio.Future[None]] = deque()


class LocalSequencer:
    """Calls every listener in turn; see `ot_server.sequencer.base.Sequencer`."""

    def __init__(self) -> None:
        self._channels: defaultdict[str, Channel] = defaultdict(Channel)

    async def announce(self, announcement: Announcement) -> None:
        channel = self._channels[announcement.session_id]
        operations = announcement.operations
        if announcement.epoch >= channel.epoch and operations:
            follows = channel.tail and channel.tail[-1].revision + 1 == operations[0].revision
            if announcement.epoch > channel.epoch or not follows:
                channel.tail.clear()
            channel.epoch = announcement.epoch
            channel.tail.extend(operations)
        for listener in tuple(channel.listeners):
            listener(announcement)
        self._pass_turn(channel)

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        channel = self._channels[session_id]
        if channel.epoch != epoch or not channel.tail or channel.tail[0].revision > revision + 1:
            return None
        return list(dropwhile(lambda line: line.revision <= revision, channel.tail))

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

    def _pass_turn(self, channel: Channel) -> None:
        while channel.waiting:
            future = channel.waiting.popleft()
            if not future.done():
                future.set_result(None)
                return

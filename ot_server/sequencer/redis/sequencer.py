"""`RedisSequencer`: what the nodes of many processes tell each other, over one Redis.

Redis keeps a tail of the log and a list of who waits for a turn: nothing that isn't in
the store too, or said again soon.  While it can't be reached, it is as if every message
were lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import random
from typing import Final

import structlog

from ot_server.sequencer.base import (
    TAIL,
    TAIL_BYTES,
    TURN_SECONDS,
    Announcement,
    Changed,
    Listener,
    Message,
    Statement,
)
from ot_server.sequencer.channel import Channel
from ot_server.sequencer.redis.connection import CALL_SECONDS, RedisConnection
from ot_server.sequencer.redis.hearing import Hearing
from ot_server.sequencer.redis.wire import (
    NOBODY,
    Unreadable,
    channel_of,
    decode,
    decode_line,
    encode,
    encode_line,
    key,
    new_ticket,
    script,
    session_of,
)
from ot_server.store.rows import CommittedOperation

__all__ = ["RedisSequencer"]

log = structlog.get_logger(__name__)

KEPT_SECONDS: Final = 600
"""How long the tail of a session is kept while nobody types in it."""
MESSAGE_BYTES: Final = 256 * 1024
"""Longer operations are not sent through Redis: a node that wants them reads the store."""
MOST_UNSENT: Final = 1_000
"""How many messages may wait for Redis; further ones are lost."""
DRAWN_SECONDS: Final = 0.02
"""Without Redis nobody knows whose turn it is: each node waits a random time, up to this."""


class RedisSequencer:
    """See `ot_server.sequencer.base.Sequencer`."""

    def __init__(self, url: str) -> None:
        self.connection = RedisConnection(url)
        self._announce = self.connection.redis.register_script(script("announce"))
        self._tail = self.connection.redis.register_script(script("tail"))
        self._turn = self.connection.redis.register_script(script("turn"))
        self._channels: dict[str, Channel] = {}
        self._turns: dict[bytes, asyncio.Future[None]] = {}
        self._hearing = Hearing(
            self.connection,
            lambda: [channel_of(session_id) for session_id in self._channels],
            hear=self._hear,
            begin=lambda channel: self._pass_on(Changed(session_of(channel))),
        )
        self._unsent: asyncio.Queue[tuple[str | bytes | int, ...]] = asyncio.Queue(MOST_UNSENT)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self._tasks = [
            asyncio.create_task(self._hearing.run(), name="redis hearing"),
            asyncio.create_task(self._send(), name="redis sending"),
        ]

    async def close(self) -> None:
        with suppress(TimeoutError):  # a goodbye may still have to be sent
            async with asyncio.timeout(CALL_SECONDS):
                await self._unsent.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()

    @property
    def is_reached(self) -> bool:
        return self.connection.up.is_set()

    @property
    def failures(self) -> int:
        return self.connection.failures

    async def announce(self, announcement: Announcement) -> None:
        session_id, operations = announcement.session_id, announcement.operations
        is_long = sum(len(line.operation) for line in operations) > MESSAGE_BYTES
        message = Changed(session_id) if is_long else announcement
        arguments = [
            announcement.epoch,
            operations[0].revision,
            operations[-1].revision,
            channel_of(session_id),
            encode(message),
            TAIL,
            TAIL_BYTES,
            KEPT_SECONDS,
            *(() if is_long else map(encode_line, operations)),
        ]
        keys = [key(session_id, part) for part in ("state", "tail", "turns")]
        is_passed = await self.connection.call(lambda: self._announce(keys, arguments))
        channel = self._channels.get(session_id)
        if is_passed and channel is not None:
            await channel.let_go_first(operations[-1].revision)

    def tell(self, message: Changed | Statement) -> None:
        self._put("PUBLISH", channel_of(message.session_id), NOBODY + encode(message))

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        channel = self._channels.get(session_id)
        heard = channel and channel.tail.since(epoch, revision)
        if heard:
            return heard
        keys = [key(session_id, part) for part in ("state", "tail")]
        lines = await self.connection.call(lambda: self._tail(keys, [epoch, revision]))
        try:
            return None if lines is None else [decode_line(line) for line in lines]
        except Unreadable:
            log.warning("redis_unreadable", session=session_id)
            return None

    async def turn(self, session_id: str) -> None:
        ticket, turns = new_ticket(), key(session_id, "turns")
        mine = self._turns[ticket] = asyncio.get_running_loop().create_future()
        expires = round(2_000 * TURN_SECONDS)
        try:
            if await self.connection.call(lambda: self._turn([turns], [ticket, expires])) is None:
                await asyncio.sleep(random() * DRAWN_SECONDS)
                return
            async with asyncio.timeout(TURN_SECONDS):
                await mine
        except TimeoutError:
            pass
        finally:
            del self._turns[ticket]
            if not mine.done() or mine.cancelled():
                self._put("LREM", turns, 1, ticket)

    def listen(self, session_id: str, listener: Listener) -> Callable[[], None]:
        channel = self._channels.setdefault(session_id, Channel())
        channel.listeners.append(listener)
        self._hearing.look()

        def stop() -> None:
            channel.listeners.remove(listener)
            if not channel.listeners:
                self._channels.pop(session_id, None)
                self._hearing.look()

        return stop

    def _hear(self, channel: bytes, data: bytes) -> None:
        try:
            ticket, message = decode(data)
        except Unreadable:
            log.warning("redis_unreadable", session=session_of(channel))
            return
        turn = self._turns.get(ticket)
        if turn is not None and not turn.done():
            turn.set_result(None)
        self._pass_on(message)

    def _pass_on(self, message: Message) -> None:
        channel = self._channels.get(message.session_id)
        if channel is not None:
            channel.tell(message)

    def _put(self, *command: str | bytes | int) -> None:
        if self.is_reached and not self._unsent.full():
            self._unsent.put_nowait(command)

    async def _send(self) -> None:
        while True:
            command = await self._unsent.get()
            await self.connection.call(partial(self.connection.redis.execute_command, *command))
            self._unsent.task_done()

"""`Hearing`: one connection over which a node hears all that is said of its sessions.

It asks Redis for a sign of life every second, to notice one that has gone silent.  A
connection that was lost is opened again, however many attempts that takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from random import random
from typing import Final

import structlog
from redis.asyncio.client import PubSub

from ot_server.sequencer.redis.connection import ERRORS, RedisConnection

__all__ = ["Hearing"]

log = structlog.get_logger(__name__)

PING_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 3.0
"""A Redis that has been silent for this long counts as gone."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""The most seconds between attempts; drawn at random, so that nodes don't come all at once."""
LOBBY: Final = "ot"
"""A channel where nothing is said: a connection without any subscription can't be pinged."""


class Hearing:
    """Stays subscribed to the channels that are wanted."""

    def __init__(
        self,
        connection: RedisConnection,
        wanted: Callable[[], Collection[str]],
        *,
        hear: Callable[[bytes, bytes], None],
        begin: Callable[[bytes], None],
    ) -> None:
        """`hear` is called with a channel and what was said there; `begin` when it can be heard.

        `wanted` returns the channels; call `look` when they have changed.
        """
        self._connection = connection
        self._wanted = wanted
        self._hear = hear
        self._begin = begin
        self._looks = asyncio.Event()
        self._pause = FIRST_PAUSE

    def look(self) -> None:
        """Look again at which channels are wanted."""
        self._looks.set()

    async def run(self) -> None:
        """Hear until cancelled."""
        while True:
            try:
                async with self._connection.redis.pubsub() as pubsub:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        await pubsub.subscribe(LOBBY)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._read(pubsub))
                        group.create_task(self._subscribe(pubsub))
            except* ERRORS as errors:
                self._connection.lost(errors.exceptions[0])
            except* Exception:
                # A bug.  Go on: nobody else hears for this node.
                log.exception("hearing_failed")
            await asyncio.sleep(self._pause * random())
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                raise TimeoutError
            self._pause = FIRST_PAUSE
            self._connection.heard()
            match message["type"]:
                case "message":
                    self._hear(message["channel"], message["data"])
                case "subscribe" if message["channel"] != LOBBY.encode():
                    self._begin(message["channel"])

    async def _subscribe(self, pubsub: PubSub) -> None:
        """Subscribe to what is wanted, and ask for a sign of life."""
        subscribed: set[str] = set()
        while True:
            self._looks.clear()
            wanted = set(self._wanted())
            async with asyncio.timeout(SILENCE_SECONDS):
                if wanted - subscribed:
                    await pubsub.subscribe(*(wanted - subscribed))
                if subscribed - wanted:
                    await pubsub.unsubscribe(*(subscribed - wanted))
                await pubsub.ping()
            subscribed = wanted
            with suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._looks.wait()

"""`Typist`: a client that types at a steady pace, each time a character that nobody else types.

So the text itself shows what is lost or doubled.  Sometimes it deletes what anybody has typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from random import Random
from typing import Final

from ot_client import Joined, Session, connect
from tests.faults.recorder import Recorder

__all__ = ["Typist", "characters"]

EVERY_SECONDS: Final = 0.25
"""The average time from key to key."""
DELETES: Final = 0.1
"""How often a key deletes."""


def characters() -> Iterator[str]:
    """Yield characters, each once: some of two bytes, some of three, most of four."""
    return map(chr, chain(range(0x100, 0xD800), range(0x10000, 0x110000)))


class Typist:
    """One person in one session."""

    def __init__(
        self, urls: Sequence[str], joined: Joined, characters: Iterator[str], random: Random
    ) -> None:
        """`urls` are the nodes: it connects to the first, and to the next when that fails."""
        self.typed: list[str] = []
        self.deleted: set[str] = set()
        self.session_id = joined.session.id
        self.recorder = Recorder(urls, self.session_id)
        self._address = joined.address
        self._token = joined.token
        self._characters = characters
        self._random = random
        self._session: Session | None = None
        self._is_here = asyncio.Event()
        self._is_over = asyncio.Event()

    @property
    def session(self) -> Session:
        """Its view of the text."""
        assert self._session is not None
        return self._session

    @property
    def client_id(self) -> str:
        """The id of its edits in the log."""
        return self.session.client_id

    async def run(self) -> None:
        """Connect, and stay until `leave` is called."""
        connecting = connect(self._address, self._token, dial=self.recorder.dial, within=30)
        async with connecting as self._session:
            self._is_here.set()
            await self._is_over.wait()

    async def is_here(self) -> None:
        """Wait for the welcome."""
        await self._is_here.wait()

    def leave(self) -> None:
        """Leave, which ends `run`."""
        self._is_over.set()

    async def type(self) -> None:
        """Type until cancelled."""
        while True:
            self._press()
            await asyncio.sleep(self._random.uniform(0, 2 * EVERY_SECONDS))

    async def is_served(self) -> None:
        """Wait until an edit that is sent from now on is acknowledged."""
        sent = self.recorder.sent
        await self.recorder.until(lambda: self.recorder.acked > sent)

    async def has(self, head: int) -> None:
        """Wait until it has the whole log, up to this revision."""
        await self.recorder.until(lambda: self.session.revision >= head)

    def _press(self) -> None:
        session = self.session
        if session.length and self._random.random() < DELETES:
            index = self._random.randrange(session.length)
            self.deleted.add(session.text[index])
            session.delete(index, index + 1)
        else:
            self.typed.append(next(self._characters))
            session.insert(self._random.randint(0, session.length), self.typed[-1])

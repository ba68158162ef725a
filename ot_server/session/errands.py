"""`Errands`: edits that come without a connection, and who waits for their answers.

Each is the only edit of a client of its own.  So it is decided once, like everybody's, and
what became of it when an outcome was unknown, the client's row in the store says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ot_server.session.request import Answer
from ot_server.store.base import OutcomeUnknown

__all__ = ["Errands"]


class Errands:
    """Client id to the future of its answer."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    @contextmanager
    def waiting(self, client_id: str) -> Iterator[asyncio.Future[Answer]]:
        """Wait for a client's answer in this block."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[client_id] = future
        try:
            yield future
        finally:
            del self._waiting[client_id]

    def answer(self, client_id: str, answer: Answer) -> None:
        """It is decided; nothing is done if nobody waits for this client."""
        future = self._waiting.get(client_id)
        if future is not None and not future.done():
            future.set_result(answer)

    def give_up(self, client_id: str) -> None:
        """Nobody here will learn what becomes of it."""
        future = self._waiting.get(client_id)
        if future is not None and not future.done():
            future.set_exception(OutcomeUnknown("the edit was not decided in time"))

    def give_up_all(self) -> None:
        """Nobody here decides anything any more."""
        for client_id in self._waiting:
            self.give_up(client_id)

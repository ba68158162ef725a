"""`Pen`: writes at one place of a live session, as the assistant.

Each piece is an edit of the task's own client, decided like anybody's, and made once whatever
goes wrong on the way.  The next piece follows where the last one has ended up.
"""

from __future__ import annotations

import asyncio
from typing import Final

from ot_core import Operation, OTError, Selection
from ot_server.assistant.failures import AssistantFailed
from ot_server.errors import Evicted, OutcomeUnknown, StoreUnavailable
from ot_server.session.actor import Actor
from ot_server.session.hub import Hub
from ot_server.session.request import Answer, Committed, Moving, Refused, Request, Trimmed
from ot_server.session.server_edits import server_edit
from ot_server.store.rows import AssistantTask

__all__ = ["Pen"]

AGAIN_SECONDS: Final = 0.5
"""How long it waits for a store that can't be reached."""


class Pen:
    """The place where a task writes."""

    def __init__(
        self,
        hub: Hub,
        actor: Actor,
        task: AssistantTask,
        participant_id: str,
        start: int,
        stop: int,
    ) -> None:
        """Begin by replacing ``[start, stop)`` of the actor's text."""
        self._hub = hub
        self._actor = actor
        self._task = task
        self._participant_id = participant_id
        self._seq = 0
        self._epoch = actor.replica.epoch
        self._length = actor.replica.document.length
        self._start, self._stop = start, stop
        self.revision = actor.replica.head
        self.last: int | None = None
        """The last revision that it has written."""
        self.characters = 0

    async def write(self, text: str) -> None:
        """Write a piece.  If the caller is cancelled, this returns when the piece is decided.

        Raises:
            AssistantFailed: it can't or may not be part of the text.
            Corrupt: the log is damaged.
        """
        self._seq += 1
        try:
            operation = Operation.replace(self._length, self._start, self._stop, text)
        except OTError:
            raise AssistantFailed("assistant_output_refused") from None
        caret = self._start + len(text)
        request = server_edit(
            self._task.id,
            self._participant_id,
            operation,
            self.revision,
            seq=self._seq,
            caret=caret,
            asked_by=self._task.participant_id,
        )
        revision = await self._committed(request)
        moving = Moving(operation, self.revision, (Selection(caret, caret),))
        await self._actor.reach(self.revision)
        history = self._actor.replica.document.history
        for block in history.between(self.revision, revision - 1):
            moving = moving.over(block)
        self.revision = self.last = revision
        self._length = moving.operation.target_length
        self._start = self._stop = moving.selections[0].head
        self.characters += len(text)

    async def _committed(self, request: Request) -> int:
        """Commit an edit, however long the store is away, and return its revision."""
        while True:
            try:
                if self._actor.is_gone:
                    self._actor = await self._hub.actor(self._task.session_id)
                    await self._actor.caught_up()
                if self._actor.replica.epoch != self._epoch:
                    raise AssistantFailed("assistant_lock_lost")
                answer = await self._decided(request)
            except (OutcomeUnknown, StoreUnavailable):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            except Evicted:
                if self._hub.is_draining:
                    raise
                continue
            match answer:
                case Committed(revision):
                    return revision
                case Refused("locked", _):
                    raise AssistantFailed("assistant_lock_lost")
                case Refused(_, message):
                    raise AssistantFailed("assistant_output_refused", message)
                case Trimmed():
                    raise AssistantFailed("assistant_output_refused")

    async def _decided(self, request: Request) -> Answer:
        """Return what becomes of an edit.

        The edit can't be taken back, and takes at most `unavailable_seconds`.  So even a task that
        is to end waits for it: once a task has ended it writes nothing more.
        """
        deciding = asyncio.create_task(self._actor.server_edits.decided(request, self._epoch))
        try:
            await asyncio.wait([deciding])
        finally:
            await asyncio.gather(deciding, return_exceptions=True)
        return deciding.result()

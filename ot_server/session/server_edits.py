"""`ServerEdits`: edits that come without a connection, and the calls that wait for their answers.

Each is made by a client of its own, usually its only edit.  So it is decided once, like every
edit, and if the outcome is unknown, the client's row in the store says what it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from msgspec import Raw, json

from ot_core import Operation
from ot_protocol.messages import Edit
from ot_server.errors import OutcomeUnknown
from ot_server.session.request import Answer, Request
from ot_server.store.contract import SessionStore
from ot_server.store.rows import ClientRow

__all__ = ["ServerEdits", "server_edit"]


class ServerEdits:
    """Maps client ids to the futures of their answers."""

    def __init__(
        self,
        session_id: str,
        store: SessionStore,
        submit: Callable[[Request, int], None],
    ) -> None:
        """`submit` accepts an edit of a text of this epoch, or raises the reason against it."""
        self._session_id = session_id
        self._store = store
        self._submit = submit
        self._waiting: dict[str, list[asyncio.Future[Answer]]] = {}

    async def edit(
        self, participant_id: str, operation: Operation, revision: int, epoch: int
    ) -> Answer:
        """Commit an edit of a participant, made on the text at `revision` of this epoch.

        It is decided like any other, so it may be refused, and what others commit meanwhile
        stays.  If the caller stops waiting, the edit goes on.

        Raises:
            Evicted: nothing was done, because the session is not live here any more, or has
                begun a new epoch: ask the hub again.
            Corrupt: nothing was done, because the log is damaged.
            OutcomeUnknown: it may have been committed, or may be yet.
            StoreUnavailable: nothing was done.
        """
        client_id = str(uuid4())
        await self.claimed(client_id, participant_id)
        request = server_edit(client_id, participant_id, operation, revision)
        return await self.decided(request, epoch)

    async def decided(self, request: Request, epoch: int) -> Answer:
        """Commit the edit of such a client, and return its answer.

        Raises the same as `edit`.
        """
        with self._waiting_for(request.client_id) as answer:
            self._submit(request, epoch)
            return await answer

    async def claimed(self, client_id: str, participant_id: str) -> ClientRow:
        """Return what was decided about a client; claim it for a participant if nobody has.

        Raises:
            StoreUnavailable, OutcomeUnknown: it may be claimed.
        """
        return await self._store.claim_client(self._session_id, client_id, participant_id)

    @contextmanager
    def _waiting_for(self, client_id: str) -> Iterator[asyncio.Future[Answer]]:
        """Wait for a client's answer in this block; others may wait for it too."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client_id, []).append(future)
        try:
            yield future
        finally:
            self._waiting[client_id].remove(future)
            if not self._waiting[client_id]:
                del self._waiting[client_id]

    def answer(self, client_id: str, answer: Answer) -> None:
        """Pass on an answer to those who wait for this client, if anybody does."""
        for future in self._waiting.get(client_id, ()):
            if not future.done():
                future.set_result(answer)

    def give_up(self, client_id: str) -> None:
        """Tell those who wait for this client that the outcome is unknown."""
        for future in self._waiting.get(client_id, ()):
            if not future.done():
                future.set_exception(OutcomeUnknown("the edit was not decided in time"))

    def give_up_all(self) -> None:
        """Tell everybody who waits that nothing more is decided here."""
        for client_id in self._waiting:
            self.give_up(client_id)


def server_edit(
    client_id: str,
    participant_id: str,
    operation: Operation,
    revision: int,
    *,
    seq: int = 1,
    caret: int | None = None,
    asked_by: str | None = None,
) -> Request:
    """Return an edit of such a client, made on the text at `revision`.

    `caret` is where the participant's caret is after it, in code points.
    """
    selections = None if caret is None else [(caret, caret)]
    edit = Edit(seq, revision, Raw(json.encode(operation.components)), selections)
    now = asyncio.get_running_loop().time()
    return Request(client_id, participant_id, edit, revision, now, asked_by)

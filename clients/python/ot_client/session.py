"""`Session`: one shared text, as the user of this package sees it.

Edits are made at once and never wait for the network; what the network does in the
meantime is told as events.  Positions are code points of `Session.text`, the text shown.

Everything here belongs to the event loop that the session was opened in; from other threads
use `ot_client.sync`.  What waits may be cancelled, and then nothing else has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from msgspec import UNSET

from ot_client.clock import Clock
from ot_client.connection import Phase
from ot_client.emitter import Emitter, Listener
from ot_client.errors import NotEditable, Refused, SessionClosed
from ot_client.events import Changed, Event, StatusChanged, Unsaved
from ot_client.host import Host
from ot_client.machine import Machine
from ot_client.presence import Presence
from ot_client.socket import Token
from ot_client.status import State, Status
from ot_client.storage import FileStorage
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_client.waiting import Waiting
from ot_core import Operation, Selection
from ot_protocol.messages import Diagnostic, Limits, Participant, Role, SessionInfo

__all__ = ["Session"]


class Session:
    """One client's view of a session; `ot_client.connect` makes it.

    What is typed is never lost in silence: it is committed, or offered back as
    `Unsaved`: by an event, in `unsaved`, and to those who wait or leave.
    """

    def __init__(
        self,
        address: str,
        dial: Dial,
        token: Token | None,
        name: str | None,
        client_id: str,
        clock: Clock,
        jitter: Jitter,
        storage: FileStorage | None = None,
    ) -> None:
        record = None if storage is None else storage.record
        self.address = address
        """Where the session is."""
        self._machine = Machine(client_id, jitter, name=name, record=record)
        self._host = Host(
            self._machine, dial, token, clock, jitter, storage, self._happened, self._settled
        )
        self._emitter = Emitter()
        self._unsaved: list[Unsaved] = []
        self._waiting = Waiting()
        self._status = self.status
        self._welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __repr__(self) -> str:
        state, here = self.status.state.value, f"revision {self.revision}"
        return f"<Session {self.address}: {state} at {here}, {self.length} code points>"

    # The text.

    @property
    def text(self) -> str:
        """The text shown: what is confirmed, and on it all that was typed here."""
        return self._machine.text

    @property
    def length(self) -> int:
        """The length of the text shown, in code points."""
        return self._machine.length

    @property
    def revision(self) -> int:
        """The revision of what is confirmed."""
        return self._machine.revision

    @property
    def editable(self) -> bool:
        """Whether `edit` takes anything: one's role allows it, and it is not over."""
        return self._machine.ended is None and self._machine.facts.may_edit

    def insert(self, index: int, text: str) -> None:
        """Put `text` at `index`.  Raises as `edit` does."""
        self.replace(index, index, text)

    def delete(self, start: int, stop: int) -> None:
        """Drop ``[start, stop)``.  Raises as `edit` does."""
        self.replace(start, stop, "")

    def replace(self, start: int, stop: int, text: str) -> None:
        """Put `text` in the place of ``[start, stop)``.  Raises as `edit` does."""
        self.edit(Operation.replace(self.length, start, stop, text))

    def edit(self, operation: Operation) -> None:
        """Apply an operation to the text shown, now; it is sent as soon as it may be.

        `status` is true of it at once.  Where it raises, nothing has changed.

        Raises:
            InvalidOperation: it is out of range, or an insert holds what the protocol
                doesn't carry: U+0000, or a carriage return (line ends are "\\n").
            LengthMismatch: it was not made for the text shown.
            TooLarge: the text would have more bytes than the server takes.
            NotEditable: one's role doesn't allow it; see `editable`.
            SessionClosed: the session is over.
        """
        self._require_open()
        if not self.editable:
            raise NotEditable(f"{self._machine.facts.role}s can't edit this session")
        self._host.do(lambda machine: machine.edit(operation))

    # What becomes of it.

    @property
    def status(self) -> Status:
        """What to tell a person about their typing: true of this moment, also after an edit."""
        status = self._machine.status
        if self._unsaved:
            status = replace(status, is_safe=False)
        if status.state in (State.SAVED, State.SAVING) and self._unsaved:
            return replace(status, state=State.REFUSED, reason=self._unsaved[-1].reason)
        return status

    @property
    def unsaved(self) -> tuple[Unsaved, ...]:
        """What could not be saved and was not dismissed, oldest first."""
        return tuple(self._unsaved)

    def dismiss(self, id: str) -> None:
        """Forget what could not be saved: somebody has it, or needs it no more."""
        dismissed = [one for one in self._unsaved if one.id == id]
        self._unsaved = [one for one in self._unsaved if one.id != id]
        self._waiting.tell(dismissed)
        self._tell_status()

    async def synchronized(self) -> None:
        """Wait until all that was typed before this call is committed.

        What is typed later keeps nobody waiting, except where it goes in one operation with
        what was typed before.  Offline it waits for the connection, if there is anything to save.

        Raises:
            Refused: something typed before will never be committed, the rest is.  It is in the
                exception, and stays in `unsaved`; each is raised once, also if it was given up
                before this call.
            SessionClosed: the session is over; `unsaved` has what was not saved.
        """
        self._require_open()
        decided = self._waiting.wait(self._machine.made)
        self._let_go()
        refused = await decided
        if refused:
            self._waiting.tell(refused)
            raise Refused(refused)

    # The people.

    def select(
        self,
        selections: Sequence[Selection] | None = None,
        *,
        typing: bool = False,
        data: Any = UNSET,
    ) -> None:
        """Show the others where this client's selections are; the first is the main one.

        They move with the text until they are set anew.  Ends outside of it are moved into it.

        Args:
            selections: left out, they are where they are.
            typing: whether this counts as typing, as each edit does.
            data: any JSON, to be shown beside them until it is set anew; None: nothing.

        Raises:
            TooLarge: the data has more than 1 KiB as JSON.
            TypeError, ValueError: it is not JSON.
            SessionClosed: the session is over.
        """
        self._require_open()
        self._host.do(lambda machine: machine.select(selections, typing, data))

    @property
    def presence(self) -> dict[str, tuple[Presence, ...]]:
        """What all other connections show, by participant; this participant may have some too."""
        return self._machine.presences.others()

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong with the code in the text shown, as far as the server has told."""
        return self._machine.diagnostics.all()

    @property
    def participants(self) -> dict[str, Participant]:
        """All who are connected, by id."""
        return dict(self._machine.facts.participants)

    @property
    def participant(self) -> str:
        """The id of the participant that this client is."""
        return self._machine.facts.participant

    @property
    def role(self) -> Role:
        """What this participant may do."""
        return self._machine.facts.role

    @property
    def info(self) -> SessionInfo:
        """The session's id, title, language and lock, and whether and how often code is run."""
        return self._machine.facts.session

    @property
    def limits(self) -> Limits:
        """What the server takes, and how much of it."""
        return self._machine.facts.limits

    @property
    def client_id(self) -> str:
        """The id under which the server keeps this client's seqs."""
        return self._machine.client_id

    # What happens.

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event as it happens; return what ends that.

        Within the call the session is as the whole message has left it: after an update of
        several changes the text is already the one after the last.  An editor or a copy of
        the text that makes edits too listens so: between an event and an edit there is then
        never another event.  A listener that raises ends the session: `close` raises the same.
        """
        return self._emitter.listen(listener)

    def events(self) -> AsyncIterator[Event]:
        """Return all events from now on, to be read one by one until the session is over.

        What is not read is kept: who stops reading should drop the iterator.
        """
        return self._emitter.stream()

    def changes(self) -> AsyncIterator[Changed]:
        """Return the changes from now on that were not made by an edit of this client."""
        return (event async for event in self.events() if isinstance(event, Changed))

    # Beginning and end.

    async def start(self) -> None:
        """Connect, and wait for the text: `connect` does that.

        Raises:
            SessionClosed: the server doesn't let this client in.
        """
        self._host.start()
        await self._welcomed

    async def close(self, *, wait: float = 0) -> tuple[Unsaved, ...]:
        """Leave, once all that was typed is committed or `wait` seconds are over.

        Returns what is not committed and nobody was told of yet: it is kept nowhere else.  (With
        a storage what is not sent stays there, and goes out on the next visit.)  If it is
        cancelled the session is closed without waiting.
        """
        try:
            if wait > 0 and self._machine.ended is None:
                decided = self._waiting.wait(self._machine.made)
                self._let_go()
                with suppress(TimeoutError, SessionClosed):
                    async with asyncio.timeout(wait):
                        await decided
        finally:
            await self._host.close()
        untold = self._waiting.untold
        self._waiting.tell(untold)
        return tuple(untold)

    @property
    def _closed(self) -> SessionClosed | None:
        """What is raised to those who use the session after its end."""
        end = self._machine.ended
        if end is None:
            return None
        closed = SessionClosed(end.code, end.message or end.reason)
        closed.__cause__ = self._host.failure
        return closed

    def _require_open(self) -> None:
        if self._closed is not None:
            raise self._closed

    # Telling.

    def _happened(self, event: Event) -> None:
        if isinstance(event, Unsaved):
            self._unsaved.append(event)
            self._waiting.give_up(event)
        self._emitter.emit(event)

    def _settled(self) -> None:
        self._tell_status()
        self._let_go()
        if self._machine.ended is not None:
            self._emitter.end()
        self._emitter.check()

    def _tell_status(self) -> None:
        status = self.status
        if status != self._status:
            self._status = status
            self._emitter.emit(StatusChanged(status))

    def _let_go(self) -> None:
        closed = self._closed
        if not self._welcomed.done():
            if closed is not None:
                self._welcomed.set_exception(closed)
            elif self._machine.phase is Phase.OPEN:
                self._welcomed.set_result(None)
        self._waiting.let_go(self._machine.decided, closed)

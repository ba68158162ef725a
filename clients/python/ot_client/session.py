"""`Session`: one shared text, as the user of this package sees it.

Edits are made at once and never wait for the network; what the network does in the
meantime is told as events.  Positions are code points of `Session.text`, the text shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from weakref import WeakSet

from ot_client.clock import Clock
from ot_client.connection import Phase
from ot_client.errors import Refused, SessionClosed
from ot_client.events import Changed, Event, StateChanged, Unsaved
from ot_client.machine import Machine
from ot_client.presence import Presence
from ot_client.socket import Socket, Token
from ot_client.status import State
from ot_client.storage import FileStorage
from ot_client.stream import EventStream
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_core import Operation, Selection
from ot_protocol import CloseCode
from ot_protocol.messages import Diagnostic, Limits, Participant, Role, SessionInfo

__all__ = ["Session"]

Listener = Callable[[Event], None]


class Session:
    """One client's view of a session; `ot_client.connect` makes it.

    What is typed is never lost in silence: it is committed, or offered back as
    `Unsaved`, by an event and by `take_unsaved`.
    """

    def __init__(
        self,
        dial: Dial,
        token: Token | None,
        name: str | None,
        client_id: str,
        clock: Clock,
        jitter: Jitter,
        storage: FileStorage | None = None,
    ) -> None:
        record = None if storage is None else storage.record
        self._machine = Machine(client_id, jitter, name=name, record=record)
        self._storage = storage
        self._will_store = False
        self._clock = clock
        self._socket = Socket(self._machine, dial, token, clock, jitter, self._settle)
        self._task: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        """What went wrong here, and was nobody's message."""
        self._state = State.CONNECTING
        self._unsaved: list[Unsaved] = []
        self._listeners: list[Listener] = []
        self._streams: WeakSet[EventStream] = WeakSet()
        self._welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: list[asyncio.Future[None]] = []

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

        Raises:
            InvalidOperation: it is out of range, or an insert holds what the protocol
                doesn't carry: U+0000, or a carriage return (line ends are "\\n").
            LengthMismatch: it was not made for the text shown.
            TooLarge: the text would have more bytes than the server takes.
            SessionClosed: the session is over.
        """
        self._require_open()
        self._machine.at(self._clock.time())
        self._machine.edit(operation)
        self._socket.wake()
        self._store_soon()
        self._tell_state()

    async def synchronized(self) -> None:
        """Wait until all that was typed is committed.

        Raises:
            Refused: something typed since the last call never will be; it is in the
                exception, and no longer in `take_unsaved`.
            SessionClosed: the session is over; `take_unsaved` has what was not saved.
        """
        self._require_open()
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._let_go()
        await waiter

    def take_unsaved(self) -> list[Unsaved]:
        """Return what could not be saved since this was called last, oldest first."""
        taken, self._unsaved = self._unsaved, []
        self._tell_state()
        return taken

    # The people.

    def select(self, selections: Sequence[Selection], *, typing: bool = False) -> None:
        """Show the others where this participant's selections are; the first is the main one.

        They move with the text until they are set anew.  Ends outside of the text are moved
        into it.

        Raises:
            SessionClosed: the session is over.
        """
        self._require_open()
        self._machine.at(self._clock.time())
        self._machine.select(selections, typing)
        self._socket.wake()

    @property
    def others(self) -> dict[str, Presence]:
        """The others' selections in the text shown, by participant."""
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

    @property
    def state(self) -> State:
        """What to tell a person about their typing."""
        state = self._machine.status.state
        is_open = state in (State.SAVED, State.SAVING)
        return State.REFUSED if is_open and self._unsaved else state

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event as it happens; return what ends that.

        Within the call the session is as the whole message has left it: after an update of
        several changes the text is already the one after the last.  An editor or a copy of
        the text that makes edits too listens so: between an event and an edit there is then
        never another event.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def events(self) -> AsyncIterator[Event]:
        """Return all events from now on, to be read one by one until the session is over.

        What is not read is kept: who stops reading should drop the iterator.
        """
        stream = EventStream()
        if self._machine.ended is None:
            self._streams.add(stream)
        else:
            stream.end()
        return stream

    def changes(self) -> AsyncIterator[Changed]:
        """Return the changes from now on that were not made by an edit of this client."""
        return (event async for event in self.events() if isinstance(event, Changed))

    # Beginning and end.

    async def start(self) -> None:
        """Connect, and wait for the text.

        Raises:
            SessionClosed: the server doesn't let this client in.
        """
        self._task = asyncio.create_task(self._run())
        await self._welcomed

    async def leave(self, within: float) -> None:
        """Close, once all that was typed is committed or `within` seconds are over.

        Raises:
            Refused: something is not saved, and not taken by `take_unsaved`.
        """
        try:
            async with asyncio.timeout(within):
                await self.synchronized()
        except (TimeoutError, SessionClosed):
            pass
        finally:
            await self.close()
        if self._unsaved:
            raise Refused(self.take_unsaved())

    async def close(self) -> None:
        """Close now; what is not saved yet is left to `take_unsaved`."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._store()
        self._end("left")
        if self._task is not None and not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        try:
            await self._socket.run()
        except Exception as error:
            self._failure = error
            self._end("failed", CloseCode.INTERNAL_ERROR, repr(error))
            raise

    def _end(self, reason: str, code: int = CloseCode.NORMAL, message: str = "") -> None:
        self._machine.end(reason, code, message)
        self._settle()

    @property
    def _closed(self) -> SessionClosed | None:
        """What is raised to those who use the session after its end."""
        end = self._machine.ended
        if end is None:
            return None
        closed = SessionClosed(end.code, end.message or end.reason)
        closed.__cause__ = self._failure
        return closed

    def _require_open(self) -> None:
        if self._closed is not None:
            raise self._closed

    # Telling.

    def _settle(self) -> None:
        """Tell what has happened, after the machine was told something."""
        for event in self._machine.events():
            if isinstance(event, Unsaved):
                self._unsaved.append(event)
            self._tell(event)
        self._store()
        self._tell_state()
        self._let_go()
        if self._machine.ended is not None:
            for stream in self._streams:
                stream.end()

    def _store(self) -> None:
        """Store what is unsaved, as it is now."""
        self._will_store = False
        if self._storage is not None:
            for write in self._machine.writes():
                self._machine.stored(self._storage.perform(self._machine.client_id, write))

    def _store_soon(self) -> None:
        """Store what is unsaved once for all edits that are made together."""
        if self._storage is not None and not self._will_store:
            self._will_store = True
            asyncio.get_running_loop().call_soon(self._store)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
        for stream in self._streams:
            stream.put(event)

    def _tell_state(self) -> None:
        state = self.state
        if state is not self._state:
            self._state = state
            self._tell(StateChanged(state))

    def _let_go(self) -> None:
        """Let those go who wait, if there is nothing left to wait for."""
        error: SessionClosed | Refused | None = self._closed
        if not self._welcomed.done():
            if error is not None:
                self._welcomed.set_exception(error)
            elif self._machine.phase is Phase.OPEN:
                self._welcomed.set_result(None)
        if not self._waiting:
            return
        if error is None and self._unsaved:
            error = Refused(self.take_unsaved())
        if error is None and not self._machine.is_synchronized:
            return
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if waiter.done():
                continue  # its task was cancelled
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

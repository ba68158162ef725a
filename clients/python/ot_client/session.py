"""`Session`: one shared text, as the user of this package sees it.

Edits are made at once and never wait for the network; what the network does in the
meantime is told as events.  Positions are code points of `Session.text`, the text shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final
from weakref import WeakSet

from ot_client.carets import Presence
from ot_client.carrier import Carrier, Token
from ot_client.clock import Clock
from ot_client.connection import Connection, Phase
from ot_client.errors import Refused, SessionClosed
from ot_client.events import Changed, Event, State, StateChanged, Unsaved
from ot_client.stream import EventStream
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_core import Operation, Selection
from ot_protocol import CloseCode
from ot_protocol.messages import Diagnostic, Limits, Participant, Role, SessionInfo

__all__ = ["Session"]

NORMAL_CLOSURE: Final = 1000

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
    ) -> None:
        self._connection = Connection(client_id, jitter)
        self._clock = clock
        self._carrier = Carrier(self._connection, dial, token, name, clock, jitter, self._happened)
        self._task: asyncio.Task[None] | None = None
        self._state = State.CONNECTING
        self._ended: SessionClosed | None = None
        self._unsaved: list[Unsaved] = []
        self._listeners: list[Listener] = []
        self._streams: WeakSet[EventStream] = WeakSet()
        self._welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: list[asyncio.Future[None]] = []

    # The text.

    @property
    def text(self) -> str:
        """The text shown: what is confirmed, and on it all that was typed here."""
        return self._connection.text

    @property
    def length(self) -> int:
        """The length of the text shown, in code points."""
        return self._connection.client.length

    @property
    def revision(self) -> int:
        """The revision of what is confirmed."""
        return self._connection.client.revision

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
            TooLarge: it is over a limit of the server.
            SessionClosed: the session is over.
        """
        self._require_open()
        self._connection.edit(operation, self._clock.time())
        self._carrier.wake()
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
        self._settle()
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
        self._connection.select(selections, typing)
        self._carrier.wake()

    @property
    def others(self) -> dict[str, Presence]:
        """The others' selections in the text shown, by participant."""
        return self._connection.carets.others()

    @property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with the code in the text shown, as far as the server has told."""
        return self._connection.problems.all()

    @property
    def participants(self) -> dict[str, Participant]:
        """All who are connected, by id."""
        return dict(self._connection.roster.participants)

    @property
    def participant(self) -> str:
        """The id of the participant that this client is."""
        return self._connection.roster.participant

    @property
    def role(self) -> Role:
        """What this participant may do."""
        return self._connection.roster.role

    @property
    def info(self) -> SessionInfo:
        """The session's id, title, language and lock."""
        return self._connection.roster.session

    @property
    def limits(self) -> Limits:
        """What the server takes, and how much of it."""
        return self._connection.roster.limits

    @property
    def client_id(self) -> str:
        """The id under which the server keeps this client's seqs."""
        return self._connection.client_id

    # What happens.

    @property
    def state(self) -> State:
        """What to tell a person about their typing."""
        if self._ended is not None:
            return State.CLOSED
        if self._connection.phase is not Phase.OPEN:
            return State.OFFLINE if self._welcomed.done() else State.CONNECTING
        if self._unsaved:
            return State.REFUSED
        return State.SAVED if self._connection.client.outstanding is None else State.SAVING

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
        if self._ended is None:
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
        self._end(SessionClosed(NORMAL_CLOSURE, "closed by its user"))
        if self._task is not None and not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        try:
            ended = await self._carrier.run()
        except Exception as error:
            ended = SessionClosed(CloseCode.INTERNAL_ERROR, repr(error))
            ended.__cause__ = error
            self._end(ended)
            raise
        self._end(ended)

    def _end(self, ended: SessionClosed) -> None:
        if self._ended is None:
            self._ended = ended
            self._happened(self._connection.abandon())
            for stream in self._streams:
                stream.end()

    def _require_open(self) -> None:
        if self._ended is not None:
            raise self._ended

    # Telling.

    def _happened(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Unsaved):
                self._unsaved.append(event)
            self._tell(event)
        self._tell_state()
        self._settle()

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

    def _settle(self) -> None:
        """Let go who waits, if there is nothing left to wait for."""
        if not self._welcomed.done():
            if self._ended is not None:
                self._welcomed.set_exception(self._ended)
            elif self._connection.phase is Phase.OPEN:
                self._welcomed.set_result(None)
        if not self._waiting:
            return
        error: SessionClosed | Refused | None = self._ended
        if error is None and self._unsaved:
            error = Refused(self.take_unsaved())
        if error is None and self._connection.client.outstanding is not None:
            return
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if waiter.done():
                continue  # whoever waited gave up
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

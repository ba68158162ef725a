"""`Session`: one shared text, for the thread that reads and edits it.

The session itself lives in another thread, in which the text changes while this one computes.
Invariant: `_missed` leads from the text that this thread has read last, with its edits since,
to the text shown.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Final, TypeVar

from msgspec import UNSET

from ot_client.connect import WITHIN, leave
from ot_client.errors import Refused, SessionClosed
from ot_client.events import Changed, Event, Unsaved
from ot_client.presence import Presence
from ot_client.session import Session as AsyncSession
from ot_client.status import Status
from ot_client.sync.background import Background
from ot_core import Operation, Selection, transform
from ot_protocol import CloseCode
from ot_protocol.messages import Diagnostic, Limits, Participant, Role, SessionInfo

__all__ = ["Session"]

T = TypeVar("T")


class Session:
    """One client's view of a session, as `ot_client.Session`; `connect` makes it."""

    def __init__(self, session: AsyncSession, background: Background, within: float) -> None:
        self._session = session
        self._background = background
        self._within = within
        self._is_closed = False
        self._missed: Operation | None = None
        """What others have done to the text since it was read."""
        self._do(lambda: session.listen(self._miss))
        OPEN.add(self)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Leave once all is committed; at once where the block was interrupted.

        Raises:
            Refused: something is not, and the block has not failed by itself.
        """
        self._end(lambda: leave(self._session, self._within, error))

    def __repr__(self) -> str:
        return self._do(lambda: repr(self._session))

    @property
    def address(self) -> str:
        """Where the session is."""
        return self._session.address

    # The text.

    @property
    def text(self) -> str:
        """The text shown.  Positions are those of what was read last."""
        return self._read(lambda: self._session.text)

    @property
    def length(self) -> int:
        """The length of the text shown, in code points; the text counts as read."""
        return self._read(lambda: self._session.length)

    @property
    def revision(self) -> int:
        """The revision of what is confirmed."""
        return self._do(lambda: self._session.revision)

    @property
    def editable(self) -> bool:
        """Whether `edit` takes anything: one's role allows it, and it is not over."""
        return self._do(lambda: self._session.editable)

    def insert(self, index: int, text: str) -> None:
        """Put `text` at `index`.  Raises as `edit` does."""
        self.replace(index, index, text)

    def delete(self, start: int, stop: int) -> None:
        """Drop ``[start, stop)``.  Raises as `edit` does."""
        self.replace(start, stop, "")

    def replace(self, start: int, stop: int, text: str) -> None:
        """Put `text` in the place of ``[start, stop)``.  Raises as `edit` does."""

        def replace() -> None:
            missed = self._missed
            length = self._session.length if missed is None else missed.base_length
            self._edit(Operation.replace(length, start, stop, text))

        self._do(replace)

    def edit(self, operation: Operation) -> None:
        """Apply an operation to the text that was read last, now: see `ot_client.Session.edit`."""
        self._do(lambda: self._edit(operation))

    # What becomes of it.

    @property
    def status(self) -> Status:
        """What to tell a person about their typing: true of this moment, also after an edit."""
        return self._do(lambda: self._session.status)

    @property
    def unsaved(self) -> tuple[Unsaved, ...]:
        """What could not be saved and was not dismissed, oldest first."""
        return self._do(lambda: self._session.unsaved)

    def dismiss(self, id: str) -> None:
        """Forget what could not be saved: somebody has it, or needs it no more."""
        self._do(lambda: self._session.dismiss(id))

    def synchronized(self) -> None:
        """Wait until all that was typed before is committed: see `ot_client.Session`."""
        self._wait(self._session.synchronized)

    # The people.

    def select(
        self,
        selections: Sequence[Selection] | None = None,
        *,
        typing: bool = False,
        data: Any = UNSET,
    ) -> None:
        """Show the others where one's selections are, in the text that was read last.

        The rest is as in `ot_client.Session.select`.
        """

        def select() -> None:
            moved = selections
            if moved is not None and self._missed is not None:
                moved = [one.transform(self._missed) for one in moved]
            self._session.select(moved, typing=typing, data=data)

        self._do(select)

    @property
    def presence(self) -> dict[str, tuple[Presence, ...]]:
        """What all other connections show in the text shown, which counts as read."""
        return self._read(lambda: self._session.presence)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong with the code in the text shown, which counts as read."""
        return self._read(lambda: self._session.diagnostics)

    @property
    def participants(self) -> dict[str, Participant]:
        """All who are connected, by id."""
        return self._do(lambda: self._session.participants)

    @property
    def participant(self) -> str:
        """The id of the participant that this client is."""
        return self._do(lambda: self._session.participant)

    @property
    def role(self) -> Role:
        """What this participant may do."""
        return self._do(lambda: self._session.role)

    @property
    def info(self) -> SessionInfo:
        """The session's id, title, language and lock, and whether and how often code is run."""
        return self._do(lambda: self._session.info)

    @property
    def limits(self) -> Limits:
        """What the server takes, and how much of it."""
        return self._do(lambda: self._session.limits)

    @property
    def client_id(self) -> str:
        """The id under which the server keeps this client's seqs."""
        return self._do(lambda: self._session.client_id)

    # What happens.

    def events(self) -> Iterator[Event]:
        """Return all events from now on, each when it happens, until the session is over.

        It waits for each of them; they are told, not read: read the text before an edit.
        """
        stream = self._do(self._session.events)

        async def following() -> Event | None:
            return await anext(stream, None)

        def events() -> Iterator[Event]:
            while not self._is_closed and (event := self._wait(following)) is not None:
                yield event

        return events()

    def changes(self) -> Iterator[Changed]:
        """Return the changes from now on that were not made by an edit of this client."""
        return (event for event in self.events() if isinstance(event, Changed))

    # The end.

    def close(self, *, wait: float = 0) -> tuple[Unsaved, ...]:
        """Leave, once all is committed or `wait` seconds are over: see `ot_client.Session`."""
        return self._end(lambda: self._session.close(wait=wait)) or ()

    def _end(self, leaving: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        if self._is_closed:
            return None
        try:
            return self._background.wait_for(leaving())
        finally:
            self._is_closed = True
            OPEN.discard(self)
            self._background.close()

    # In the other thread.

    def _do(self, function: Callable[[], T]) -> T:
        return self._background.call(function)

    def _wait(self, waiting: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._is_closed:
            raise SessionClosed(CloseCode.NORMAL, "left")
        return self._background.wait_for(waiting())

    def _read(self, function: Callable[[], T]) -> T:
        def read() -> T:
            self._missed = None
            return function()

        return self._do(read)

    def _edit(self, operation: Operation) -> None:
        missed = self._missed
        if missed is not None:
            missed, operation = transform(missed, operation)
        self._session.edit(operation)
        self._missed = missed

    def _miss(self, event: Event) -> None:
        if isinstance(event, Changed):
            missed, change = self._missed, event.operation
            self._missed = change if missed is None else missed.compose(change)


OPEN: Final[set[Session]] = set()
"""The sessions that were not closed yet."""


@atexit.register
def _close_all() -> None:
    """Save what was typed in sessions that nobody has closed.

    Raises:
        Refused: something is not saved.
    """
    unsaved = [one for session in list(OPEN) for one in session.close(wait=WITHIN)]
    if unsaved:
        raise Refused(unsaved)

"""`Client`: what one replica knows, and what it does on each event.  No I/O.

::

                     edit                          edit
    ┌────────────┐ ───────► ┌─────────────────┐ ───────► ┌────────────────────┐ ──┐ edit:
    │Synchronized│          │ AwaitingConfirm │          │ AwaitingWithBuffer │   │ compose
    └────────────┘ ◄─────── └─────────────────┘ ◄─────── └────────────────────┘ ◄─┘ into buffer
                  acknowledge,   outstanding  acknowledge, outstanding, buffer
                  reject                      reject

The editor shows the confirmed text with `outstanding` and then `buffer` applied.  What
others commit is transformed over both and handed to the editor, and both are transformed
over it.  At most one operation is outstanding, and it is frozen: nothing is composed into
it.  A reject takes outstanding back out of the editor; what was the buffer is outstanding
then.

The states are the client of Google Wave, as ot.js drew it.  The same machine, with the
same names, is ``clients/js/src/engine/client.ts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from reprlib import Repr
from typing import Final

from ot_core.errors import LengthMismatch, OTError
from ot_core.operation import Operation
from ot_core.text_buffer import TextBuffer
from ot_core.transform import transform

__all__ = [
    "Acknowledgement",
    "AwaitingConfirm",
    "AwaitingWithBuffer",
    "Change",
    "Client",
    "Received",
    "State",
    "Synchronized",
    "UnexpectedAcknowledgement",
]


SHORT: Final = Repr()
SHORT.maxstring = SHORT.maxother = 80
"""How texts and operations are shown to those who debug."""


class UnexpectedAcknowledgement(OTError):
    """An acknowledgement came while nothing was outstanding: the server is wrong."""

    code = "unexpected_acknowledgement"


@dataclass(frozen=True)
class Acknowledgement:
    """The client's own outstanding operation, at its place in the log."""


Change = Operation | Acknowledgement


@dataclass(frozen=True)
class Synchronized:
    """Everything that this client did is confirmed."""

    def edit(self, operation: Operation) -> AwaitingConfirm:
        return AwaitingConfirm(operation)

    def receive(self, operation: Operation) -> tuple[Synchronized, Operation]:
        return self, operation

    def acknowledge(self) -> Synchronized:
        raise UnexpectedAcknowledgement("nothing is outstanding")


@dataclass(frozen=True)
class AwaitingConfirm:
    """One operation is on its way, or waits to be sent."""

    outstanding: Operation

    def edit(self, operation: Operation) -> AwaitingWithBuffer:
        return AwaitingWithBuffer(self.outstanding, operation)

    def receive(self, operation: Operation) -> tuple[AwaitingConfirm, Operation]:
        operation, outstanding = transform(operation, self.outstanding)
        return AwaitingConfirm(outstanding), operation

    def acknowledge(self) -> Synchronized:
        return Synchronized()


@dataclass(frozen=True)
class AwaitingWithBuffer:
    """One operation is on its way; what was typed since then waits in the buffer."""

    outstanding: Operation
    buffer: Operation

    def edit(self, operation: Operation) -> AwaitingWithBuffer:
        return AwaitingWithBuffer(self.outstanding, self.buffer.compose(operation))

    def receive(self, operation: Operation) -> tuple[AwaitingWithBuffer, Operation]:
        operation, outstanding = transform(operation, self.outstanding)
        operation, buffer = transform(operation, self.buffer)
        return AwaitingWithBuffer(outstanding, buffer), operation

    def acknowledge(self) -> AwaitingConfirm:
        return AwaitingConfirm(self.buffer)


State = Synchronized | AwaitingConfirm | AwaitingWithBuffer


@dataclass(frozen=True)
class Received:
    """What a frame leads to: operations for the editor, in order, then one to send, if any."""

    operations: tuple[Operation, ...]
    send: Operation | None


class Client:
    """One replica: the confirmed text at `revision`, and what is not confirmed yet.

    >>> client = Client("hi", revision=7)
    >>> client.edit(Operation([2, "!"]))                        # send this
    Operation([2, '!'])
    >>> client.edit(Operation([3, "!"]))                        # kept as buffer
    >>> client.receive([Operation(["oh ", 2])], 8).operations   # show this
    (Operation(['oh ', 4]),)
    >>> client.receive([Acknowledgement()], 9).send             # and now send this
    Operation([6, '!'])
    """

    __slots__ = ("_confirmed", "revision", "state")

    revision: int
    state: State

    def __init__(
        self,
        text: str = "",
        revision: int = 0,
        outstanding: Operation | None = None,
        buffer: Operation | None = None,
    ) -> None:
        """Begin at a confirmed text; `outstanding` and `buffer` go on where a client left off.

        Raises:
            LengthMismatch: `outstanding` doesn't follow the text, or `buffer` doesn't follow
                `outstanding`.
        """
        self._confirmed = TextBuffer(text)
        self.revision = revision
        self.state = Synchronized()
        for operation in (outstanding, buffer):
            if operation is not None:
                self.edit(operation)

    @property
    def confirmed(self) -> str:
        """The confirmed text: what the server had at `revision`."""
        return self._confirmed.text

    @property
    def shown(self) -> str:
        """The text in the editor: the confirmed text, then `outstanding`, then `buffer`."""
        unsaved = self.unsaved
        return self.confirmed if unsaved is None else unsaved.apply(self.confirmed)

    @property
    def outstanding(self) -> Operation | None:
        """What was sent and is not answered yet, transformed to `revision`."""
        return None if isinstance(self.state, Synchronized) else self.state.outstanding

    @property
    def buffer(self) -> Operation | None:
        """What follows `outstanding` and waits for its answer."""
        return self.state.buffer if isinstance(self.state, AwaitingWithBuffer) else None

    @property
    def unsaved(self) -> Operation | None:
        """`outstanding` and `buffer` as one operation on the confirmed text."""
        outstanding, buffer = self.outstanding, self.buffer
        if outstanding is None or buffer is None:
            return outstanding
        return outstanding.compose(buffer)

    @property
    def length(self) -> int:
        """The length of the text in the editor, in code points."""
        last = self.buffer or self.outstanding
        return len(self._confirmed) if last is None else last.target_length

    def __repr__(self) -> str:
        parts = [SHORT.repr(self.confirmed), f"revision={self.revision}"]
        for name, operation in (("outstanding", self.outstanding), ("buffer", self.buffer)):
            if operation is not None:
                parts.append(f"{name}={SHORT.repr(operation)}")
        return f"Client({', '.join(parts)})"

    def edit(self, operation: Operation) -> Operation | None:
        """Take in what the editor did, and return the operation to send now, or None.

        Raises:
            LengthMismatch: the operation was not made for the text in the
                editor; nothing has changed.
        """
        if operation.base_length != self.length:
            raise LengthMismatch(
                f"an operation on {operation.base_length} code points can't follow "
                f"{self.length} of them"
            )
        synchronized = isinstance(self.state, Synchronized)
        self.state = self.state.edit(operation)
        return operation if synchronized else None

    def receive(self, changes: Sequence[Change], revision: int) -> Received:
        """Take in the log from this client's revision up to `revision`, all or nothing.

        The buffer that an acknowledgement promotes is still transformed over the
        changes after it, and has to be sent once all of them are taken in.

        Raises:
            LengthMismatch: a change doesn't follow the one before it; nothing
                has changed.
            UnexpectedAcknowledgement: nothing was outstanding; nothing has changed.
            TypeError: a change is neither an `Operation` nor an `Acknowledgement`;
                nothing has changed.
        """
        state, length, promoted = self.state, len(self._confirmed), False
        committed: list[Operation] = []
        operations: list[Operation] = []
        for change in changes:
            if isinstance(change, Operation):
                if change.base_length != length:
                    raise LengthMismatch(
                        f"a change on {change.base_length} code points can't follow "
                        f"{length} of them"
                    )
                committed.append(change)
                state, operation = state.receive(change)
                operations.append(operation)
            elif isinstance(change, Acknowledgement):
                if not isinstance(state, Synchronized):
                    committed.append(state.outstanding)
                state, promoted = state.acknowledge(), True
            else:
                raise TypeError(f"{change!r} is no change")
            length = committed[-1].target_length
        for operation in committed:
            self._confirmed.apply(operation)
        self.state, self.revision = state, revision
        return Received(tuple(operations), self.outstanding if promoted else None)

    def divide(self, first: Operation, rest: Operation) -> None:
        """Let `first` be outstanding in place of all of it, and `rest` come first in the buffer.

        The text in the editor stays as it is: `first` and then `rest` are the outstanding
        operation, in two parts.

        Raises:
            LengthMismatch: they can't be; nothing has changed.
        """
        outstanding, buffer = self.outstanding, self.buffer
        if outstanding is None or (first.base_length, rest.target_length) != (
            outstanding.base_length,
            outstanding.target_length,
        ):
            raise LengthMismatch("the parts are not those of what is outstanding")
        if first.target_length != rest.base_length:
            raise LengthMismatch("the second part doesn't follow the first")
        self.state = AwaitingWithBuffer(first, rest if buffer is None else rest.compose(buffer))

    def reject(self) -> Operation:
        """Give up the outstanding operation, which was refused; the buffer is outstanding then.

        Returns the operation that takes it back out of the editor: its inverse, as the committed
        one, and the buffer are transformed over each other.
        """
        outstanding, buffer = self.outstanding, self.buffer
        if outstanding is None:
            return Operation.noop(self.length)
        back = outstanding.invert(self.confirmed)
        if buffer is None:
            self.state = Synchronized()
        else:
            back, rest = transform(back, buffer)
            self.state = AwaitingConfirm(rest)
        return back

    def give_up(self) -> Operation:
        """Give up the outstanding operation and the buffer.

        Returns the operation that takes both back out of the editor.
        """
        unsaved = self.unsaved
        self.state = Synchronized()
        return Operation.noop(self.length) if unsaved is None else unsaved.invert(self.confirmed)

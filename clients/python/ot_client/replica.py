"""`Replica`: the text here, and its place in the server's log.  No I/O, no clock.

It turns what the server says about the text into operations for the editor.  Invariant:
what it doesn't take changes nothing; and the place is that of the confirmed text.
"""

from __future__ import annotations

from ot_client.events import Cause, Changed
from ot_client.progress import Progress
from ot_client.record import Place, Record
from ot_core import (
    Acknowledgement,
    AwaitingConfirm,
    AwaitingWithBuffer,
    Change,
    Client,
    Operation,
    OTError,
    UnexpectedAcknowledgement,
    diff,
)
from ot_protocol import messages as wire

__all__ = ["Diverged", "Leave", "OutOfStep", "Replica", "Update"]


class Leave(Exception):
    """What came can't be taken: drop the connection, for this reason, and come back."""

    reason: str


class OutOfStep(Leave):
    """It can't follow what came before: a frame was lost.  Come back to this place."""

    reason = "out_of_step"


class Diverged(Leave):
    """The text here is not the server's, or the server is wrong.  Come back to no place."""

    reason = "diverged"


class Update:
    """What an `update` says, or a `welcome` that resumes."""

    def __init__(self, message: wire.Update | wire.Welcome, awaited: int | None) -> None:
        """`awaited`: the seq that is outstanding."""
        self.first, self.last = message.from_, message.to
        self.chain = message.chain
        self.changes = message.changes or []
        self.awaited = awaited

    @property
    def answers(self) -> bool:
        """Whether what is outstanding is acknowledged in it."""
        return self.awaited is not None and any(one.ack == self.awaited for one in self.changes)

    def read(self) -> tuple[list[Change], list[str | None]]:
        """Return its changes, and the authors of those that are operations.

        Raises:
            OTError: one is no operation, or acknowledges what was not asked about.
        """
        awaited = self.awaited
        taken: list[Change] = []
        authors: list[str | None] = []
        for change in self.changes:
            if change.op is not None:
                taken.append(Operation(change.op))
                authors.append(change.by)
            elif self.first == self.last or change.ack != awaited:
                raise UnexpectedAcknowledgement(f"seq {change.ack} is not awaited here")
            else:
                taken.append(Acknowledgement())
                awaited = None  # it is answered once
        return taken, authors


class Replica:
    """One client's text, with what is unconfirmed of it."""

    def __init__(self, record: Record | None = None) -> None:
        """With a record: what it holds is unconfirmed, on a text that a welcome tells."""
        epoch, revision, chain = (None, 0, "") if record is None else record.place
        self.client = Client("", revision)
        self.has_text = False
        """Whether there is a text to edit."""
        self.has_diverged = False
        """Whether this text is known to be another one than the server's."""
        self.stored = record
        """What was unconfirmed, until the text is known that it belongs to."""
        self.progress = Progress(0 if record is None else 1 if record.buffer is None else 2)
        self._epoch = epoch
        self._chain = chain

    @property
    def place(self) -> Place | None:
        """Where the confirmed text is in the log; None before there is one."""
        return (
            None if self._epoch is None else Place(self._epoch, self.client.revision, self._chain)
        )

    @property
    def way_back(self) -> Place | None:
        """Where a new connection may go on from; None: from a text anew."""
        return None if self.has_diverged else self.place

    @property
    def text(self) -> str:
        """The text shown: confirmed, then outstanding, then buffer."""
        return self.client.shown

    @property
    def unsaved(self) -> Operation | None:
        """What is unconfirmed, as one operation on the confirmed text."""
        stored = self.stored
        if stored is None:
            return self.client.unsaved
        return (
            stored.outstanding
            if stored.buffer is None
            else stored.outstanding.compose(stored.buffer)
        )

    @property
    def unconfirmed(self) -> list[Operation]:
        """What follows on the confirmed text, one after the other."""
        return [one for one in (self.client.outstanding, self.client.buffer) if one is not None]

    @property
    def confirmed_length(self) -> int:
        """The length of the confirmed text, in code points."""
        outstanding = self.client.outstanding
        return self.client.length if outstanding is None else outstanding.base_length

    def edit(self, operation: Operation) -> None:
        """Take in an edit of the text shown.

        Raises:
            LengthMismatch: it was not made for it.
        """
        self.progress.edited(self.client.edit(operation) is not None)

    def divide(self, first: Operation, rest: Operation) -> None:
        """Let `first` be outstanding in place of all of it, and `rest` come next.

        Raises:
            LengthMismatch: they are not its parts.
        """
        self.client.divide(first, rest)
        self.progress.divided()

    def update(self, update: Update) -> list[Changed] | None:
        """Take in the log from here on; None where it tells nothing new.

        Raises:
            OutOfStep: it doesn't begin here.
            Diverged: it can't follow.
        """
        revision = self.client.revision
        if update.last is not None and update.last <= revision and not update.answers:
            return None  # taken already, or a second answer to a resend
        if update.first != revision or update.last is None:
            raise OutOfStep(f"an update from revision {update.first}, not {revision}")
        try:
            taken, authors = update.read()
            received = self.client.receive(taken, update.last)
        except OTError as error:
            raise Diverged(str(error)) from error
        self._chain = update.chain
        if update.answers:
            self.progress.answered()
        return [
            Changed(operation, by)
            for operation, by in zip(received.operations, authors, strict=True)
        ]

    def take_up(self, stored: Record, text: str, update: Update) -> list[Changed]:
        """Go on from a record: the text at the update's end, and what leads there.

        Raises:
            Diverged: the three don't belong together.
        """
        if update.last is None:
            raise Diverged("changes that don't say to where")
        outstanding, buffer = stored.outstanding, stored.buffer
        state = (
            AwaitingConfirm(outstanding)
            if buffer is None
            else AwaitingWithBuffer(outstanding, buffer)
        )
        client = Client()
        client.state = state
        try:
            for change in update.read()[0]:
                if isinstance(change, Operation):
                    client.state = client.state.receive(change)[0]
                else:
                    client.state = client.state.acknowledge()
            client = Client(text, update.last, client.outstanding, client.buffer)
        except OTError as error:
            raise Diverged(str(error)) from error
        if update.answers:
            self.progress.answered()
        return self._begin(client, Place(stored.place.epoch, update.last, update.chain))

    def restart(self, text: str, place: Place) -> list[Changed]:
        """Begin at a text of the server's, whatever there was."""
        self.progress.gave_up()
        return self._begin(Client(text, place.revision), place)

    def reject(self) -> Changed:
        """Give up what is outstanding: return what takes it out of the text shown."""
        self.progress.answered()
        return Changed(self.client.reject(), None, Cause.REFUSED)

    def give_up(self) -> Changed:
        """Give up all that is unconfirmed: return what takes it out of the text shown."""
        self.stored = None
        self.progress.gave_up()
        return Changed(self.client.give_up(), None, Cause.REFUSED)

    def _begin(self, client: Client, place: Place) -> list[Changed]:
        before = self.text
        self.client, self.stored = client, None
        self.has_text, self.has_diverged = True, False
        self._epoch, self._chain = place.epoch, place.chain
        return [Changed(diff(before, self.text), None, Cause.RESET)]

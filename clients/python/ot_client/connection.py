"""`Connection`: what the server's messages mean, and what to answer.  No I/O, no clock.

`ot_core.Client` knows what is outstanding; here is added all that a network asks for: seqs,
resends, resuming, limits.  Whoever carries the messages calls `hello` when there is a new
connection, `receive` for each message, `lost` when it is gone, and sends what `outgoing`
returns: after each of these, after each `edit`, and again at `deadline`.  Times are seconds
of any clock that never goes back.

::

              hello             welcome
    ┌───────┐ ─────► ┌────────┐ ─────► ┌────┐
    │OFFLINE│        │GREETING│        │OPEN│       one may edit in each of them
    └───────┘ ◄───── └────────┘        └────┘
        ▲      lost                      │ lost
        └────────────────────────────────┘

Invariant: whatever leads out of the text that the user typed comes back as `Unsaved`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import assert_never

from ot_client.carets import SELF, Carets, Presence, move
from ot_client.events import (
    Changed,
    Complaint,
    Event,
    ParticipantsChanged,
    PresenceChanged,
    ProblemsFound,
    SessionUpdated,
    Unsaved,
)
from ot_client.fit import Fit
from ot_client.outbox import Outbox
from ot_client.problems import Problems
from ot_client.roster import Roster
from ot_client.timing import Jitter
from ot_core import (
    Acknowledgement,
    Client,
    Operation,
    OTError,
    Selection,
    UnexpectedAcknowledgement,
    diff,
)
from ot_core import Change as CoreChange
from ot_protocol import messages as wire

__all__ = ["Connection", "Fatal", "OutOfStep", "Phase"]


class Phase(Enum):
    """How far a connection has come."""

    OFFLINE = auto()
    GREETING = auto()
    OPEN = auto()


class OutOfStep(Exception):
    """What came can't follow what came before: drop the connection, and say hello anew."""


class Fatal(Exception):
    """The server will have no more of this client: coming back would change nothing."""

    def __init__(self, error: wire.Error) -> None:
        super().__init__(error.message)
        self.error = error


class Connection:
    """One client of one session, over as many connections as it takes."""

    def __init__(self, client_id: str, jitter: Jitter) -> None:
        self.client_id = client_id
        self.client = Client()
        self.roster = Roster()
        self.carets = Carets()
        self.problems = Problems()
        self.phase = Phase.OFFLINE
        self._outbox = Outbox(self.client, self.carets, self.roster, jitter)
        self._fit = Fit()
        self._epoch: int | None = None  # None while there is no text to resume from
        self._chain = ""

    @property
    def text(self) -> str:
        """The text shown: confirmed, then outstanding, then buffer."""
        unsaved = self.client.unsaved
        return self.client.text if unsaved is None else unsaved.apply(self.client.text)

    # What the user does.

    def edit(self, operation: Operation, now: float) -> None:
        """Take in an edit of the text shown; it is sent when its turn comes.

        Raises:
            InvalidOperation: the protocol can't carry it.
            LengthMismatch: it was not made for the text shown.
            TooLarge: it is over a limit of the server.
        """
        operation = Operation.from_wire(operation.components)
        self._fit.require(operation, self.client.buffer, lambda: operation.apply(self.text))
        self.client.edit(operation)
        self.carets.move(operation)
        self.problems.move(operation)
        self._outbox.edited(now)

    def select(self, selections: Sequence[Selection], typing: bool) -> None:
        """Take in where the user's carets are in the text shown."""
        self.carets.put(SELF, Presence(tuple(selections), typing))
        self._outbox.selected()

    def abandon(self) -> list[Event]:
        """The session is over: offer back what was not saved; the text shown stays."""
        unsaved = self.client.unsaved
        return [] if unsaved is None else [_offer("closed", unsaved)]

    # What the network does.

    def hello(self, token: str | None, name: str | None) -> wire.Hello:
        """There is a new connection: what to say first."""
        self.phase = Phase.GREETING
        if self._epoch is None:
            return wire.Hello(wire.PROTOCOL, self.client_id, token, name, seq=self._outbox.seq)
        return wire.Hello(
            wire.PROTOCOL,
            self.client_id,
            token,
            name,
            epoch=self._epoch,
            revision=self.client.revision,
            chain=self._chain,
            outstanding=self._outbox.sent.seq if self._outbox.sent else None,
            seq=self._outbox.seq,
        )

    def outgoing(self, now: float) -> list[wire.FromClient]:
        """Return what is to be sent now; it counts as sent.

        Raises:
            Silence: nothing came for too long: drop the connection, and say hello anew.
        """
        return self._outbox.take(now) if self.phase is Phase.OPEN else []

    @property
    def deadline(self) -> float | None:
        """When `outgoing` will have something next, if nothing happens until then."""
        return self._outbox.deadline if self.phase is Phase.OPEN else None

    def lost(self) -> None:
        """The connection is gone."""
        self.phase = Phase.OFFLINE

    def receive(self, message: wire.ServerMessage, now: float) -> list[Event]:
        """Take in what the server says, and return what the user should know of it.

        Raises:
            OutOfStep: a frame was lost, or the server is wrong.
            Fatal: the server ends it.
        """
        if self.phase is not Phase.OPEN and not isinstance(message, wire.Welcome | wire.Error):
            raise OutOfStep(f"{type(message).__name__} before the welcome")
        self._outbox.heard(now)
        match message:
            case wire.Update():
                return self._update(message.from_, message.to, message.chain, message.changes)
            case wire.Presences():
                return self._presences(message)
            case wire.Participants():
                self.roster.participants_changed(message)
                for gone in message.left:
                    self.carets.drop(gone)
                return [ParticipantsChanged(self.roster.participants)]
            case wire.SessionChanged():
                changed = self.roster.session_changed(message)
                return [SessionUpdated(self.roster.session)] if changed else []
            case wire.Reject():
                sent = self._outbox.sent
                ours = sent is not None and sent.seq == message.seq
                return self._refused(message.code) if ours else []
            case wire.Reset():
                return self._restart(message, message.text, message.revision, message.reason)
            case wire.Welcome():
                return self._welcome(message, now)
            case wire.Error():
                return self._error(message, now)
            case wire.Diagnostics():
                return self._diagnostics(message)
            case wire.Pong():
                return []
            case _:
                assert_never(message)

    # What the messages mean.

    def _welcome(self, message: wire.Welcome, now: float) -> list[Event]:
        if self.phase is not Phase.GREETING:
            raise OutOfStep("a second welcome")
        self.roster.welcome(message)
        self._fit.limit(message.limits)
        self._outbox.connected(message.limits, message.last_seq, now)
        events: list[Event] = [ParticipantsChanged(self.roster.participants)]
        if message.text is not None and message.revision is not None:
            reason = message.reset or "lineage"
            events += self._restart(message, message.text, message.revision, reason)
        elif message.from_ is not None and message.to is not None and self._epoch is not None:
            changes = message.changes or []
            events += self._update(message.from_, message.to, message.chain, changes)
            sent = self._outbox.sent
            if sent is not None and sent.seq <= message.last_seq:
                events += self._refused("refused")
        else:
            raise OutOfStep("a welcome without a text")
        self.carets.keep(self.roster.participants)
        self.phase = Phase.OPEN
        return events

    def _update(
        self, first: int, last: int, chain: str, changes: Sequence[wire.Change]
    ) -> list[Event]:
        awaited = self._outbox.sent.seq if self._outbox.sent else None
        answers = awaited is not None and any(change.ack == awaited for change in changes)
        if last <= self.client.revision and not answers:
            return []  # taken already, or a second answer to a resend
        if first != self.client.revision:
            raise OutOfStep(f"an update from revision {first}, not {self.client.revision}")
        authors: list[str | None] = []
        taken: list[CoreChange] = []
        try:
            for change in changes:
                if change.op is not None:
                    taken.append(Operation(change.op))
                    authors.append(change.by)
                elif first == last or change.ack != awaited:
                    raise UnexpectedAcknowledgement(f"seq {change.ack} is not awaited here")
                else:
                    taken.append(Acknowledgement())
                    awaited = None  # it is answered once
            received = self.client.receive(taken, last)
        except OTError as error:
            self._epoch = None  # this text is not the server's: begin anew
            raise OutOfStep(str(error)) from error
        if len(taken) > len(authors):
            self._outbox.answered()
        self._chain = chain
        return [
            self._changed(operation, by)
            for operation, by in zip(received.operations, authors, strict=True)
        ]

    def _changed(self, operation: Operation, by: str | None) -> Changed:
        self._fit.grow(operation)
        self.carets.move(operation)
        self.problems.move(operation)
        return Changed(operation, by)

    def _refused(self, reason: str) -> list[Event]:
        """What was sent will never commit: take it and what follows out of the text."""
        unsaved = self.client.unsaved
        assert unsaved is not None
        self._outbox.answered()
        return [self._changed(self.client.reject(), None), _offer(reason, unsaved)]

    def _restart(
        self, start: wire.Welcome | wire.Reset, text: str, revision: int, reason: str
    ) -> list[Event]:
        """Begin at a text of the server's, whatever there was."""
        shown, unsaved = self.text, self.client.unsaved
        self.client = Client(text, revision)
        self._outbox.restarted(self.client, start.last_seq)
        self._epoch, self._chain = start.epoch, start.chain
        events: list[Event] = []
        if shown != text:
            events.append(self._changed(diff(shown, text), None))
        self._fit.start(text)
        if unsaved is not None:
            events.append(_offer(reason, unsaved))
        return events

    def _presences(self, message: wire.Presences) -> list[Event]:
        if message.revision != self.client.revision:
            raise OutOfStep(f"presence at {message.revision}, not {self.client.revision}")
        unconfirmed = [one for one in (self.client.outstanding, self.client.buffer) if one]
        length = unconfirmed[0].base_length if unconfirmed else self.client.length
        for participant, caret in message.who.items():
            if caret is None:
                self.carets.drop(participant)
            else:
                told = [Selection(min(a, length), min(h, length)) for a, h in caret.selections]
                self.carets.put(participant, Presence(move(told, unconfirmed), caret.typing))
        return [PresenceChanged(tuple(message.who))]

    def _diagnostics(self, message: wire.Diagnostics) -> list[Event]:
        if message.revision != self.client.revision:
            raise OutOfStep(f"problems at {message.revision}, not {self.client.revision}")
        unconfirmed = [one for one in (self.client.outstanding, self.client.buffer) if one]
        self.problems.put(message.items, unconfirmed)
        return [ProblemsFound(tuple(self.problems.all()))]

    def _error(self, message: wire.Error, now: float) -> list[Event]:
        if message.fatal or message.code == "client_taken":
            raise Fatal(message)
        if message.code != "unavailable":
            return [Complaint(message.code, message.message)]
        self._outbox.unavailable(message.seq, now)
        return []


def _offer(reason: str, unsaved: Operation) -> Unsaved:
    pieces = (part for part in unsaved.components if isinstance(part, str))
    return Unsaved(reason, "\n".join(pieces), unsaved)

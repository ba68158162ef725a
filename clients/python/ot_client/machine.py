"""`Machine`: what a client of one session knows and decides.  No I/O, no clock, no callbacks.

It is told what happens, all of it at the time that `at` told last, and is then asked what
follows.  Times are seconds of any clock that never goes back.

========================  ===============================================================
is told
========================  ===============================================================
`at`                      it is so late now
`connected`               a connection stands
`hear`                    the server said this
`lost`                    the connection is gone
`edit`, `select`          what the user did
`dismiss`                 the user needs an offer no more
`stored`                  whether what was to be stored is stored
`rename`                  speak under another client id from now on
`end`                     it is over
========================  ===============================================================

========================  ===============================================================
is asked
========================  ===============================================================
`events`                  what to show and to tell, in order, each once
`outgoing`                what to send now; it counts as sent
`writes`                  what to store, in order, each once: after `outgoing`, and before
                          what it returned is sent
`leaving`                 why the connection is to be dropped; then comes `lost`
`ended`                   why it is over
`deadline`                when to call `at`, and to ask again, if nothing happens until then
`status`, `text`, …       how it is
========================  ===============================================================

Invariants: those of `View` and `Outbox`; and nothing is sent that was not to be stored before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from msgspec import UNSET

from ot_client.connection import Connection, Phase
from ot_client.diagnostics import Diagnostics
from ot_client.errors import NotEditable
from ot_client.events import Event
from ot_client.facts import Facts
from ot_client.hearing import Fatal, Hearing
from ot_client.outbox import Outbox
from ot_client.presence import Presences
from ot_client.record import Record, Write
from ot_client.replica import Diverged, Leave, Replica
from ot_client.status import HOPELESS, End, State, Status
from ot_client.storing import Storing
from ot_client.timing import Jitter
from ot_client.view import View
from ot_core import Operation, Selection
from ot_protocol import FINAL, CloseCode
from ot_protocol import messages as wire

__all__ = ["Machine"]


class Machine:
    """One client of one session, over as many connections as it takes."""

    def __init__(
        self,
        client_id: str,
        jitter: Jitter,
        *,
        name: str | None = None,
        record: Record | None = None,
        pings: bool = False,
    ) -> None:
        """Begin without a text; with a record, to go on from what was stored.

        Args:
            jitter: what draws how long to wait, between two bounds.
            name: what a guest is called.
            pings: whether to keep the connection alive from here, because what carries it
                doesn't.
        """
        self.facts = Facts()
        self._name = name
        self._token: str | None = None
        self._connection = Connection()
        self._replica = Replica(record)
        self._view = View(self._replica, client_id)
        self._outbox = Outbox(self._replica, self._view.presences, self.facts, jitter, pings)
        self._hearing = Hearing(self._view, self.facts, self._outbox, self._connection)
        self._storing = Storing(self._view, self._outbox)
        self._now = -inf

    def __repr__(self) -> str:
        state, here = self.status.state.value, f"revision {self.revision}"
        return f"<Machine {self.client_id}: {state} at {here}, {self.length} code points>"

    # What it is told.

    def at(self, now: float) -> None:
        """It is so late now."""
        self._now = now
        connection = self._connection
        if connection.deadline is not None and connection.deadline <= now:
            connection.leave("no_welcome")
        elif connection.is_open and self._outbox.is_silent(now):
            connection.leave("silence")

    def connected(self, token: str | None) -> None:
        """A connection stands: `outgoing` has the hello."""
        if self.phase is Phase.OFFLINE:
            self._connection.begin(self._now)
            self._token = token

    def hear(self, message: wire.ServerMessage | None) -> None:
        """The server said this; None: something that is not known here."""
        if not self._connection.is_heard:
            return
        self._outbox.heard(self._now)
        if message is None:
            return
        try:
            self._hearing.hear(message, self._now)
        except Leave as leave:
            self._replica.has_diverged |= isinstance(leave, Diverged)
            self._connection.leave(leave.reason)
        except Fatal as fatal:
            self.end(fatal.error.code, CloseCode.MALFORMED, fatal.error.message)

    def lost(self, code: int = 1006, message: str = "") -> None:
        """The connection is gone, with this close code."""
        if self.ended is not None:
            return
        self._connection.lose(message or f"closed with code {code}")
        if code in FINAL:
            self.end(FINAL[code], code, message)

    def edit(self, operation: Operation) -> None:
        """The user edited the text shown; it is sent when its turn comes.

        Raises:
            InvalidOperation: the protocol can't carry it.
            LengthMismatch: it was not made for the text shown.
            TooLarge: the text would have more bytes than the server takes.
            NotEditable: there is no text yet, or it is over.
        """
        if self.ended is not None or not self.has_text:
            raise NotEditable("there is nothing to edit")
        if self._view.edit(operation):
            self._outbox.edited(self._now)

    def select(
        self, selections: Sequence[Selection] | None, is_typing: bool = False, data: Any = UNSET
    ) -> None:
        """The user's carets are here in the text shown, with any JSON beside them.

        An edit counts as typing anyway.

        Args:
            selections: None: they are where they are.
            data: stays until it is set anew; None takes it away.

        Raises:
            TooLarge: the data is more than the server takes; nothing has changed.
            TypeError, ValueError: it can't be said as JSON; nothing has changed.
        """
        self._view.select(selections, data)
        self._outbox.selected(is_typing, data is not UNSET, self._now)

    def dismiss(self, offer_id: str) -> None:
        """The user needs an offer no more; its id is that of the `Unsaved`."""
        self._view.offered.dismiss(offer_id)

    def stored(self, is_stored: bool) -> None:
        """Whether all that `writes` returned last is stored."""
        self._storing.done(is_stored)

    def rename(self, client_id: str) -> None:
        """Speak under another client id: this one belongs to somebody else.

        What became of what was sent can't be found out any more, so it is offered.
        """
        if self._outbox.sent is not None:
            self._outbox.answered()
            # Without the text, what was typed after it can't be kept alone.
            give_up = self._view.reject if self.has_text else self._view.give_up
            give_up("client_taken")
        self._outbox.renamed()
        self._storing.begin_anew()
        self._view.client_id, self._view.offers = client_id, 0

    def end(self, reason: str, code: int = CloseCode.NORMAL, message: str = "") -> None:
        """It is over.  What can't be sent any more, or is stored nowhere, is offered."""
        if self.ended is not None:
            return
        self._connection.end(End(reason, code, message))
        if reason in HOPELESS or not self._storing.is_safe:
            self._hearing.give_up(reason)

    # What it is asked.

    def events(self) -> list[Event]:
        """Return what to show and to tell, in order, each once."""
        return self._view.events()

    def outgoing(self) -> list[wire.FromClient]:
        """Return what is to be sent now; it counts as sent."""
        connection = self._connection
        if connection.phase is Phase.GREETING and connection.is_hello_due:
            connection.is_hello_due = False
            return [self._outbox.hello(self.client_id, self._token, self._name)]
        return self._outbox.take(self._now) if connection.is_open else []

    def writes(self) -> list[Write]:
        """Return what is to be stored, in order, each once."""
        return self._storing.writes()

    def offers(self) -> Mapping[str, Operation]:
        """Return what each offer, by its id, would do to the text shown; nothing if it is there."""
        return self._view.offered.all(self.text)

    @property
    def deadline(self) -> float | None:
        """When to call `at`, and to ask again, if nothing happens until then."""
        connection = self._connection
        return self._outbox.deadline if connection.is_open else connection.deadline

    @property
    def phase(self) -> Phase:
        """How far it has come with a connection."""
        return self._connection.phase

    @property
    def leaving(self) -> str | None:
        """Why the connection is to be dropped; then comes `lost`."""
        return self._connection.leaving

    @property
    def ended(self) -> End | None:
        """Why it is over."""
        return self._connection.ended

    @property
    def status(self) -> Status:
        """What to tell a person, who may have offers besides that nobody has looked at."""
        is_saved, connection = self.is_synchronized, self._connection
        is_safe = self._storing.is_safe
        if connection.ended is not None:
            return Status(State.CLOSED, connection.ended.reason, is_saved, is_safe)
        if connection.is_open:
            reason = "locked" if self.facts.is_locked and not is_saved else None
            return Status(State.SAVED if is_saved else State.SAVING, reason, is_saved, is_safe)
        state = State.CONNECTING if connection.lost is None else State.OFFLINE
        return Status(state, connection.lost, is_saved, is_safe)

    @property
    def client_id(self) -> str:
        """The id under which the server keeps this client's seqs."""
        return self._view.client_id

    @property
    def is_synchronized(self) -> bool:
        """Whether nothing is unconfirmed."""
        return self.decided == self.made

    @property
    def made(self) -> int:
        """How many edits the user has made; what was stored counts too."""
        return self._replica.progress.made

    @property
    def decided(self) -> int:
        """How many of the first of them are committed, or given up and offered."""
        return self._replica.progress.decided

    @property
    def has_text(self) -> bool:
        """Whether the server has told a text."""
        return self._replica.has_text

    @property
    def text(self) -> str:
        """The text shown: confirmed, then outstanding, then buffer."""
        return self._replica.text

    @property
    def length(self) -> int:
        """The length of the text shown, in code points."""
        return self._replica.client.length

    @property
    def revision(self) -> int:
        """The revision of what is confirmed."""
        return self._replica.client.revision

    @property
    def presences(self) -> Presences:
        """Where everybody's carets are in the text shown."""
        return self._view.presences

    @property
    def diagnostics(self) -> Diagnostics:
        """What is wrong with the code in the text shown."""
        return self._view.diagnostics

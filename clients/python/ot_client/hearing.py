"""`Hearing`: what the server's messages mean for text, facts and outbox.  No I/O, no clock.

The numbers of the rules are those of ``docs/protocol.md``.  Invariant: a message that can't
be taken changes nothing but facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ot_client.connection import Connection
from ot_client.events import (
    Changed,
    Complaint,
    ParticipantsChanged,
    SessionUpdated,
)
from ot_client.facts import Facts
from ot_client.outbox import Outbox
from ot_client.parts import without_excess
from ot_client.record import Place
from ot_client.replica import Diverged, Leave, OutOfStep, Update
from ot_client.view import View
from ot_protocol import messages as wire

__all__ = ["Fatal", "Hearing"]


class ClientTaken(Leave):
    """The client id is somebody else's.  Come back under another one."""

    reason = "client_taken"


class Fatal(Exception):
    """The server will have no more of this client: coming back would change nothing."""

    def __init__(self, error: wire.Error) -> None:
        super().__init__(error.message)
        self.error = error


class Hearing:
    """Takes in what is said on one connection after the other."""

    def __init__(self, view: View, facts: Facts, outbox: Outbox, connection: Connection) -> None:
        self._view = view
        self._replica = view.replica
        self._facts = facts
        self._outbox = outbox
        self._is_said_again = False
        """Whether what is outstanding was refused as too large, though all of it fits."""
        self._connection = connection

    def hear(self, message: wire.ServerMessage, now: float) -> None:
        """Take in a message.

        Raises:
            Leave: it can't be taken on this connection.
            Fatal: nor on any other.
        """
        is_first = isinstance(message, wire.Welcome | wire.Error)
        if not self._connection.is_open and not is_first:
            raise OutOfStep(f"{type(message).__name__} before the welcome")
        view, facts = self._view, self._facts
        match message:
            case wire.Update():
                self._update(message, now)
            case wire.Presences():
                if self._is_now(message.revision):
                    view.place(self._others(message.who))
            case wire.Participants():
                facts.participants_changed(message)
                # One who has come may have gone before, and nobody told of it.
                for one in (*message.left, *(one.id for one in message.joined)):
                    view.presences.drop(one)
                view.tell(ParticipantsChanged(facts.participants))
            case wire.SessionChanged():
                if facts.session_changed(message):
                    view.tell(SessionUpdated(facts.session))
            case wire.Reject():
                self._reject(message, now)
            case wire.Reset():
                self._restart(message, message.text, message.revision, message.reason)
            case wire.Welcome():
                self._welcome(message, now)
            case wire.Error():
                self._error(message, now)
            case wire.Diagnostics():
                if self._is_now(message.revision):
                    view.diagnose(message.items)
            case wire.Pong():
                pass
            case _:
                assert_never(message)

    def give_up(self, reason: str) -> None:
        """Nothing that is unconfirmed will ever be committed."""
        self._outbox.refused()
        self._view.give_up(reason)

    def _welcome(self, message: wire.Welcome, now: float) -> None:
        if self._connection.is_open:
            raise OutOfStep("a second welcome")
        view, facts, outbox = self._view, self._facts, self._outbox
        # A computer that lost its power may remember less than it sent.  Then what was on its
        # way is still known by its seq; what follows may be committed, or not: who can tell?
        was_stored = self._replica.stored is not None
        is_outdated = was_stored and message.last_seq > outbox.seq
        is_new = facts.welcome(message)
        view.size.most = message.limits.document_bytes
        outbox.welcomed(message.limits, message.last_seq, now)
        if is_new:
            view.tell(SessionUpdated(facts.session))
        view.tell(ParticipantsChanged(facts.participants))
        if message.changes is not None:
            self._resume(message, now)
            is_refused = outbox.awaited is not None and outbox.awaited <= message.last_seq
            if is_outdated:
                self.give_up("outdated")
            elif is_refused:
                outbox.answered()  # the answer to a new seq says why
                if was_stored:
                    # It may have been offered already, just before the crash.
                    view.reject("refused")
        elif message.text is not None and message.revision is not None:
            reason = message.reset or "diverged"
            self._restart(message, message.text, message.revision, reason)
        else:
            raise Diverged("a welcome without a text")
        nobody: wire.Who = {participant: [] for participant in view.presences.others()}
        view.place(nobody | self._others(message.who or {}))
        self._connection.welcomed()

    def _resume(self, message: wire.Welcome, now: float) -> None:
        replica, stored = self._replica, self._replica.stored
        if replica.way_back is None or message.from_ != replica.client.revision:
            raise Diverged("changes that don't begin at a text that is known here")
        if stored is None:
            self._update(message, now)
        elif message.text is None:
            raise Diverged("changes without the text that was asked for")
        else:
            update = Update(message, self._outbox.awaited)
            self._take(update, replica.take_up(stored, message.text, update), now)
            self._view.size.start(replica.text)

    def _update(self, message: wire.Update | wire.Welcome, now: float) -> None:
        update = Update(message, self._outbox.awaited)
        changes = self._replica.update(update)
        if changes is not None:
            self._take(update, changes, now)

    def _take(self, update: Update, changes: Sequence[Changed], now: float) -> None:
        if update.answers:
            self._outbox.answered()
            self._is_said_again = False
        self._outbox.changed(now)
        self._view.show(changes)

    def _reject(self, message: wire.Reject, now: float) -> None:
        """Take out what can't be saved, and no more."""
        if message.seq != self._outbox.awaited:
            return
        match message.code:
            case "locked":
                self._outbox.postponed(now)
            case "too_large":
                self._outbox.refused()
                self._reduce(message.code)
            case "forbidden":
                self.give_up(message.code)
            case "length_mismatch" | "unknown_revision" | "seq_reused":
                self.give_up(message.code)
                raise Diverged(message.message)
            case _:
                self._outbox.refused()
                self._view.reject(message.code)

    def _reduce(self, code: str) -> None:
        """Keep what fits of an edit that makes the text too large; it is sent again."""
        client = self._replica.client
        assert client.outstanding is not None
        parts = without_excess(
            client.outstanding, client.confirmed, self._facts.limits.document_bytes
        )
        if parts is not None:
            self._replica.divide(*parts)
            self._view.reject(code)
        elif self._is_said_again:
            self._view.reject(code)
        else:
            # The text has become shorter since the server looked at it.
            self._is_said_again = True

    def _restart(
        self, start: wire.Welcome | wire.Reset, text: str, revision: int, reason: str
    ) -> None:
        """Begin at a text of the server's, whatever there was."""
        view, outbox = self._view, self._outbox
        view.restart(reason, text, Place(start.epoch, revision, start.chain))
        outbox.spend(start.last_seq)
        outbox.restarted()

    def _error(self, message: wire.Error, now: float) -> None:
        if message.code == "unavailable":
            self._outbox.unavailable(message.seq, now)
            return
        self._view.tell(Complaint(message.code, message.message))
        if message.code == "client_taken":
            raise ClientTaken(message.message)
        if message.fatal:
            raise Fatal(message)

    def _others(self, who: wire.Who) -> wire.Who:
        """Return it without what this client shows."""
        me, mine = self._facts.participant, self._facts.connection
        if me not in who:
            return who
        return who | {me: [one for one in who[me] if one.connection != mine]}

    def _is_now(self, revision: int) -> bool:
        """Return whether what was said of a revision still holds of the text here."""
        here = self._replica.client.revision
        if revision > here:
            raise OutOfStep(f"something at {revision}, not {here}")
        return revision == here

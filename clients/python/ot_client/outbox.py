"""`Outbox`: what is to be said to the server, and when.  No I/O, no clock.

At most one edit is outstanding.  It is sent when the pace and the session's lock allow it,
and again after `RESEND_AFTER` seconds without an answer, with a ping: where nothing at all
comes then, the line is dead.  While nothing is outstanding, carets and now and then a
checksum are told.

Invariant: `sent` is the very message that went out for `client.outstanding`, and stays so
until it is answered, though `client.outstanding` moves with every change: a resend is
equal to it to the letter, and its seq is never used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NoReturn
from zlib import crc32

import msgspec

from ot_client.carets import SELF, Carets
from ot_client.roster import Roster
from ot_client.timing import Backoff, Jitter, Pace
from ot_core import Client
from ot_protocol.messages import Edit, FromClient, Limits, Ping, Presence, Verify

__all__ = ["Outbox", "Silence"]

RESEND_AFTER: Final = 5.0
SILENT_FOR: Final = 3.0
"""Seconds without a word after which a line is given up that was asked for one.

A line that is slow to carry a large edit looks as dead as one that is: each that is given up
over the same edit gives the next one twice as long.
"""
VERIFY_EVERY: Final = 10.0
TYPING_PAUSE: Final = 2.0
"""Seconds without an edit after which typing has paused."""

Duty = tuple[float, Callable[[float], FromClient]]
"""From when on something is to be said, and what makes the message."""


class Silence(Exception):
    """The line is dead: an edit and a ping were sent, and nothing came.  Take another line."""


class Outbox:
    """What one client still has to say, over as many connections as it takes."""

    def __init__(self, client: Client, carets: Carets, roster: Roster, jitter: Jitter) -> None:
        self.sent: Edit | None = None
        self._client = client
        self._carets = carets
        self._roster = roster
        self._seq = 0
        self._resend_at = 0.0
        self._is_said = False  # on this connection
        self._silent_for = SILENT_FOR
        self._silent_at: float | None = None  # None while nothing is waited for but the answer
        self._unavailable = Backoff(jitter)
        self._edits = Pace()
        self._presences = Pace()
        self._presence_told = True
        self._edited_at = 0.0
        self._verified = 0
        self._verified_at = 0.0

    @property
    def seq(self) -> int:
        """The last one that was used, or is spent."""
        return self._seq

    # What happens.

    def connected(self, limits: Limits, last_seq: int, now: float) -> None:
        """There is a new connection, on which nothing has been said."""
        self._edits.limit(limits.edits_per_second)
        self._presences.limit(limits.presence_per_second)
        self._seq = max(self._seq, last_seq)
        self._resend_at = now
        self._is_said, self._silent_at = False, None
        self._presence_told = self._carets.get(SELF) is None

    def restarted(self, client: Client, last_seq: int) -> None:
        """Nothing is outstanding; the client is another one, at a text of the server's."""
        self._client = client
        self._seq = max(self._seq, last_seq)
        self._verified = client.revision
        self.answered()

    def edited(self, now: float) -> None:
        """The user typed."""
        self._edited_at = now

    def selected(self) -> None:
        """The user moved a caret."""
        self._presence_told = False

    def heard(self, now: float) -> None:
        """The server said something, whatever it was."""
        if self._silent_at is not None:
            self._silent_at = None
            self._resend_at = now + RESEND_AFTER

    def answered(self) -> None:
        """What was sent is decided, one way or the other."""
        self.sent = None
        self._silent_for = SILENT_FOR
        self._unavailable.reset()

    def unavailable(self, seq: int | None, now: float) -> None:
        """The server couldn't decide on what was sent: again, later."""
        if self.sent is not None and self.sent.seq == seq:
            self._resend_at = now + self._unavailable.next()

    # What is due.

    def take(self, now: float) -> list[FromClient]:
        """Return what is to be sent now; it counts as sent.

        Raises:
            Silence: nothing came for too long.
        """
        return [say(now) for due, say in list(self._duties()) if due <= now]

    @property
    def deadline(self) -> float | None:
        """When `take` will have something next, if nothing happens until then."""
        return min((due for due, _ in self._duties()), default=None)

    def _duties(self) -> Iterator[Duty]:
        if self._silent_at is not None:
            yield self._silent_at, self._give_up
        elif self.sent is not None:
            due = max(self._resend_at, self._edits.ready_at)
            yield due, self._edit
            if self._is_said:
                yield due, self._ping
        elif self._client.outstanding is not None:
            if not self._roster.is_locked:
                yield self._edits.ready_at, self._edit
        else:
            if not self._presence_told:
                yield self._presences.ready_at, self._presence
            if self._verified != self._client.revision:
                due = max(self._verified_at + VERIFY_EVERY, self._edited_at + TYPING_PAUSE)
                yield due, self._verify

    def _edit(self, now: float) -> Edit:
        self._edits.spend(now)
        self._resend_at = now + RESEND_AFTER
        self._is_said = True
        if self.sent is None:
            self.sent = self._freeze()
        return self.sent

    def _ping(self, now: float) -> Ping:
        self._silent_at = now + self._silent_for
        return Ping()

    def _give_up(self, _now: float) -> NoReturn:
        self._silent_for *= 2
        raise Silence

    def _freeze(self) -> Edit:
        outstanding = self._client.outstanding
        assert outstanding is not None
        self._seq += 1
        # The carets are kept in the text shown, which with a buffer is not the text after this.
        told = self._pairs() if self._client.buffer is None else None
        self._presence_told = self._presence_told or told is not None
        op = msgspec.Raw(msgspec.json.encode(outstanding.components))
        return Edit(self._seq, self._client.revision, op, told)

    def _presence(self, now: float) -> Presence:
        self._presences.spend(now)
        self._presence_told = True
        mine = self._carets.get(SELF)
        return Presence(
            self._client.revision, self._pairs() or [], mine is not None and mine.typing
        )

    def _verify(self, now: float) -> Verify:
        self._verified, self._verified_at = self._client.revision, now
        return Verify(self._client.revision, crc32(self._client.text.encode()))

    def _pairs(self) -> list[tuple[int, int]] | None:
        mine = self._carets.get(SELF)
        return None if mine is None else [(one.anchor, one.head) for one in mine.selections]

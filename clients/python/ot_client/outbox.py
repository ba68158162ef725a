"""`Outbox`: what is to be said to the server, and when.  No I/O, no clock.

At most one edit is outstanding; what is too much for one goes in parts.  It is sent when the
pace and the session's lock allow it, and again after `RESEND_AFTER` seconds without an answer,
with a ping: where nothing at all comes then, the connection is dead.  While nothing is
outstanding, carets and now and then a checksum are told.

Invariant: `sent` is the very message that went out for `client.outstanding`, and stays so
until it is answered, though `client.outstanding` moves with every change: a resend is
equal to it to the letter, and its seq is never used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Final
from zlib import crc32

import msgspec

from ot_client.facts import Facts
from ot_client.own_presence import OwnPresence
from ot_client.parts import divided
from ot_client.presence import Presences
from ot_client.replica import Replica
from ot_client.silence import Silence
from ot_client.timing import REST, Backoff, Jitter, Pace
from ot_protocol.messages import PROTOCOL, Edit, FromClient, Hello, Limits, Verify

__all__ = ["Outbox"]

RESEND_AFTER: Final = 5.0
VERIFY_EVERY: Final = 10.0

Duty = tuple[float, Callable[[float], FromClient]]
"""From when on something is to be said, and what makes the message."""


class Outbox:
    """What one client still has to say, over as many connections as it takes."""

    def __init__(
        self, replica: Replica, presences: Presences, facts: Facts, jitter: Jitter, pings: bool
    ) -> None:
        """`pings`: whether the connection is to be kept alive from here."""
        record = replica.stored
        self.sent = record.sent if record else None
        self.seq = record.seq if record else 0
        """The last one that was used, or is spent."""
        self._replica = replica
        self._facts = facts
        self._presence = OwnPresence(presences)
        self._silence = Silence(pings)
        self._unavailable = Backoff(jitter)
        self._edits = Pace()
        self._resend_at = 0.0
        self._again_at = -inf
        self._is_said = False  # on this connection
        self._changed_at = -inf
        self._verified = 0
        self._verified_at = -inf

    @property
    def awaited(self) -> int | None:
        """The seq of what is on its way; None: nothing is."""
        return self.sent.seq if self.sent else None

    # What happens.

    def hello(self, client_id: str, token: str | None, name: str | None) -> Hello:
        """Return what to say first on a new connection."""
        place = self._replica.way_back
        if place is None:
            return Hello(PROTOCOL, client_id, token, name, seq=self.seq)
        return Hello(
            PROTOCOL,
            client_id,
            token,
            name,
            **place._asdict(),
            outstanding=self.awaited,
            seq=self.seq,
            text=not self._replica.has_text,
        )

    def welcomed(self, limits: Limits, last_seq: int, now: float) -> None:
        """The server takes what is said on a new connection, on which nothing was said yet."""
        self._edits.limit(limits.edits_per_second)
        self._presence.begin(limits.presence_per_second)
        self._silence.limit(limits.ping_seconds)
        self.spend(last_seq)
        self._resend_at, self._is_said = now, False

    def restarted(self) -> None:
        """Nothing is outstanding; the text is one of the server's."""
        self._verified = self._replica.client.revision
        self.answered()

    def renamed(self) -> None:
        """Another client speaks, which has never said anything."""
        self.seq = 0

    def spend(self, last_seq: int) -> None:
        """No seq up to this one is good any more."""
        self.seq = max(self.seq, last_seq)

    def edited(self, now: float) -> None:
        """The user typed."""
        self.changed(now)
        self._presence.edited(now)

    def changed(self, now: float) -> None:
        """The text shown changed."""
        self._changed_at = now

    def selected(self, is_typing: bool, is_data_new: bool, now: float) -> None:
        """The user moved a caret, or shows something else beside it."""
        self._presence.selected(is_typing, is_data_new, now)

    def heard(self, now: float) -> None:
        """The server said something, whatever it was."""
        if self._silence.heard(now):
            self._resend_at = now + RESEND_AFTER

    def answered(self) -> None:
        """What was sent is decided, one way or the other."""
        self.sent = None
        self._silence.answered()
        self._unavailable.reset()

    def refused(self) -> None:
        """What was sent will never be committed under its seq."""
        self.answered()
        self._presence.refused()

    def postponed(self, now: float) -> None:
        """What was sent is refused for now: it is said again later, under a new seq."""
        self.sent = None
        self._silence.answered()
        self._again_at = now + self._unavailable.next()

    def unavailable(self, seq: int | None, now: float) -> None:
        """The server couldn't decide on what was sent: again, later."""
        if self.sent is not None and self.sent.seq == seq:
            self._resend_at = now + self._unavailable.next()

    def is_silent(self, now: float) -> bool:
        """Return whether the connection is dead: a word was asked for, and none came."""
        return self._silence.is_dead(now)

    # What is due.

    def take(self, now: float) -> list[FromClient]:
        """Return what is to be sent now; it counts as sent."""
        return [say(now) for due, say in list(self._duties()) if due <= now]

    @property
    def deadline(self) -> float | None:
        """When something is to be said, or the connection is dead, if nothing comes until then."""
        soonest = min((self._silence.dead_at, *(due for due, _ in self._duties())))
        return soonest if soonest < inf else None

    def _duties(self) -> Iterator[Duty]:
        client, silence = self._replica.client, self._silence
        if silence.is_asked:
            return
        if self.sent is not None:
            due = max(self._resend_at, self._edits.ready_at)
            yield due, self._edit
            if self._is_said:
                yield due, silence.ask
            return
        yield silence.ping_at, silence.ping
        if client.outstanding is not None:
            if not self._facts.is_locked:
                yield max(self._edits.ready_at, self._again_at), self._edit
            return
        yield self._presence.due, lambda now: self._presence.tell(client.revision, now)
        if self._verified != client.revision:
            yield max(self._verified_at + VERIFY_EVERY, self._changed_at + REST), self._verify

    def _edit(self, now: float) -> Edit:
        self._edits.spend(now)
        self._resend_at = now + RESEND_AFTER
        self._is_said = True
        if self.sent is None:
            self.sent = self._freeze()
        return self.sent

    def _freeze(self) -> Edit:
        client = self._replica.client
        assert client.outstanding is not None
        parts = divided(client.outstanding, lambda: client.confirmed, self._facts.limits)
        if parts is not None:
            self._replica.divide(*parts)
        self.seq += 1
        # The carets are kept in the text shown, which with a buffer is not the text after this.
        told = self._presence.tell_along() if client.buffer is None else None
        op = msgspec.Raw(msgspec.json.encode(client.outstanding.components))
        return Edit(self.seq, client.revision, op, told)

    def _verify(self, now: float) -> Verify:
        client = self._replica.client
        self._verified, self._verified_at = client.revision, now
        return Verify(client.revision, crc32(client.confirmed.encode()))

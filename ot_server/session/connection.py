"""`Connection`: one client's position in the log, and what brings it from there to the head.

What a client has not been sent yet is never queued: it is computed from the log when the
client can take it, so a slow reader costs no memory.  Other news (participants, presence)
is known by a stamp, and only the newest is sent.

Invariant: the client has been sent exactly the log up to `position`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from msgspec import structs

from ot_core import Selection
from ot_protocol import CloseCode, encode
from ot_protocol.messages import (
    Change,
    FromServer,
    Participant,
    Reject,
    ResetReason,
    Role,
    Update,
    Welcome,
)
from ot_server.ids import connection_name
from ot_server.session.feed import Feed, Heard
from ot_server.session.roster import Presence
from ot_server.session.seqs import Seqs
from ot_server.session.way_out import Transport, WayOut

__all__ = ["Connection", "Visitor"]


@dataclass(frozen=True)
class Visitor:
    """The participant, client and login of a connection."""

    participant: Participant
    client_id: str
    login_id: str | None = None
    """The login of its token, with which it ends; None for a guest."""
    arrival: int = 0
    """Numbers the connections to this node: of one client's, only the last one stays."""


class Connection:
    """One client, from its hello to its close."""

    def __init__(self, visitor: Visitor, transport: Transport, slow_seconds: float) -> None:
        self.visitor = visitor
        self.name = connection_name(visitor.participant.id, visitor.client_id)
        """What others call it."""
        self.since = time.time()
        """When it began, in seconds since 1970."""
        self.data: bytes | None = None
        """What it shows beside its selections, as JSON."""
        self.position = 0
        self.seqs = Seqs()
        self.heard = Heard()
        self._out = WayOut(transport, slow_seconds)
        self._reset: ResetReason | None = None
        """Why the client has to start again, until it has been sent the text."""
        self._reset_at = 0
        """The revision of the last reset: edits made before it are given up."""

    @property
    def client_id(self) -> str:
        """The client's."""
        return self.visitor.client_id

    @property
    def participant(self) -> Participant:
        """Its participant, with the role that they hold."""
        return self.visitor.participant

    # Calls of its session.

    def hold(self, revision: int) -> None:
        """Begin at `revision`, up to which the client has the log: keep what follows."""
        self.position = revision

    def welcome(self, seqs: Seqs) -> None:
        """Forget resets that were due before: the welcome has everything up to this moment."""
        self.seqs = seqs
        self._reset = None

    def begin(self, position: int, heard: Heard) -> None:
        """Note what the welcome tells: the log up to `position`, and other news up to stamps."""
        self.position, self.heard = position, heard

    def take_role(self, role: Role) -> None:
        """Tell the client its participant's new role."""
        participant = structs.replace(self.participant, role=role)
        self.visitor = replace(self.visitor, participant=participant)

    def take_login(self, login_id: str | None) -> None:
        """Note that the client has sent a fresh token, of this login."""
        self.visitor = replace(self.visitor, login_id=login_id)

    def presence(self, revision: int, selections: Iterable[Selection], *, typing: bool) -> Presence:
        """Return what it shows with these selections, in the text at `revision`."""
        return Presence(self.name, self.since, revision, tuple(selections), typing, self.data)

    def acknowledge(self, seq: int, revision: int) -> None:
        """Acknowledge an operation, unless the log that is still to be sent does so."""
        if revision <= self.position:
            self.seqs = self.seqs.repeat(seq)
        self.wake()

    def reject(self, reject: Reject) -> None:
        """Tell the client that an operation will never be in the log."""
        self.seqs = self.seqs.answer(reject.seq)
        self.tell(reject)

    def reset(self, reason: ResetReason) -> None:
        """Let the client start again from the head."""
        self._reset = reason
        self.wake()

    # Messages of the client.

    def declare(self, seq: int) -> bool:
        """Note that the client waits for this seq; False if it waits for another already."""
        seqs = self.seqs.declare(seq)
        if seqs is None:
            return False
        self.seqs = seqs
        return True

    def has_given_up(self, revision: int, seq: int | None = None) -> bool:
        """Whether a message about this revision, or this edit, has crossed a reset."""
        is_spent = seq is not None and self.seqs.is_spent(seq)
        return self._reset is not None or revision < self._reset_at or is_spent

    # Frames to the client.

    def wake(self) -> None:
        """Note that there may be something new to send."""
        self._out.wake()

    def tell(self, message: FromServer) -> None:
        """Send a reply to the client."""
        self._out.tell(message)

    def end(self, code: CloseCode, reason: str) -> None:
        """Close, after the frame that is being sent."""
        self._out.end(code, reason)

    async def closed(self) -> None:
        """Wait until the client has been told that this is the end."""
        await self._out.closed.wait()

    async def write(self, feed: Feed, welcome: Welcome) -> None:
        """Send the welcome, and then all news until the connection ends."""
        await self._out.write(encode(welcome), lambda: self._next(feed), feed.meters)

    async def _next(self, feed: Feed) -> bytes | None:
        """Return the most urgent frame, and count it as sent: the position moves past it."""
        replica = feed.replica
        if self._reset is None and self.position < replica.start:
            self._reset = "history_trimmed"
        # Resets go before replies: a reply may say that a reset came before an edit.
        if self._reset is not None:
            return await self._reset_frame(feed, self._reset)
        reply = self._out.reply()
        if reply is not None:
            return reply
        if (again := self.seqs.again) is not None:
            self.seqs = self.seqs.repeated()
            chain = replica.chain_at(self.position).hex()
            return encode(Update(self.position, self.position, chain, [Change(ack=again)]))
        head = replica.head
        if self.position < head:
            outstanding = self.seqs.outstanding
            update, acknowledges = await feed.update(
                self.position, head, self.client_id, outstanding
            )
            if (
                self.seqs.outstanding != outstanding
            ):  # declared meanwhile: it may be in this stretch
                return await self._next(feed)
            if acknowledges and outstanding is not None:
                self.seqs = self.seqs.answer(outstanding)
            feed.meters.update_revisions.observe(head - self.position)
            self.position = head
            return update
        frame, self.heard = feed.beside(self.heard)
        return frame

    async def _reset_frame(self, feed: Feed, reason: ResetReason) -> bytes:
        self.seqs = self.seqs.reset()
        frame, head = await feed.reset(reason, self.seqs.spent)
        feed.meters.resets[reason] += 1
        self.seqs = self.seqs.repeated()  # acknowledgements that were due are dropped
        self.position = self._reset_at = head
        self._reset = None
        # The diagnostics that were sent are lost with their text.
        self.heard = self.heard._replace(diagnosis=0)
        return frame

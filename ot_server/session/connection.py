"""`Connection`: one client's position in the log, and what brings it from there to the head.

What a client has not been sent yet is never queued: it is worked out from the log when
the client can take it, so a slow reader costs no memory.  Whatever else there is to
tell (who is here, where their carets are) is a stamp, of which the newest wins.

Invariant: the client has been sent exactly the log up to `position`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import structs

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
from ot_server.session.feed import Feed, Heard
from ot_server.session.seqs import Seqs
from ot_server.session.way_out import Transport, WayOut

__all__ = ["Connection", "Visitor"]


@dataclass(frozen=True)
class Visitor:
    """Whose a connection is."""

    participant: Participant
    client_id: str
    login_id: str | None = None
    """The login that its token is of, which it ends with; None for a guest."""
    arrival: int = 0
    """Connections to this node are numbered as they come: of one client's, the last one stays."""


class Connection:
    """One client, from its hello to its close."""

    def __init__(self, visitor: Visitor, transport: Transport, slow_seconds: float) -> None:
        self.visitor = visitor
        self.position = 0
        self.seqs = Seqs()
        self.heard = Heard()
        self._out = WayOut(transport, slow_seconds)
        self._reset: ResetReason | None = None
        """Why it has to start again, until it has been sent the text."""
        self._reset_at = 0
        """The revision of the last reset: what was made before it is given up."""

    @property
    def client_id(self) -> str:
        """The client's."""
        return self.visitor.client_id

    @property
    def participant(self) -> Participant:
        """Who it is of, with the role that holds."""
        return self.visitor.participant

    # What its session does with it.

    def hold(self, revision: int) -> None:
        """The client says that it has been sent the log up to `revision`: keep what follows."""
        self.position = revision

    def welcome(self, seqs: Seqs) -> None:
        """The welcome tells all that there is at this moment: no reset that was due before."""
        self.seqs = seqs
        self._reset = None

    def begin(self, position: int, heard: Heard) -> None:
        """The welcome tells the log up to `position`, and so much of the rest."""
        self.position, self.heard = position, heard

    def take_role(self, role: Role) -> None:
        """The participant holds another role now."""
        participant = structs.replace(self.participant, role=role)
        self.visitor = replace(self.visitor, participant=participant)

    def take_login(self, login_id: str | None) -> None:
        """The client has brought a fresh token, of this login."""
        self.visitor = replace(self.visitor, login_id=login_id)

    def acknowledge(self, seq: int, revision: int) -> None:
        """The operation is in the log: say so, if the log that is yet to be sent doesn't."""
        if revision <= self.position:
            self.seqs = self.seqs.repeat(seq)
        self.wake()

    def reject(self, reject: Reject) -> None:
        """The operation will never be in the log."""
        self.seqs = self.seqs.answer(reject.seq)
        self.tell(reject)

    def reset(self, reason: ResetReason) -> None:
        """Let the client start again from the head."""
        self._reset = reason
        self.wake()

    # What the client says.

    def declare(self, seq: int) -> bool:
        """The client waits for this seq; return whether it may: only for one at a time."""
        seqs = self.seqs.declare(seq)
        if seqs is None:
            return False
        self.seqs = seqs
        return True

    def has_given_up(self, revision: int, seq: int | None = None) -> bool:
        """Whether what a client says of this revision, or this edit of it, has crossed a reset."""
        is_spent = seq is not None and self.seqs.is_spent(seq)
        return self._reset is not None or revision < self._reset_at or is_spent

    # What goes out to it.

    def wake(self) -> None:
        """There may be something new to send."""
        self._out.wake()

    def tell(self, message: FromServer) -> None:
        """Answer something that the client said."""
        self._out.tell(message)

    def end(self, code: CloseCode, reason: str) -> None:
        """Close, when what has been worked out is sent."""
        self._out.end(code, reason)

    async def closed(self) -> None:
        """Return when the client has been told that this is the end."""
        await self._out.closed.wait()

    async def write(self, feed: Feed, welcome: Welcome) -> None:
        """Send the welcome, and whatever there is to send until the connection ends."""
        await self._out.write(encode(welcome), lambda: self._next(feed), feed.meters)

    async def _next(self, feed: Feed) -> bytes | None:
        """Return the most urgent frame, as sent: the position is already behind it."""
        replica = feed.replica
        if self._reset is None and self.position < replica.start:
            self._reset = "history_trimmed"
        # Ahead of the answers: one that says that a reset came before an edit comes after it.
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
            if self.seqs.outstanding != outstanding:  # declared meanwhile: it may lie in between
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
        self.seqs = self.seqs.repeated()  # what was to be acknowledged meanwhile is given up
        self.position = self._reset_at = head
        self._reset = None
        # What was told of diagnostics is lost with the text that it was about.
        self.heard = self.heard._replace(diagnosis=0)
        return frame

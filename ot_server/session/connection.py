"""`Connection`: a position in the log, and a writer that brings one client up to the head.

What a client has not been sent yet is never queued: it is worked out from the log when
the client can take it, so a slow reader costs no memory.  Whatever else there is to
tell (who is here, where their carets are) is a stamp, of which the newest wins.

Invariant: the client has been sent exactly the log up to `position`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

import structlog

from ot_protocol import CloseCode, encode
from ot_protocol.messages import Change, FromServer, Participant, ResetReason, Update
from ot_server.session.feed import Feed

__all__ = ["Connection", "Transport"]

log = structlog.get_logger(__name__)

MOST_REPLIES: Final = 64
"""How many answers may wait for a client that asks and doesn't read."""


class Transport(Protocol):
    """The way to one client."""

    async def send(self, frame: bytes) -> None:
        """Send a frame; returns when the next one may be worked out."""

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close, saying why.  What has been sent arrives first; never raises."""


class Connection:
    """One client, from its welcome to its close."""

    def __init__(
        self,
        participant: Participant,
        client_id: str,
        transport: Transport,
        slow_seconds: float,
        login_id: str | None = None,
        arrival: int = 0,
    ) -> None:
        self.participant = participant
        self.client_id = client_id
        self.login_id = login_id
        """The login that its token is of, which it ends with; None for a guest."""
        self.arrival = arrival
        """The how-manieth connection to this node it is: of one client's, the last one stays."""
        self.outstanding: int | None = None
        """The seq that the client has declared to wait for."""
        self.last_answered = 0
        """The highest seq that this client is known to have, or to get, an answer to."""
        self.position = 0
        self.closed = asyncio.Event()
        """Set when the client has been told that this is the end."""
        self._transport = transport
        self._slow_seconds = slow_seconds
        self._wake = asyncio.Event()
        self._replies: deque[FromServer] = deque()
        self._ack_again: int | None = None
        self._reset: ResetReason | None = None
        self._used = 0
        """The highest seq that the client is known to have had, when it was welcomed."""
        self._spent = 0
        """The last seq that a reset has put an end to."""
        self._reset_at = 0
        """The revision of the last reset: what was made before it is given up."""
        self._participants_seen = 0
        self._carets_seen = 0
        self._diagnosis_seen = 0
        self._ending: tuple[CloseCode, str] | None = None

    @property
    def stamp_seen(self) -> int:
        """What this client has heard of the roster."""
        return self._participants_seen

    def begin(self, position: int, stamp: int) -> None:
        """The welcome tells the log up to `position` and the roster up to `stamp`."""
        self.position = position
        self._participants_seen = stamp

    def welcomed(self, outstanding: int | None, used: int) -> None:
        """The welcome tells all that there is at this moment: no reset that was due before."""
        self.outstanding = outstanding
        self._used = used
        self._reset = None

    def wake(self) -> None:
        """There may be something new to send."""
        self._wake.set()

    def tell(self, message: FromServer) -> None:
        """Answer something that the client said."""
        if len(self._replies) >= MOST_REPLIES:
            self.end(CloseCode.TRY_AGAIN_LATER, "answers are not read")
            return
        self._replies.append(message)
        self._wake.set()

    def declare(self, seq: int) -> bool:
        """The client waits for this seq; return whether it may: only for one at a time."""
        if seq <= self.last_answered:
            return True  # a resend that crossed its answer: it is answered once more
        if self.outstanding not in (None, seq):
            return False
        self.outstanding = seq
        return True

    def acknowledge(self, seq: int, revision: int) -> None:
        """The operation is in the log: say so, if the log that is yet to be sent doesn't."""
        if revision <= self.position:
            self._ack_again = seq
        self._wake.set()

    def answered(self, seq: int) -> None:
        """The client has, or gets, an answer to this seq."""
        self.last_answered = max(self.last_answered, seq)
        if self.outstanding is not None and self.outstanding <= seq:
            self.outstanding = None

    def reset(self, reason: ResetReason) -> None:
        """Let the client start again from the head."""
        self._reset = reason
        self._wake.set()

    def has_given_up(self, revision: int, seq: int | None = None) -> bool:
        """Whether what a client says of this revision, or this edit of it, has crossed a reset."""
        is_spent = seq is not None and seq <= self._spent
        return self._reset is not None or revision < self._reset_at or is_spent

    def end(self, code: CloseCode, reason: str) -> None:
        """Close, when what has been worked out is sent."""
        if self._ending is None:
            self._ending = (code, reason)
        self._wake.set()

    async def write(self, feed: Feed) -> None:
        """Send whatever there is to send until the connection ends."""
        try:
            await self._write(feed)
        except ConnectionError:
            self.end(CloseCode.GOING_AWAY, "the client has gone")
        except Exception:
            log.exception("writer_failed")
            self.end(CloseCode.INTERNAL_ERROR, "something went wrong here")
        assert self._ending is not None
        feed.meters.closes[self._ending[0].name.lower()] += 1
        try:
            await self._transport.close(*self._ending)
        finally:
            self.closed.set()

    async def _write(self, feed: Feed) -> None:
        while self._ending is None or self._replies:
            self._wake.clear()
            frame = await self._next(feed)
            if frame is None:
                await self._wake.wait()
                continue
            try:
                async with asyncio.timeout(self._slow_seconds):
                    await self._transport.send(frame)
            except TimeoutError:
                feed.meters.slow_readers += 1
                self._replies.clear()
                self.end(CloseCode.TRY_AGAIN_LATER, "nothing was read for too long")

    async def _next(self, feed: Feed) -> bytes | None:
        """Return the most urgent frame, as sent: the position is already behind it."""
        replica = feed.replica
        if self._reset is None and self.position < replica.start:
            self._reset = "history_trimmed"
        # Ahead of the answers: one that says that a reset came before an edit comes after it.
        if self._reset is not None:
            return await self._reset_frame(feed, self._reset)
        if self._replies:
            return encode(self._replies.popleft())
        if self._ack_again is not None:
            seq, self._ack_again = self._ack_again, None
            self.answered(seq)
            chain = replica.chain_at(self.position).hex()
            return encode(Update(self.position, self.position, chain, [Change(ack=seq)]))
        head = replica.head
        if self.position < head:
            outstanding = self.outstanding
            frame, acknowledges = await feed.update(
                self.position, head, self.client_id, outstanding
            )
            if self.outstanding != outstanding:  # declared meanwhile: it may lie in between
                return await self._next(feed)
            if acknowledges and outstanding is not None:
                self.answered(outstanding)
            feed.meters.update_revisions.observe(head - self.position)
            self.position = head
            return frame
        return self._notice(feed)

    async def _reset_frame(self, feed: Feed, reason: ResetReason) -> bytes:
        # The one that may be on its way to us now has the next seq: it is spent as well.
        self._spent = max(self._used, self.last_answered, self.outstanding or 0) + 1
        frame, head = await feed.reset(reason, self._spent)
        feed.meters.resets[reason] += 1
        self.position = self._reset_at = head
        self.outstanding = self._ack_again = self._reset = None
        self._diagnosis_seen = 0  # what was told of them is lost with the text that it was about
        self.answered(self._spent)
        return frame

    def _notice(self, feed: Feed) -> bytes | None:
        stamp = feed.roster.stamp
        if self._participants_seen < stamp:
            frame = feed.participants(self._participants_seen)
            self._participants_seen = stamp
            if frame is not None:
                return frame
        if self._carets_seen < stamp:
            frame = feed.presence(self._carets_seen)
            self._carets_seen = stamp
            if frame is not None:
                return frame
        if self._diagnosis_seen < feed.diagnosis.stamp:
            self._diagnosis_seen = feed.diagnosis.stamp
            return feed.diagnostics()
        return None

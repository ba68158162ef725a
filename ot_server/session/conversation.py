"""`Conversation`: what a welcomed client says, message by message, and what it must not say.

Invariant: at most one operation of a connection is on its way.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Final, assert_never

import structlog

from ot_core import Selection
from ot_protocol import CloseCode
from ot_protocol.messages import (
    Auth,
    ClientMessage,
    Edit,
    Error,
    Hello,
    Ping,
    Pong,
    Presence,
    Reject,
    Verify,
)
from ot_server.session.actor import Actor
from ot_server.session.connection import Connection
from ot_server.session.request import Request

__all__ = ["Bucket", "Conversation"]

log = structlog.get_logger(__name__)

CHECKSUMS_PER_SECOND: Final = 0.2
CHECKSUMS_BURST: Final = 5
"""A checksum costs a walk over the whole text; an honest client asks every 10 s at most."""


class Bucket:
    """So many at once, and so many per second: a token bucket."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = burst
        self._at = asyncio.get_running_loop().time()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Conversation:
    """One connection's side of the protocol after the welcome."""

    def __init__(self, actor: Actor, connection: Connection) -> None:
        settings = actor.settings
        self._actor = actor
        self._connection = connection
        self._edits = Bucket(settings.edits_per_second, settings.edits_burst)
        self._presence = Bucket(settings.presence_per_second, settings.presence_per_second)
        self._checksums = Bucket(CHECKSUMS_PER_SECOND, CHECKSUMS_BURST)

    def hear(self, message: ClientMessage) -> bool:
        """Act on a message, and return whether the protocol allowed it here."""
        match message:
            case Edit():
                return self._edit(message)
            case Presence():
                self._point(message)
            case Verify():
                self._verify(message)
            case Ping():
                self._connection.tell(Pong())
            case Hello() | Auth():
                return self._complain(f"no {type(message).__name__.lower()} is expected here")
            case _:
                assert_never(message)
        return True

    def _edit(self, edit: Edit) -> bool:
        connection = self._connection
        if not self._edits.take():
            connection.end(CloseCode.TOO_FAST, "too many edits")
            return True
        if connection.has_given_up(edit.revision, edit.seq):
            connection.tell(Reject(edit.seq, "seq_reused", "a reset came before it"))
            return True
        if not connection.declare(edit.seq):
            return self._complain(f"seq {connection.outstanding} is still outstanding", edit.seq)
        self._actor.submit(
            Request(
                client_id=connection.client_id,
                participant_id=connection.participant.id,
                edit=edit,
                seen=connection.position,
                received=asyncio.get_running_loop().time(),
            )
        )
        return True

    def _point(self, presence: Presence) -> None:
        """Show carets to the others; what is out of range is clamped, what is too old ignored."""
        connection, actor = self._connection, self._actor
        history = actor.replica.document.history
        if connection.has_given_up(presence.revision):
            return
        if not history.start <= presence.revision <= connection.position:
            return
        if not self._presence.take():
            connection.end(CloseCode.TOO_FAST, "too much presence")
            return
        length = history.length_at(presence.revision)
        actor.audience.roster.point(
            connection.participant.id,
            connection.client_id,
            presence.revision,
            [
                Selection(min(anchor, length), min(head, length))
                for anchor, head in presence.selections
            ],
            presence.typing,
        )
        actor.audience.wake()

    def _verify(self, verify: Verify) -> None:
        """Compare the client's text with ours, if it is at the head."""
        replica = self._actor.replica
        if verify.revision != replica.head or self._connection.position != replica.head:
            return
        if not self._checksums.take():
            self._connection.end(CloseCode.TOO_FAST, "too many checksums")
            return
        if zlib.crc32(replica.document.text.encode()) != verify.crc32:
            log.error("client_diverged", session=self._actor.id, revision=replica.head)
            self._connection.reset("diverged")

    def _complain(self, message: str, seq: int | None = None) -> bool:
        self._connection.tell(Error("protocol", message, seq=seq))
        return False

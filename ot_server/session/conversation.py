"""`Conversation`: one client in a live session, from its hello to its close.

    begin     the client is let in, and history is kept for it while the actor catches up;
              then `judge` decides how it is welcomed, and that is done in one moment
    write     it is sent the welcome, and then everything up to the head, until it ends
    hear      meanwhile, each of its messages is handled, or refused
    leave     it has gone, or must go: the others are told, and the writer closes

Invariant: at most one operation of a connection is on its way.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import Final, assert_never

import structlog
from msgspec import UNSET, structs

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
    Welcome,
)
from ot_server.access.roles import Action, is_allowed
from ot_server.errors import ClientTaken, Corrupt, Forbidden, Replaced
from ot_server.session.actor import Actor
from ot_server.session.connection import Connection, Visitor
from ot_server.session.feed import changes
from ot_server.session.request import Request
from ot_server.session.way_out import Transport
from ot_server.session.welcome import Resume, judge, place_of, welcome_of

__all__ = ["Bucket", "Conversation"]

log = structlog.get_logger(__name__)

CHECKSUMS_PER_SECOND: Final = 0.2
CHECKSUMS_BURST: Final = 5
"""A checksum costs a walk over the whole text; an honest client asks at most every 10 s."""


class Bucket:
    """A token bucket: a number at once, and a number per second."""

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
    """One client's side of the protocol, and its connection."""

    def __init__(self, actor: Actor, visitor: Visitor, transport: Transport) -> None:
        settings = actor.settings
        self.connection = Connection(visitor, transport, settings.slow_reader_seconds)
        self._actor = actor
        self._edits = Bucket(settings.edits_per_second, settings.edits_burst)
        self._presence = Bucket(settings.presence_per_second, settings.presence_per_second)
        self._checksums = Bucket(CHECKSUMS_PER_SECOND, CHECKSUMS_BURST)

    async def begin(self, hello: Hello) -> Welcome:
        """Let the client into the session, and return its welcome.

        Raises:
            ClientTaken, Forbidden, Full, Replaced: it was not let in.
            Evicted: the session is no longer live: ask the hub again.
            StoreUnavailable: the store can't be read.
        """
        actor, connection = self._actor, self.connection
        participant = connection.participant
        row = await actor.store.claim_client(actor.id, connection.client_id, participant.id)
        if row.participant_id != participant.id:
            raise ClientTaken
        actor.admit(connection, hello.revision)
        try:
            await actor.caught_up()
            self._require_place()
            role = actor.replica.roles.get(participant.id)
            if role is None or not is_allowed(role, Action.READ):
                raise Forbidden
            connection.take_role(role)
            place = place_of(actor.replica, hello, actor.settings.transform_lag)
            if place is not None:
                with suppress(Corrupt):  # it is not held then, and that decides
                    await actor.reach(place)
            self._require_place()
            welcome = await self._welcome(hello)
            self._require_place()
        except BaseException:
            actor.leave(connection)
            raise
        return welcome

    def _require_place(self) -> None:
        if self._actor.connections.get(self.connection.client_id) is not self.connection:
            raise Replaced

    async def _welcome(self, hello: Hello) -> Welcome:
        """Perform the decision about a hello, now that history reaches back far enough."""
        actor, connection = self._actor, self.connection
        client_id = connection.client_id
        # One moment: nothing is awaited until text, head, roster and last seq are taken.
        replica, settings = actor.replica, actor.settings
        head = replica.head
        verdict = judge(replica, replica.clients[client_id], hello, settings.transform_lag)
        connection.welcome(verdict.seqs)
        participants, who, heard = actor.enter(connection)
        welcome = welcome_of(
            verdict, replica, connection, participants, who, settings, text=hello.text
        )
        if isinstance(verdict, Resume):
            first = verdict.revision
            found = await changes(replica, first, head, client_id, hello.outstanding)
            welcome = structs.replace(welcome, from_=first, to=head, changes=found)
        connection.begin(head, heard)
        return welcome

    async def write(self, welcome: Welcome) -> None:
        """Send the welcome, and then all news until the connection ends; close it."""
        await self.connection.write(self._actor.feed, welcome)

    def leave(self) -> None:
        """End, because the client has gone."""
        self._actor.leave(self.connection)
        self.connection.end(CloseCode.GOING_AWAY, "the client has gone")

    def hear(self, message: ClientMessage) -> bool:
        """Handle a message, and return whether the protocol allows it here."""
        match message:
            case Edit():
                return self._edit(message)
            case Presence():
                self._place(message)
            case Verify():
                self._verify(message)
            case Ping():
                self.connection.tell(Pong())
            case Hello() | Auth():
                return self._complain(f"no {type(message).__name__.lower()} is expected here")
            case _:
                assert_never(message)
        return True

    def _edit(self, edit: Edit) -> bool:
        connection = self.connection
        if not self._edits.take():
            connection.end(CloseCode.TOO_FAST, "too many edits")
            return True
        if connection.has_given_up(edit.revision, edit.seq):
            connection.tell(Reject(edit.seq, "seq_reused", "a reset came before it"))
            return True
        if not connection.declare(edit.seq):
            return self._complain(
                f"seq {connection.seqs.outstanding} is still outstanding", edit.seq
            )
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

    def _place(self, presence: Presence) -> None:
        """Show presence to the others; offsets are clamped, and too old a revision is ignored."""
        connection, actor = self.connection, self._actor
        history = actor.replica.document.history
        if connection.has_given_up(presence.revision):
            return
        if not history.start <= presence.revision <= connection.position:
            return
        if not self._presence.take():
            connection.end(CloseCode.TOO_FAST, "too much presence")
            return
        # A copy: what was decoded may hold a whole frame in memory.
        connection.data = None if presence.data is UNSET else bytes(presence.data)
        actor.set_presence(connection, presence)

    def _verify(self, verify: Verify) -> None:
        """Compare the client's text with ours, if it is at the head."""
        replica = self._actor.replica
        if verify.revision != replica.head or self.connection.position != replica.head:
            return
        if not self._checksums.take():
            self.connection.end(CloseCode.TOO_FAST, "too many checksums")
            return
        if zlib.crc32(replica.document.text.encode()) != verify.crc32:
            log.error("client_diverged", session=self._actor.id, revision=replica.head)
            self.connection.reset("diverged")

    def _complain(self, message: str, seq: int | None = None) -> bool:
        self.connection.tell(Error("protocol", message, seq=seq))
        return False

"""`Peer`: a client that is strict, over a transport in memory.

It is the engine's `Client` behind the protocol.  It keeps the promises that a client
makes (one edit outstanding, a resend repeats), and checks the promises made to it with
every frame: consecutive revisions, acks only of what it sent, carets at its own revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from msgspec import Raw, json, structs

from ot_core import Acknowledgement, Client, Operation
from ot_core.client import Change
from ot_protocol import CloseCode, decode_client, decode_server, encode
from ot_protocol.messages import (
    PROTOCOL,
    Diagnostics,
    Edit,
    FromClient,
    Hello,
    Participants,
    Presences,
    Reject,
    Reset,
    ServerMessage,
    Update,
    Welcome,
    Who,
)
from ot_protocol.messages import Change as WireChange
from ot_server.access.participant import shown
from ot_server.session.connection import Visitor
from ot_server.session.conversation import Conversation
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Holder
from tests.patience import PATIENCE

__all__ = ["SESSION", "Peer", "Wire"]

SESSION = "session"
M = TypeVar("M")


class Wire:
    """A connection's transport in memory: what is sent is heard at once, while `reads` is set."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_cut = False
        self.frames = 0

    async def send(self, frame: bytes) -> None:
        await asyncio.sleep(self._peer.lag())
        await self.reads.wait()
        if self.is_cut:
            raise ConnectionResetError
        self.frames += 1
        self._peer.hear(decode_server(frame))

    async def close(self, code: CloseCode, _reason: str) -> None:
        if not self.is_cut:
            self._peer.hear_close(code)


class Peer:
    """One client."""

    def __init__(
        self, store: SessionStore, settings: Settings, participant: str, client_id: str
    ) -> None:
        self.participant = participant
        self.client_id = client_id
        self.arrival = 0
        """See `Visitor.arrival`."""
        self.client = Client()
        self.seq = 0
        self.sent: Edit | None = None
        """The edit that is outstanding, as it was sent."""
        self.heard: list[ServerMessage] = []
        self.rejected: list[Reject] = []
        self.refused: set[int] = set()
        """The seqs that were outstanding and were refused, by a reject or by a welcome."""
        self.acked: list[int] = []
        """The seqs that were acknowledged, in order, repeats included."""
        self.connection = ""
        """What others call it."""
        self.who: Who = {}
        """What it was told last that everybody shows, itself included."""
        self.closed: CloseCode | None = None
        self.wire = Wire(self)
        self._store = store
        self._place: tuple[int, str] | None = None
        """Epoch and chain, where it has been welcomed before."""
        self._conversation: Conversation | None = None
        self._writer: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    @property
    def text(self) -> str:
        """What its user sees."""
        return self.client.shown

    # On the way out.

    async def connect(self, hub: Hub, **changes: object) -> Welcome:
        """Say hello, from where it was; `changes` are fields that the hello has instead."""
        self.drop()
        hello = Hello(PROTOCOL, self.client_id, seq=self.seq)
        if self._place is not None:
            epoch, chain = self._place
            hello = structs.replace(hello, epoch=epoch, revision=self.client.revision, chain=chain)
            if self.sent is not None:
                hello = structs.replace(hello, outstanding=self.sent.seq)
        hello = structs.replace(hello, **changes)
        row = await self._store.participant(SESSION, self.participant)
        assert row is not None
        assert row.given is not None
        self.wire, self.closed = Wire(self), None
        visitor = Visitor(shown(Holder(row, row.given)), self.client_id, arrival=self.arrival)
        conversation = Conversation(await hub.actor(SESSION), visitor, self.wire)
        welcome = await conversation.begin(hello)
        self._conversation = conversation
        self._writer = asyncio.create_task(_serve(conversation, welcome))
        return await self.next(Welcome)

    def drop(self) -> None:
        """The network fails."""
        self.wire.is_cut = True
        self.wire.reads.set()
        if self._conversation is not None:
            conversation, self._conversation = self._conversation, None
            self.notice(conversation)

    def vanish(self) -> Conversation | None:
        """The network fails, and the server doesn't notice; return what it still talks to."""
        conversation, self._conversation = self._conversation, None
        self.drop()
        return conversation

    def notice(self, conversation: Conversation) -> None:
        """The server finds that a connection is no more."""
        conversation.leave()

    def lag(self) -> float:
        """How long the next frame of the server takes, in seconds."""
        return 0

    def say(self, message: FromClient) -> bool:
        """Send a message; return whether the protocol allowed it, or False if nobody hears it."""
        if self._conversation is None or self.wire.is_cut:
            return False
        return self.carry(self._conversation, message)

    def carry(self, conversation: Conversation, message: FromClient) -> bool:
        """Bring a message to the server, and return whether the protocol allowed it there."""
        return conversation.hear(decode_client(encode(message)))

    def edit(self, *components: int | str) -> None:
        """Change the text."""
        operation = self.client.edit(Operation(components))
        if operation is not None:
            self.send(operation)

    def insert(self, text: str, position: int | None = None) -> None:
        """Insert a text at a position of the text shown, or at its end."""
        length = self.client.length
        position = length if position is None else position
        rest = length - position
        self.edit(*(part for part in (position, text, rest) if part))

    def send(self, operation: Operation, selections: list[tuple[int, int]] | None = None) -> None:
        """Send an operation as the next seq."""
        self.seq += 1
        op = Raw(json.encode(operation.components))
        self.sent = Edit(self.seq, self.client.revision, op, selections)
        self.say(self.sent)

    def resend(self) -> None:
        """Repeat what is outstanding."""
        assert self.sent is not None
        self.say(self.sent)

    # On the way in.

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Return when something that was heard has made the condition true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def next(self, kind: type[M]) -> M:
        """Return the next message of a kind that comes from now on."""
        start = len(self.heard)

        def found() -> list[M]:
            return [message for message in self.heard[start:] if isinstance(message, kind)]

        await self.until(lambda: bool(found()))
        return found()[0]

    def heard_of(self, kind: type[M]) -> list[M]:
        """Return all messages of a kind that have come."""
        return [message for message in self.heard if isinstance(message, kind)]

    def carets_of(self, peer: Peer) -> list[tuple[int, int]] | None:
        """Return where it was told that another client's carets are; None: it shows none."""
        told = [
            one for one in self.who.get(peer.participant, ()) if one.connection == peer.connection
        ]
        return told[0].selections if told else None

    def hear_close(self, code: CloseCode) -> None:
        """The server has closed the connection."""
        self.closed = code
        self._news.set()

    def hear(self, message: ServerMessage) -> None:
        """Take in a frame."""
        self.heard.append(message)
        self._look(message)
        match message:
            case Welcome(text=str(text), revision=int(revision)):
                self._restart(text, revision)
                self._place = message.epoch, message.chain
            case Welcome(from_=int(first), to=int(last), changes=list(changes)):
                self._update(first, last, changes)
                self._place = message.epoch, message.chain
                if self.sent is not None and self.sent.seq <= message.last_seq:
                    self._take_back()
            case Update():
                self._update(message.from_, message.to, message.changes)
                assert self._place is not None
                self._place = self._place[0], message.chain
            case Reset():
                self.seq = max(self.seq, message.last_seq)
                self._restart(message.text, message.revision)
                self._place = message.epoch, message.chain
            case Reject():
                self.rejected.append(message)
                if self.sent is not None and self.sent.seq == message.seq:
                    self._take_back()
            case Presences():
                assert message.revision == self.client.revision, "carets are at the position"
            case Diagnostics():
                assert message.revision == self.client.revision, "diagnostics are at the position"
            case _:
                pass
        self._news.set()

    def _look(self, message: ServerMessage) -> None:
        match message:
            case Welcome():
                self.connection, self.who = message.connection, message.who or {}
            case Presences():
                self.who = self.who | message.who
            case Participants():
                gone = {*message.left, *(one.id for one in message.joined)}
                self.who = {id_: shown for id_, shown in self.who.items() if id_ not in gone}
            case _:
                return
        for presences in self.who.values():
            names = [one.connection for one in presences]
            assert len(names) == len(set(names)), "a connection is shown once"

    def _update(self, first: int, last: int, changes: list[WireChange]) -> None:
        self.acked += [change.ack for change in changes if change.ack is not None]
        if first == last:
            return  # an ack, said again
        assert first == self.client.revision, "no revision is skipped or sent twice"
        taken: list[Change] = []
        for change in changes:
            if change.op is not None:
                taken.append(Operation(change.op))
            else:
                assert self.sent is not None, "only what is outstanding is acknowledged"
                assert change.ack == self.sent.seq
                taken.append(Acknowledgement())
        received = self.client.receive(taken, last)
        if Acknowledgement() in taken:
            self.sent = None
        if received.send is not None:
            self.send(received.send)

    def _take_back(self) -> None:
        assert self.sent is not None
        self.refused.add(self.sent.seq)
        self.client.give_up()
        self.sent = None

    def _restart(self, text: str, revision: int) -> None:
        self.client = Client(text, revision)
        self.sent = None


async def _serve(conversation: Conversation, welcome: Welcome) -> None:
    await conversation.write(welcome)
    conversation.leave()

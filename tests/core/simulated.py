"""A small world to try the engine in: clients, a server, and a network that misbehaves.

The server is as small as a correct one can be: a `Document`, a log of who sent what,
and for each client the last seq that was answered.  A connection keeps only a position
in the log and the seq that the client waits for.  All chance comes from the one `Random`
of the world, so a seed stands for a whole run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from ot_core import (
    Acknowledgement,
    Change,
    Client,
    Document,
    Operation,
    TextBuffer,
    transform_index,
)


class Edit(NamedTuple):
    """A client's operation, made at `revision`.  A resend repeats it exactly."""

    client: int
    seq: int
    revision: int
    operation: Operation


class Hello(NamedTuple):
    """A client connects: it has the log up to `revision`, and waits for `seq` (0: nothing)."""

    client: int
    connection: int
    revision: int
    seq: int


class Update(NamedTuple):
    """The log from revision `first` to `last`, as one client should see it."""

    connection: int
    first: int
    last: int
    changes: tuple[Change, ...]


class Reject(NamedTuple):
    """The edit `seq` will never commit."""

    seq: int


FORBIDDEN = "#"
"""The server refuses edits that insert this."""


@dataclass
class Connection:
    """What the server knows of a connection: its position in the log, and what it waits for."""

    number: int
    position: int
    awaited: int


@dataclass
class Server:
    """Commits edits in the order of arrival, each (client, seq) once."""

    document: Document
    random: Random
    log: list[Edit] = field(default_factory=list)
    last_seq: dict[int, int] = field(default_factory=dict)
    refused: set[tuple[int, int]] = field(default_factory=set)
    connections: dict[int, Connection] = field(default_factory=dict)

    def hello(self, hello: Hello) -> Reject | None:
        known = self.connections.get(hello.client)
        if known is not None and known.number >= hello.connection:
            return None
        # This network lets an edit overtake its hello, so the newest seq is what counts.
        awaited = max(hello.seq, known.awaited if known else 0)
        self.connections[hello.client] = Connection(hello.connection, hello.revision, awaited)
        return self._refusal(hello.client, hello.seq)

    def edit(self, edit: Edit) -> Reject | None:
        connection = self.connections[edit.client]
        connection.awaited = max(connection.awaited, edit.seq)
        if edit.seq > self.last_seq.get(edit.client, 0):
            self.last_seq[edit.client] = edit.seq
            if holds(edit.operation, FORBIDDEN):
                self.refused.add((edit.client, edit.seq))
            else:
                operation = self.document.rebase(edit.operation, edit.revision)
                self.document.apply(operation)
                self.log.append(edit._replace(operation=operation))
        return self._refusal(edit.client, edit.seq)

    def _refusal(self, client: int, seq: int) -> Reject | None:
        return Reject(seq) if (client, seq) in self.refused else None

    def update(self, client: int) -> Update | None:
        """Return some or all of what the client has not been sent, partly composed."""
        connection = self.connections[client]
        if connection.position == len(self.log):
            return None
        first = connection.position
        last = self.random.randint(first + 1, len(self.log))
        changes: list[Change] = []
        for entry in self.log[first:last]:
            if entry.client == client:
                assert entry.seq == connection.awaited, "a client is told of its own as an ack"
                changes.append(Acknowledgement())
            elif changes and isinstance(changes[-1], Operation) and self.random.random() < 0.5:
                changes[-1] = changes[-1].compose(entry.operation)
            else:
                changes.append(entry.operation)
        connection.position = last
        return Update(connection.number, first, last, tuple(changes))


@dataclass
class Replica:
    """A client, its editor, and what it would keep in storage."""

    name: int
    client: Client
    editor: TextBuffer
    caret: int = 0
    sent: Edit | None = None
    seq: int = 0
    connection: int = 0

    def edit(self, operation: Operation) -> Edit | None:
        """Type; return what is to be sent."""
        self.editor.apply(operation)
        return self._send(self.client.edit(operation))

    def update(self, update: Update) -> Edit | Hello | None:
        """Take a frame if it is the next one; after a gap, connect again."""
        if update.connection != self.connection or update.first < self.client.revision:
            return None
        if update.first > self.client.revision:
            return self.connect()
        received = self.client.receive(update.changes, update.last)
        for operation in received.operations:
            self.editor.apply(operation)
            self.caret = transform_index(operation, self.caret)
        if Acknowledgement() in update.changes:
            self.sent = None
        return self._send(received.send)

    def reject(self, reject: Reject) -> Operation | None:
        """Give up a refused edit; return what was taken back out of the editor."""
        if self.sent is None or self.sent.seq != reject.seq:
            return None
        lost, self.sent = self.client.unsaved, None
        self.editor.apply(self.client.give_up())
        return lost

    def connect(self) -> Hello:
        """Begin a new connection; the one before it is dead."""
        self.connection += 1
        seq = self.sent.seq if self.sent else 0
        return Hello(self.name, self.connection, self.client.revision, seq)

    def reopen(self) -> None:
        """Come back from storage, with a client machine that knows nothing else."""
        old = self.client
        self.client = Client(old.confirmed, old.revision, old.outstanding, old.buffer)
        assert old.shown == self.editor.text
        self.editor = TextBuffer(old.shown)

    def _send(self, operation: Operation | None) -> Edit | None:
        if operation is None:
            return None
        self.seq += 1
        self.sent = Edit(self.name, self.seq, self.client.revision, operation)
        return self.sent


@dataclass
class World:
    """Everybody, and the messages on their way.  Replica n is told by `to_clients[n]`."""

    random: Random
    server: Server
    replicas: list[Replica]
    to_server: list[Edit | Hello] = field(default_factory=list)
    to_clients: dict[int, list[Update | Reject]] = field(default_factory=dict)
    lost: list[Operation] = field(default_factory=list)
    """What was refused, and the buffers that were given up with it."""

    @classmethod
    def of(cls, random: Random, text: str, people: int) -> World:
        replicas = [Replica(name, Client(text), TextBuffer(text)) for name in range(people)]
        world = cls(random, Server(Document(text), random), replicas)
        for replica in replicas:
            world.to_clients[replica.name] = []
            world.send(replica.connect())
            world.serve()
        return world

    def send(self, message: Edit | Hello | None) -> None:
        if message is not None:
            self.to_server.append(message)

    def serve(self, place: int = 0) -> None:
        """Let the server take a message that is on its way to it."""
        message = self.to_server.pop(place)
        if isinstance(message, Hello):
            answer = self.server.hello(message)
        else:
            answer = self.server.edit(message)
        if answer is not None:
            self.to_clients[message.client].append(answer)

    def push(self, name: int) -> None:
        """Let the server send a client some of what it has not been sent."""
        update = self.server.update(name)
        if update is not None:
            self.to_clients[name].append(update)

    def hear(self, name: int, place: int = 0) -> None:
        """Let a client take a message that is on its way to it."""
        replica, message = self.replicas[name], self.to_clients[name].pop(place)
        if isinstance(message, Update):
            self.send(replica.update(message))
        elif (lost := replica.reject(message)) is not None:
            self.lost.append(lost)

    def settle(self) -> None:
        """Let the network behave until everybody has heard everything."""
        self.to_server.clear()
        for replica in self.replicas:
            self.to_clients[replica.name].clear()
            self.send(replica.connect())
            self.send(replica.sent)
        while self.to_server or any(
            r.client.revision < len(self.server.log) or r.sent for r in self.replicas
        ):
            while self.to_server:
                self.serve()
            for replica in self.replicas:
                self.push(replica.name)
                while self.to_clients[replica.name]:
                    self.hear(replica.name)


def holds(operation: Operation, text: str) -> bool:
    return any(
        isinstance(component, str) and text in component for component in operation.components
    )

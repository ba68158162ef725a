"""A server that speaks the protocol and forgets nothing, without a network or a clock.

It is as small as a correct one can be, takes and gives real frames, and does on request
what real ones do rarely: refuse, be unavailable, compose what it sends, come back from a
backup.  What it gives for one connection lies in `Peer.frames` until somebody carries it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from random import Random
from typing import NamedTuple, assert_never
from zlib import crc32

from msgspec import UNSET, Raw, UnsetType

from ot_core import Document, Operation
from ot_protocol import decode_client, decode_operation, encode
from ot_protocol.messages import (
    PROTOCOL,
    Auth,
    Change,
    ConnectionPresence,
    Edit,
    Error,
    FromServer,
    Hello,
    Limits,
    Participant,
    Participants,
    Ping,
    Pong,
    Presence,
    Presences,
    Reject,
    RejectCode,
    Reset,
    SessionChanged,
    SessionInfo,
    Update,
    Verify,
    Welcome,
)

LIMITS = Limits(
    frame_bytes=2**20,
    document_bytes=4096,
    components=200,
    edits_per_second=30,
    edits_burst=120,
    presence_per_second=20,
    ping_seconds=20,
    run=True,
    run_bytes=65_536,
    diagnostics=True,
)


class Line(NamedTuple):
    """One committed operation, and whose it is."""

    client: str
    seq: int
    operation: Operation


def willing(_: Operation) -> RejectCode | None:
    """Refuse nothing."""
    return None


@dataclass
class FakeServer:
    """One session."""

    random: Random
    document: Document = field(default_factory=Document)
    refuses: Callable[[Operation], RejectCode | None] = willing
    is_available: bool = True
    expires: Callable[[], str] | None = None
    """What is told of the end of the token of each hello and each auth."""
    pushes: bool = True
    """Whether each commit is sent to everybody at once, as far as it goes."""
    epoch: int = 1
    limits: Limits = LIMITS
    log: list[Line] = field(default_factory=list)
    forgotten: list[Line] = field(default_factory=list)
    """What was committed, and is not in the backup."""
    answers: dict[str, dict[int, Reject | None]] = field(default_factory=dict)
    """By client and seq: the reject that was the answer, or None for a commit."""
    spent: dict[str, int] = field(default_factory=dict)
    """By client: up to which seq nothing is taken any more."""
    peers: list[Peer] = field(default_factory=list)
    beginning: str = ""

    def __post_init__(self) -> None:
        self.beginning = self.document.text

    def connect(self) -> Peer:
        return Peer(self)

    def chain(self, revision: int) -> str:
        return f"{self.epoch:016x}{revision:016x}"

    def drop_all(self, code: int = 1006) -> None:
        """Break every connection, as a crash does."""
        for peer in tuple(self.peers):
            peer.drop(code)

    def restore(self, revision: int) -> None:
        """Come back from a backup that was made at `revision`."""
        self.drop_all()
        self.epoch += 1
        self.answers.clear()
        self.forgotten += self.log[revision:]
        del self.log[revision:]
        self.document = Document(self.beginning)
        for line in self.log:
            self.document.apply(line.operation)
            self.answers.setdefault(line.client, {})[line.seq] = None

    def last_seq(self, client: str) -> int:
        """Return the last one that is decided, or spent."""
        return max(self.spent.get(client, 0), *self.answers.get(client, {}), 0)

    def tell(self, message: FromServer, but: Peer | None = None) -> None:
        """Send something to everybody who is connected, except one."""
        for peer in self.peers:
            if peer is not but:
                peer.send(message)

    def push(self) -> None:
        """Send everybody what they have not been sent."""
        for peer in tuple(self.peers):
            peer.push()


class Peer:
    """One connection, from the server's side."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.frames: deque[bytes] = deque()
        self.heard: list[Hello | Edit | Presence | Verify | Auth | Ping] = []
        self.dropped: int | None = None
        self.on_frame: Callable[[], None] = lambda: None
        self.client = ""
        self.data: Raw | UnsetType = UNSET
        self.position = 0
        self.awaited: int | None = None

    @property
    def participant(self) -> Participant:
        return Participant(f"p-{self.client[:8]}", "Ada", "#334455", "editor", "guest")

    @property
    def connection(self) -> str:
        return f"c-{self.client[:8]}"

    def send(self, message: FromServer) -> None:
        self.frames.append(encode(message))
        self.on_frame()

    def drop(self, code: int = 1006) -> None:
        """Break the connection; what was sent and not read may be read still."""
        self.dropped = code
        if self in self.server.peers:
            self.server.peers.remove(self)
            self.server.tell(Participants(left=[self.participant.id]))
        self.on_frame()

    def take(self, frame: bytes) -> None:
        """Hear what the client says."""
        if self.dropped is not None:
            return
        match decode_client(frame):
            case Hello() as message:
                self.heard.append(message)
                self._hello(message)
            case Edit() as message:
                self.heard.append(message)
                self._edit(message)
            case Presence() as message:
                self.heard.append(message)
                self.data = message.data
                self._carets(message.selections, message.typing)
            case Verify() as message:
                self.heard.append(message)
                text = self.server.document.text
                if message.revision == len(self.server.log):
                    assert message.crc32 == crc32(text.encode()), "the client has another text"
            case Auth() as message:
                self.heard.append(message)
                self._tell_expiry()
            case Ping() as message:
                self.heard.append(message)
                self.send(Pong())
            case message:
                assert_never(message)

    def push(self, last: int | None = None) -> None:
        """Send what leads to the revision `last`, composed here and there."""
        server = self.server
        last = len(server.log) if last is None else last
        if last > self.position:
            first, self.position = self.position, last
            self.send(Update(first, last, server.chain(last), self._changes(first, last)))

    def _changes(self, first: int, last: int) -> list[Change]:
        changes: list[Change] = []
        run: list[Line] = []

        def flush() -> None:
            if run:
                by = {f"p-{line.client[:8]}" for line in run}
                composed = reduce(Operation.compose, (line.operation for line in run))
                changes.append(Change(composed.to_wire(), by.pop() if len(by) == 1 else None))
                run.clear()

        for line in self.server.log[first:last]:
            if line.client == self.client and line.seq == self.awaited:
                flush()
                changes.append(Change(ack=line.seq))
            else:
                if self.server.random.random() < 0.5:
                    flush()
                run.append(line)
        flush()
        return changes

    def _hello(self, hello: Hello) -> None:
        server, last = self.server, len(self.server.log)
        for other in tuple(server.peers):
            if other.client == hello.client:
                other.drop(4409)
        self.client, self.awaited = hello.client, hello.outstanding
        server.peers.append(self)
        known = hello.epoch == server.epoch and hello.revision is not None
        resumed = known and hello.chain == server.chain(hello.revision or 0)
        first = hello.revision if resumed else None
        self.position = last
        self.send(
            Welcome(
                PROTOCOL,
                self.client,
                self.connection,
                self.participant.id,
                "editor",
                SessionInfo("s", "notes", "python"),
                [peer.participant for peer in server.peers],
                server.limits,
                server.last_seq(self.client),
                server.epoch,
                server.chain(last),
                text=server.document.text if hello.text or not resumed else None,
                revision=None if resumed else last,
                reset="lineage" if hello.epoch is not None and not resumed else None,
                from_=first,
                to=last if resumed else None,
                changes=self._changes(first, last) if first is not None else None,
            )
        )
        self._tell_expiry()
        server.tell(Participants(joined=[self.participant]), but=self)

    def _tell_expiry(self) -> None:
        if self.server.expires is not None:
            self.send(SessionChanged(role="editor", expires=self.server.expires()))

    def _edit(self, edit: Edit) -> None:
        server, answers = self.server, self.server.answers.setdefault(self.client, {})
        self.awaited = max(edit.seq, self.awaited or 0)
        if edit.seq in answers:
            reject = answers[edit.seq]
            if reject is not None:
                self.send(reject)
            elif self._is_behind(edit.seq):
                again = [Change(ack=edit.seq)]
                self.send(Update(self.position, self.position, server.chain(self.position), again))
            return
        if edit.seq <= server.spent.get(self.client, 0):
            return  # it has crossed a reset, and was given up
        if not server.is_available:
            self.send(Error("unavailable", "no store", seq=edit.seq))
            return
        assert edit.seq > max(answers, default=0)
        operation = decode_operation(edit.op)
        code = server.refuses(operation)
        if code is not None:
            answers[edit.seq] = Reject(edit.seq, code, "not that")
            self.send(Reject(edit.seq, code, "not that"))
            return
        answers[edit.seq] = None
        rebased = server.document.rebase(operation, edit.revision)
        server.document.apply(rebased)
        server.log.append(Line(self.client, edit.seq, rebased))
        if server.pushes:
            server.push()
        if edit.selections is not None and edit.revision + 1 == len(server.log) == self.position:
            self._carets(edit.selections, typing=True)

    def _is_behind(self, seq: int) -> bool:
        log = self.server.log[: self.position]
        return any(line.client == self.client and line.seq == seq for line in log)

    def _carets(self, selections: list[tuple[int, int]], typing: bool) -> None:
        data = None if self.data is UNSET else self.data
        shown = ConnectionPresence(self.connection, selections, typing, data)
        who = {self.participant.id: [shown]}
        for peer in self.server.peers:
            if peer is not self and peer.position == len(self.server.log):
                peer.send(Presences(peer.position, who))

    def reset(self) -> None:
        """Tell the client to begin again."""
        server = self.server
        self.position, self.awaited = len(server.log), None
        chain, text = server.chain(self.position), server.document.text
        last_seq = server.spent[self.client] = server.last_seq(self.client) + 1
        self.send(Reset("diverged", server.epoch, self.position, chain, text, last_seq))

"""Cases for ``dialogue.json``: those that are written by hand, then some that a seed leads through.

A conversation by seed has a small server that is right, a network that loses, doubles and breaks,
somebody else who types, and a program that crashes.  What comes of each step is the Python
machine's answer; that it is a good one is judged in the end: the text is the server's, and all
that was typed is in it once, or was offered back.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import msgspec

from ot_client.connection import Phase
from ot_core import Document, Operation
from ot_protocol import encode
from ot_protocol.messages import (
    PROTOCOL,
    Diagnostic,
    Diagnostics,
    Error,
    Hello,
    Limits,
    Lock,
    Pong,
    RejectCode,
    SessionChanged,
)
from tests.client.fake_server import FakeServer, Line, Peer
from tests.client.player import ALWAYS, Player
from tests.core.cases import random_edit
from tests.vectors.dialogue_rules import CLIENT, WELCOME, rules

__all__ = ["conversation", "dialogue_cases"]

Case = dict[str, Any]
Step = dict[str, Any]

CASES: Final = 60
"""So many are committed; ``python -m tests.vectors.explore`` makes more."""
STEPS: Final = 120
"""So many happenings are in one at most, before all is well again."""
ROUNDS: Final = 100
"""So many turns the two have at most, until all is well."""
FORBIDDEN: Final = "#"
ADA: Final = "ada00000-0000-4000-8000-000000000000"
SOMETIMES: Final = ("text", "status", "deadline", "store", "others", "diagnostics")
"""What is asked in some steps only."""


def dialogue_cases(random: Random) -> Iterator[Case]:
    yield from rules()
    for _ in range(CASES):
        yield conversation(random.getrandbits(32))


def conversation(seed: int) -> Case:
    """Return the case of a seed.

    Raises:
        AssertionError: something was lost, or doubled, or the texts differ in the end.
    """
    world = World(Random(seed))
    world.live()
    world.settle()
    world.judge()
    return {"seed": seed, "title": f"by seed {seed}", "pings": world.pings, "steps": world.steps}


class World:
    """One client, its server, and what lies between them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pings = random.random() < 0.3
        self.server = FakeServer(random, Document("ab😀d"), self._refuse, pushes=False)
        self.server.limits = msgspec.convert(WELCOME["limits"], Limits)
        self.ada = self._connect_ada()
        self.player = Player({"pings": self.pings}, CLIENT, WELCOME)
        self.steps: list[Step] = []
        self.peer: Peer | None = None
        self.up = deque[bytes]()
        self.now = 0.0
        self.lock: Lock | None = None
        self.clients = 1
        self.typed: list[str] = []
        self.deleted = ""
        self.offered = ""

    # What happens.

    def live(self) -> None:
        self._connect()
        self._hear()
        happenings = (
            *(self._type, self._deliver, self._hear) * 30,
            *(self._others_type, self._push, self._hear) * 20,
            *(self._wait, self._others_select, self._complicate) * 8,
            *(self._select, self._say_again, self._lose_frame) * 4,
            *(self._lose, self._crash, self._store) * 2,
            *(self._reset, self._restore),
        )
        for _ in range(self.random.randint(20, STEPS)):
            self.random.choice(happenings)()
            if self.peer is None and self.random.random() < 0.7:
                self._connect()

    def settle(self) -> None:
        """Let everything work, until the client has everything, and the server too."""
        server, machine = self.server, self.player.machine
        server.is_available, self.lock = True, None
        self._lose()
        for _ in range(ROUNDS):
            if self.peer is None:
                self._connect()
            while self.up:
                self._deliver()
            self._push()
            while self.peer is not None and self.peer.frames:
                self._hear()
            machine = self.player.machine
            is_there = machine.phase is Phase.OPEN and machine.revision == len(server.log)
            if is_there and machine.is_synchronized and not self.up:
                return
            self._at(self.now + 1)
        raise AssertionError("it never settles")

    def judge(self) -> None:
        """Hold the end against what was typed."""
        text = self.server.document.text
        assert self.player.machine.text == self.player.copy.text == text
        lines = [*self.server.log, *self.server.forgotten]
        for sign in self.typed:
            assert text.count(sign) <= 1, f"{sign} is there {text.count(sign)} times"
            was_saved = any(holds(line.operation, sign) for line in lines)
            assert was_saved or sign in self.offered + self.deleted, f"{sign} is lost"

    # Happenings.

    def _type(self) -> None:
        machine = self.player.machine
        if not machine.has_text:
            return
        length = machine.length
        start = self.random.randint(0, length)
        stop = min(length, start + self.random.choice((0, 0, 0, 1, 2)))
        number = len(self.typed)
        sign = chr((0x4E00, 0x1F300)[number % 2] + number)
        text = sign + FORBIDDEN if self.random.random() < 0.06 else sign
        self.deleted += machine.text[start:stop]
        self.typed.append(sign)
        self._take({"edit": Operation.replace(length, start, stop, text).to_wire()})

    def _select(self) -> None:
        places = [self.random.randint(0, 6) for _ in range(2)]
        self._take({"select": [places]})

    def _wait(self) -> None:
        self._at(self.now + self.random.choice((0.125, 0.25, 1, 3, 5.5, 21)))

    def _at(self, now: float) -> None:
        self.now = now
        self._take({"at": now})

    def _store(self) -> None:
        self._take({"stored": self.random.random() < 0.8})

    def _connect(self) -> None:
        machine = self.player.machine
        if machine.phase is Phase.OFFLINE:
            self.peer = self.server.connect()
            self._take({"connected": "token"})

    def _lose(self) -> None:
        self.peer = None
        self.up.clear()
        self._take({"lost": self.random.choice((1006, 1001, 4429))})

    def _crash(self) -> None:
        self.peer = None
        self.up.clear()
        is_stored = self.player.stored is not None
        self._take({"crash": True})
        if not is_stored:
            self.clients += 1
            self._take({"rename": f"{CLIENT[:-4]}{self.clients:04}"})

    def _deliver(self) -> None:
        """Let the server hear what was said first."""
        if self.up and self.peer is not None:
            self.peer.take(self.up.popleft())

    def _hear(self) -> None:
        """Let the client hear what was said first."""
        if self.peer is not None and self.peer.frames:
            self._take({"hear": lean(self.peer.frames.popleft())})

    def _push(self) -> None:
        if self.peer is not None and self.peer in self.server.peers:
            self.peer.push(self.random.randint(self.peer.position, len(self.server.log)))

    def _others_type(self) -> None:
        operation = random_edit(self.random, self.server.document.length)
        self.server.document.apply(operation)
        self.server.log.append(Line(ADA, len(self.server.log) + 1, operation))

    def _others_select(self) -> None:
        self._push()
        self.ada.push()
        self.ada._carets([(self.random.randint(0, 9), self.random.randint(0, 9))], False)

    def _complicate(self) -> None:
        server, random = self.server, self.random
        draw = random.random()
        if draw < 0.3:
            server.is_available = not server.is_available
        elif draw < 0.6:
            until = "2030-01-01T00:00:00Z"
            self.lock = None if self.lock else Lock("p-ada00000", "writing", until)
            server.tell(SessionChanged(lock=self.lock))
        elif draw < 0.7:
            server.tell(SessionChanged(runs=random.randint(0, 3)))
        elif draw < 0.8:
            server.tell(Pong())
        elif draw < 0.9:
            server.tell(Error("malformed", "what?"))
        elif self.peer is not None and self.peer.position == len(server.log):
            start = random.randint(0, server.document.length)
            stop = random.randint(start, server.document.length)
            found = Diagnostic(start, stop, "warning", "W1", "look")
            self.peer.send(Diagnostics(self.peer.position, [found]))

    def _say_again(self) -> None:
        """Let a frame come twice, the second time late."""
        box = self._box()
        if box:
            again = self.random.choice(box)
            if b'"hello"' not in again and b'"welcome"' not in again:
                box.append(again)

    def _lose_frame(self) -> None:
        box = self._box()
        if box:
            del box[self.random.randrange(len(box))]

    def _box(self) -> deque[bytes]:
        """Return what is on its way, to the one or to the other."""
        boxes = (self.up, self.peer.frames) if self.peer else (self.up,)
        return self.random.choice(boxes)

    def _reset(self) -> None:
        if self.peer is not None and self.peer in self.server.peers:
            self.peer.reset()

    def _restore(self) -> None:
        """The server comes back from a backup."""
        self.server.restore(self.random.randint(0, len(self.server.log)))
        self.ada = self._connect_ada()
        if self.peer is not None:
            self._lose()

    def _connect_ada(self) -> Peer:
        peer = self.server.connect()
        peer.take(encode(Hello(PROTOCOL, ADA)))
        return peer

    def _refuse(self, operation: Operation) -> RejectCode | None:
        if self.lock is not None:
            return "locked"
        return "forbidden" if holds(operation, FORBIDDEN) else None

    # What comes of it.

    def _take(self, step: Step) -> None:
        player, random = self.player, self.random
        if "connected" in step or random.random() < 0.8:
            step["say"] = []
        came = player.take(step)
        for name, usual in ALWAYS.items():
            if came[name] != usual:
                step[name] = came[name]
        if "say" in step:
            step["say"] = came["say"]
            self.up.extend(json.dumps(frame).encode() for frame in came["say"])
        for name in SOMETIMES:
            if random.random() < 0.1:
                step[name] = came[name]
        self.steps.append(step)
        for told in came["tell"]:
            if isinstance(told, dict) and "unsaved" in told:
                self.offered += told["text"]
        if came["leave"] is not None:
            self._lose()


def holds(operation: Operation, text: str) -> bool:
    return any(isinstance(part, str) and text in part for part in operation.components)


def lean(frame: bytes) -> Step:
    """Return a message as JSON, without what the file's welcome says anyway."""
    message: Step = msgspec.json.decode(frame)
    if message["type"] != "welcome":
        return message
    same = {name for name, value in message.items() if WELCOME.get(name) == value} - {"type"}
    return {name: value for name, value in message.items() if name not in same}

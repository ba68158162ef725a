"""`SimulatedRedis`: a Redis in memory, as `redis.asyncio` shows it to one node or another.

It knows the three scripts of `ot_server.sequencer.redis` and the other commands that are used;
test_simulated_redis.py compares it with a real one.  It can be down, silent or wiped, go back
to an earlier state, and lose, double and delay messages.

Invariant: it holds nothing that the store doesn't hold; an attempt to put it there is a breach.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Final

from redis.exceptions import ConnectionError as NotConnected

from ot_server.sequencer.redis.wire import NOBODY, script
from tests.simulation.loop import WORLD

__all__ = ["Client", "SimulatedRedis"]

QUICK: Final = 0.0005
"""How long a call, or a message, takes on average while all is well, in seconds."""
ANNOUNCE, TAIL, TURN = (script(name) for name in ("announce", "tail", "turn"))

Argument = str | bytes | int


@dataclass
class State:
    """What it holds of one session."""

    epoch: int = -1
    head: int = 0
    size: int = 0
    """The size of the tail, in bytes."""
    tail: list[bytes] = field(default_factory=list)
    turns: list[bytes] = field(default_factory=list)


class SimulatedRedis:
    """One Redis for all nodes."""

    def __init__(self, random: Random, check: Callable[[bytes], None]) -> None:
        """`check` is called with each line that is put in."""
        self.random = random
        self._is_away = random.random() < 0.1
        """Whether it is down during the whole run."""
        self.is_down = self._is_away
        self.is_silent = False
        self.lost = self.doubled = 0.0
        """How many messages are."""
        self.lateness = QUICK
        """How long a message takes on average; messages may overtake each other."""
        self.sessions: dict[str, State] = {}
        self.hearing: list[PubSub] = []
        self.clients: dict[str, Client] = {}
        """The clients, by the name of their node."""
        self._check = check
        self._copy: dict[str, State] = {}

    def client(self, name: str) -> Client:
        """Return the client of a new node."""
        self.clients[name] = Client(self)
        return self.clients[name]

    # What goes wrong.

    def disconnect(self, client: Client | None = None) -> None:
        """Break all connections, or those of one node."""
        for pubsub in tuple(self.hearing):
            if client in (None, pubsub.client):
                pubsub.break_off()

    def wipe(self) -> None:
        """Kill it, and start it empty."""
        self.sessions.clear()
        self.disconnect()

    def replicate(self) -> None:
        """Copy everything to a replica, which falls behind from now on."""
        self._copy = deepcopy(self.sessions)

    def fail_over(self) -> None:
        """Let the replica take over: what was not replicated is lost."""
        self.sessions = deepcopy(self._copy)
        self.disconnect()

    def heal(self) -> None:
        """End all its faults."""
        self.is_down, self.is_silent = self._is_away, False
        self.lost = self.doubled = 0.0
        self.lateness = QUICK

    # Its commands.

    def announce(self, keys: Sequence[str], arguments: Sequence[Argument]) -> int:
        """See announce.lua."""
        epoch, first, last, channel, message, most, most_bytes, _, *lines = arguments
        assert isinstance(epoch, int)
        assert isinstance(first, int)
        assert isinstance(last, int)
        assert isinstance(most, int)
        assert isinstance(most_bytes, int)
        for line in lines:
            assert isinstance(line, bytes)
            self._check(line)
        state = self._state(keys)
        if epoch > state.epoch or (epoch == state.epoch and last > state.head):
            is_whole = epoch == state.epoch and first <= state.head + 1
            head = state.head
            if not state.tail or not is_whole or not lines:
                head = max(first - 1, head if is_whole else 0)
                state.tail, state.size = [], 0
            added = [line for line in lines[head + 1 - first :] if isinstance(line, bytes)]
            state.tail += added
            state.size += sum(map(len, added))
            while len(state.tail) > most or state.size > most_bytes:
                state.size -= len(state.tail.pop(0))
            state.epoch, state.head = epoch, last
        ticket = state.turns.pop(0) if state.turns else None
        assert isinstance(channel, str)
        assert isinstance(message, bytes)
        self.publish(channel, (ticket or NOBODY) + message)
        return 1 if ticket else 0

    def tail(self, keys: Sequence[str], arguments: Sequence[Argument]) -> list[bytes] | None:
        """See tail.lua."""
        state = self._state(keys)
        epoch, revision = arguments
        assert isinstance(revision, int)
        first = state.head - len(state.tail) + 1
        if state.epoch != epoch or revision + 1 < first or first > state.head:
            return None
        return state.tail[revision + 1 - first :]

    def turn(self, keys: Sequence[str], arguments: Sequence[Argument]) -> int:
        """See turn.lua; here no ticket expires before the turn is given to somebody."""
        ticket, _ = arguments
        assert isinstance(ticket, bytes)
        turns = self._state(keys).turns
        turns.append(ticket)
        return len(turns)

    def publish(self, channel: str, data: bytes) -> None:
        """Send a message to all subscribers."""
        for pubsub in self.hearing:
            if channel in pubsub.channels:
                draw = self.random.random()
                if draw >= self.lost:
                    self._deliver(pubsub, channel, data)
                    if draw > 1 - self.doubled:
                        self._deliver(pubsub, channel, data)

    def forget(self, key: str, ticket: bytes) -> None:
        """Take somebody out of those who wait."""
        turns = self._state([key]).turns
        if ticket in turns:
            turns.remove(ticket)

    def _deliver(self, pubsub: PubSub, channel: str, data: bytes) -> None:
        message = {"type": "message", "channel": channel.encode(), "data": data}
        late = self.random.expovariate(1 / self.lateness)
        asyncio.get_running_loop().call_later(late, pubsub.put, message, context=WORLD)

    def _state(self, keys: Sequence[str]) -> State:
        session = keys[0].rpartition(":")[0]
        return self.sessions.setdefault(session, State())


class Client:
    """One node's `redis.asyncio.Redis`."""

    def __init__(self, redis: SimulatedRedis) -> None:
        self.redis = redis
        self.is_cut = False
        """Whether this node is cut off from Redis, in both directions."""
        self._scripts = {ANNOUNCE: redis.announce, TAIL: redis.tail, TURN: redis.turn}

    def register_script(
        self, source: str
    ) -> Callable[[Sequence[str], Sequence[Argument]], Awaitable[Any]]:
        work = self._scripts[source]

        async def call(keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
            return await self.call(lambda: work(keys, arguments))

        return call

    async def execute_command(self, command: str, *arguments: Argument) -> None:
        match command, arguments:
            case "PUBLISH", (str(channel), bytes(data)):
                await self.call(lambda: self.redis.publish(channel, data))
            case "LREM", (str(key), int(), bytes(ticket)):
                await self.call(lambda: self.redis.forget(key, ticket))
            case _:
                raise AssertionError(command)

    async def call(self, work: Callable[[], Any]) -> Any:
        """Do a call; once it has arrived it is done, even if nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        late = self.redis.random.expovariate(1 / QUICK)
        loop.call_later(late, self._arrive, work, answer, context=WORLD)
        return await answer

    def pubsub(self) -> PubSub:
        return PubSub(self)

    async def aclose(self) -> None:
        pass

    def _arrive(self, work: Callable[[], Any], answer: asyncio.Future[Any]) -> None:
        if self.is_cut or self.redis.is_silent:
            return
        if self.redis.is_down:
            if not answer.done():
                answer.set_exception(NotConnected("refused"))
            return
        result = work()
        if not answer.done():
            answer.set_result(result)


class PubSub:
    """One connection on which a node hears what is published."""

    def __init__(self, client: Client) -> None:
        self.channels: set[str] = set()
        self.client = client
        self._messages: deque[dict[str, Any]] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._is_broken = False

    async def __aenter__(self) -> PubSub:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.channels.clear()
        if self in self.client.redis.hearing:
            self.client.redis.hearing.remove(self)

    async def subscribe(self, *channels: str) -> None:
        await self.client.call(lambda: self._begin(channels))

    async def unsubscribe(self, *channels: str) -> None:
        await self.client.call(lambda: self.channels.difference_update(channels))

    async def ping(self) -> None:
        await self.client.call(lambda: self.put({"type": "pong"}))

    async def get_message(self, timeout: float) -> dict[str, Any] | None:  # as redis has it
        loop = asyncio.get_running_loop()
        if not self._messages and not self._is_broken:
            self._waiting = loop.create_future()
            timer = loop.call_later(timeout, self._stir)
            try:
                await self._waiting
            finally:
                timer.cancel()
                self._waiting = None
        if self._is_broken:
            raise NotConnected("broken")
        return self._messages.popleft() if self._messages else None

    def put(self, message: dict[str, Any]) -> None:
        """Take a message that has arrived."""
        if not (self.client.is_cut or self.client.redis.is_silent or self._is_broken):
            self._messages.append(message)
            self._stir()

    def break_off(self) -> None:
        """Break the connection."""
        self._is_broken = True
        self.client.redis.hearing.remove(self)
        self._stir()

    def _begin(self, channels: Sequence[str]) -> None:
        if not self._is_broken and self not in self.client.redis.hearing:
            self.client.redis.hearing.append(self)
        for channel in sorted(channels):
            self.channels.add(channel)
            self.put({"type": "subscribe", "channel": channel.encode()})

    def _stir(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

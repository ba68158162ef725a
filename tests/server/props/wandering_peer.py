"""`WanderingPeer`: a client that types, and moves from node to node over a bad network.

Frames take their time, connections break, what was under way then is lost or arrives when
nobody expects it any more; nodes die.  With every frame it checks that nothing is told which
the store doesn't have.  All chance comes from one `Random`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from ot_core import Operation
from ot_protocol.messages import FromClient, Presence, ServerMessage, Update, Welcome
from ot_server.errors import Evicted, Full, OutcomeUnknown, StoreUnavailable
from ot_server.session.conversation import Conversation
from ot_server.session.hub import Hub
from tests.server.props.nodes import World
from tests.server.props.strict_peer import Peer, Wire

__all__ = ["WanderingPeer"]

MISFIT = Operation([10**6, "?"])
LETTERS = "abc\n漢😀"
RESEND_SECONDS = 1.0


class WanderingPeer(Peer):
    """A client with a will of its own."""

    def __init__(self, world: World, random: Random, nodes: Callable[[], list[Hub]]) -> None:
        peer = world.peer()
        super().__init__(world.memory, world.settings, peer.participant, peer.client_id)
        self._world = world
        self._random = random
        self._nodes = nodes
        self._arrival = 0.0
        self._hub: Hub | None = None

    async def wander(self, steps: int) -> None:
        """Type, and suffer, for a while."""
        await self._connect()
        for _ in range(steps):
            await asyncio.sleep(self._random.expovariate(5))
            await self._step()

    async def come_home(self) -> None:
        """Get every edit answered, and read the whole log."""
        while self.sent is not None or self.client.revision < self._world.kept.row.head:
            if not self._is_connected or self._random.random() < 0.1:
                await self._connect()
            if self.sent is not None:
                self.resend()
            await asyncio.sleep(RESEND_SECONDS)

    async def _step(self) -> None:
        draw = self._random.random()
        if not self._is_connected or draw < 0.06:
            await self._connect()
        elif draw < 0.1:
            self.drop()
        elif draw < 0.2 and self.sent is not None:
            self.resend()
        elif draw < 0.25:
            length = len(self.client.confirmed)
            self.say(Presence(self.client.revision, [(length, length)]))
        elif draw < 0.28 and self.sent is None:
            self.send(MISFIT)
        else:
            self._type()

    def _type(self) -> None:
        if self.sent is not None and self.client.outstanding is None:
            return  # what is on its way isn't the engine's
        length = self.client.length
        start = self._random.randint(0, length)
        stop = min(length, start + self._random.choice([0, 0, 0, 1, 4]))
        text = self._random.choice(LETTERS) * self._random.randint(0 if stop > start else 1, 2)
        operation = self.client.edit(Operation.replace(length, start, stop, text))
        if operation is not None:
            self.send(operation)

    @property
    def _is_connected(self) -> bool:
        return self.closed is None and not self.wire.is_cut and self._conversation is not None

    async def _connect(self) -> None:
        """Try nodes until one takes it."""
        while True:
            try:
                self._hub = self._random.choice(self._nodes())
                async with asyncio.timeout(5):
                    await self.connect(self._hub)
            except (StoreUnavailable, OutcomeUnknown, Evicted, Full, TimeoutError):
                await asyncio.sleep(self._random.random())
            else:
                return

    # The network.

    def lag(self) -> float:
        return self._random.expovariate(20)

    def carry(self, conversation: Conversation, message: FromClient) -> bool:
        loop = asyncio.get_running_loop()
        # In order, as a connection keeps it.
        self._arrival = max(self._arrival + 1e-5, loop.time() + self.lag())
        loop.call_at(self._arrival, self._arrive, conversation, message, self.wire)
        return True

    def _arrive(self, conversation: Conversation, message: FromClient, wire: Wire) -> None:
        # Of what is under way when a connection breaks, some arrives all the same.
        if not wire.is_cut or self._random.random() < 0.5:
            super().carry(conversation, message)

    def lose_node(self, hub: Hub) -> None:
        """A node is gone, and if it was this client's, the connection with it."""
        if self._hub is hub:
            self.wire.is_cut = True

    def notice(self, conversation: Conversation) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._random.choice([0, 0.01, 2]), super().notice, conversation)

    # What is checked with every frame.

    def hear(self, message: ServerMessage) -> None:
        head = self._world.kept.row.head
        match message:
            case Update(to=told) | Welcome(to=int(told)) | Welcome(revision=int(told)):
                assert told <= head, "what is not committed is not shown"
            case _:
                pass
        acked = len(self.acked)
        super().hear(message)
        for seq in self.acked[acked:]:
            self._world.line(self, seq)  # an ack follows the commit

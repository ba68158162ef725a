"""`World`: a few nodes over one store, in one process, without sockets."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

from msgspec import json, structs

from ot_protocol.messages import Role
from ot_server.codehelp.analyzer import Analyzer
from ot_server.sequencer.base import Announcement, Changed, Sequencer, Statement
from ot_server.sequencer.local import LocalSequencer
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.rows import (
    CommittedOperation,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    extend_chain,
    first_chain,
)
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.memory_store import Kept, MemoryStore
from tests.server.props.strict_peer import SESSION, Peer

__all__ = ["World"]


class LossySequencer(LocalSequencer):
    """One whose messages all get lost while it `is_deaf`."""

    is_deaf = False

    async def announce(self, announcement: Announcement) -> None:
        if not self.is_deaf:
            await super().announce(announcement)

    def tell(self, message: Changed | Statement) -> None:
        if not self.is_deaf:
            super().tell(message)


class World:
    """One session, its store, and whatever nodes and clients a test asks for."""

    def __init__(self, text: str = "", **settings: object) -> None:
        self.settings = structs.replace(
            Settings(edits_per_second=1e6, edits_burst=10**6, presence_per_second=1e6), **settings
        )
        self.memory = MemoryStore()
        self.store = FaultyStore(self.memory, self.settings.unavailable_seconds)
        self.sequencer = LossySequencer()
        self.memory.add(_new_session(text))
        self._clients = 0
        self._nodes: list[Hub] = []
        """Held as a process holds its own: a node whose store is silent waits where nobody sees."""

    @property
    def kept(self) -> Kept:
        """What the store holds of the session."""
        return self.memory.sessions[SESSION]

    @property
    def log(self) -> list[CommittedOperation]:
        """The committed operations, in order."""
        return [line for _, line in sorted(self.kept.log.items())]

    def node(
        self,
        store: FaultyStore | None = None,
        sequencer: Sequencer | None = None,
        analyzer: Analyzer | None = None,
    ) -> Hub:
        """Start one more node, with a way of its own to the store or to the others if need be."""
        hub = Hub(
            store or self.store, sequencer or self.sequencer, self.settings, analyzer=analyzer
        )
        hub.start()
        self._nodes.append(hub)
        return hub

    def way(self) -> LossySequencer:
        """Return a way to the other nodes that can fail by itself."""
        way = LossySequencer()
        way._channels = self.sequencer._channels
        return way

    def peer(self, name: str = "", role: Role = "editor") -> Peer:
        """Return one more client, of a participant of its own unless `name` is known already."""
        self._clients += 1
        name = name or f"peer {self._clients}"
        participants = self.kept.participants
        if name not in participants:
            row = ParticipantRow(name, SESSION, name, "guest", role, len(participants))
            participants[name] = row
        return Peer(self.store, self.settings, name, str(UUID(int=self._clients)))

    def twin(self, peer: Peer) -> Peer:
        """Return another client that takes itself for `peer`, as a duplicated tab would."""
        return Peer(self.store, self.settings, peer.participant, peer.client_id)

    async def peers(self, hub: Hub, count: int) -> list[Peer]:
        """Return that many connected clients."""
        peers = [self.peer() for _ in range(count)]
        for peer in peers:
            await peer.connect(hub)
        await asyncio.sleep(0.001)  # until they have heard of each other
        return peers

    def line(self, client: Peer, seq: int) -> CommittedOperation:
        """Return the one line of the log that holds this client's seq."""
        (line,) = [at for at in self.log if (at.client_id, at.seq) == (client.client_id, seq)]
        return line

    async def settled(self, *peers: Peer) -> None:
        """Return when these clients are synchronized and have the whole log."""

        def is_settled(peer: Peer) -> bool:
            return peer.sent is None and peer.client.revision == self.kept.row.head

        while not all(map(is_settled, peers)):
            for peer in peers:
                await peer.until(partial(is_settled, peer))


def _new_session(text: str) -> NewSession:
    owner = ParticipantRow("owner", SESSION, "owner", "guest", "owner")
    stored = json.encode([text])
    line = CommittedOperation(
        1, None, None, owner.id, stored, extend_chain(first_chain(SESSION), stored), 0.0
    )
    return NewSession(
        SessionInfoRow(SESSION, "A session", "python", 0.0, 0.0, "link"),
        participant=owner,
        operations=[line] if text else [],
    )

"""Whatever fails, and whenever: what was acknowledged is in the log, once, and all see one text.

A seed is a whole run: nodes that die and are replaced, a store that is slow, gone, or silent
about what it did, messages between nodes that get lost, clients on a bad network.

    OT_SEED=17 pytest tests/server/session/test_nodes_simulation.py      replays one run
    OT_RUNS=2000 pytest tests/server/session/test_nodes_simulation.py    tries more of them
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from random import Random

import pytest

from ot_core import TextBuffer
from ot_protocol import decode_operation
from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.session.hub import Hub
from ot_server.store.rows import extend_chain, first_chain
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.nodes import World
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time
from tests.server.props.wandering_peer import WanderingPeer

SEEDS = (
    [int(os.environ["OT_SEED"])]
    if "OT_SEED" in os.environ
    else range(int(os.environ.get("OT_RUNS", "50")))
)


class RandomStore(FaultyStore):
    """A node's way to the store: slow, and now and then worse."""

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(world.memory)
        self._random = random
        self.is_calm = False

    async def disturb(self, method: str) -> None:
        if self.is_calm:
            return
        await asyncio.sleep(self._random.expovariate(50))
        draw = self._random.random()
        if draw < 0.03:
            self.fail(method, StoreUnavailable("gone for a moment"))
        elif method == "commit" and draw < 0.12:
            self.fail(method, OutcomeUnknown("lost"), is_done=draw < 0.08)
        elif draw < 0.125:
            await asyncio.sleep(10)  # longer than anybody waits


@dataclass
class Node:
    """A node, and its own way to the store."""

    hub: Hub
    store: RandomStore


class Cluster:
    """The nodes of a run, and the clients on them."""

    def __init__(self, world: World, random: Random) -> None:
        self._world = world
        self._random = random
        self._gone: list[Node] = []
        """Kept, as their tasks would otherwise be swept away while they wait."""
        self.nodes = [self._start() for _ in range(3)]
        self.peers = [WanderingPeer(world, random, self.hubs) for _ in range(4)]

    def _start(self) -> Node:
        store = RandomStore(self._world, self._random)
        return Node(self._world.node(store), store)

    def hubs(self) -> list[Hub]:
        return [node.hub for node in self.nodes]

    async def suffer(self) -> None:
        """Let nodes die and drain, and messages get lost, until cancelled."""
        while True:
            await asyncio.sleep(self._random.expovariate(0.3))
            draw = self._random.random()
            index = self._random.randrange(len(self.nodes))
            if draw < 0.3:
                self._kill(index)
            elif draw < 0.5:
                draining, self.nodes[index] = self.nodes[index], self._start()
                self._gone.append(draining)
                await draining.hub.close()
            else:
                self._world.sequencer.is_deaf = draw < 0.75

    def _kill(self, index: int) -> None:
        """From now on nothing that this node does has any effect."""
        dead, self.nodes[index] = self.nodes[index], self._start()
        self._gone.append(dead)
        dead.store.is_silent = True
        for peer in self.peers:
            peer.lose_node(dead.hub)


@pytest.mark.parametrize("seed", SEEDS)
@in_virtual_time
async def test_no_fault_breaks_a_promise(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    # Time stands still while the server works: it pauses at every chance, or never.
    monkeypatch.setattr("ot_server.log.slices.SLICE_SECONDS", random.choice([0, 1]))
    world = World(
        "hello",
        history_revisions=random.choice([4, 10_000]),
        snapshot_operations=random.choice([3, 1000]),
        batch_operations=random.choice([2, 64]),
        idle_seconds=3,
    )
    cluster = Cluster(world, random)
    peers = cluster.peers

    suffering = asyncio.create_task(cluster.suffer())
    await asyncio.gather(*(peer.wander(40) for peer in peers))
    suffering.cancel()
    world.sequencer.is_deaf = False
    for node in cluster.nodes:
        node.store.is_calm = True
    for _ in range(2):  # what the last one had to say is to be heard by the first one too
        await asyncio.gather(*(peer.come_home() for peer in peers))

    check(world, peers)
    for hub in cluster.hubs():
        actor = await hub.actor(SESSION)
        await actor.caught_up()
        assert actor.replica.document.text == peers[0].text


def check(world: World, peers: list[WanderingPeer]) -> None:
    """Hold the log against what the clients were told."""
    texts, chain, buffer = [""], first_chain(SESSION), TextBuffer()
    for revision, line in enumerate(world.log, 1):
        chain = extend_chain(chain, line.operation)
        assert (line.revision, line.chain) == (revision, chain), "contiguous, and one chain"
        buffer.apply(decode_operation(line.operation))
        texts.append(buffer.text)
    assert (world.kept.row.head, world.kept.row.chain) == (len(world.log), chain)
    for revision, text in world.kept.snapshots.items():
        assert text == texts[revision]

    for peer in peers:
        assert peer.text == texts[-1], "every client has the text of the log"
        in_log = [line.seq or 0 for line in world.log if line.client_id == peer.client_id]
        refused = peer.refused | {reject.seq for reject in peer.rejected}
        assert in_log == sorted(set(in_log)), "once each, in the client's order"
        assert set(peer.acked) <= set(in_log), "what was acknowledged is in the log"
        assert not refused & set(in_log), "what was refused is not"
        assert refused | set(in_log) == set(range(1, peer.seq + 1)), "nothing typed is lost"

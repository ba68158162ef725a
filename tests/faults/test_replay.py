"""What two people typed at once, each on another node now, ends as it was recorded."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from benchmarks.replay import replay
from tests.faults.cluster import Cluster
from tests.server.test_replay import Room
from tests.traces import Trace, Transaction, trace

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("cluster")]

FRIENDS: Final = trace("friendsforever")
PARTING: Final = 24_746
"""From here on everything is written on all that was written before."""


def ending(trace: Trace, first: int) -> Trace:
    """Return what was written from a transaction on, on the text that there was before it."""
    before = Room(
        Trace(trace.name, trace.start, "", trace.agents, trace.transactions[:first]), Random(1)
    )
    before.run(0.5)
    later = [
        Transaction(tuple(parent - first for parent in parents if parent >= first), agent, patches)
        for parents, agent, patches in trace.transactions[first:]
    ]
    return Trace("the end of it", before.document.text, trace.end, trace.agents, tuple(later))


async def replayed(cluster: Cluster, trace: Trace) -> None:
    """Replay a trace through two nodes, and see how it ends."""
    done = await replay(cluster.urls[:2], trace)
    print(f"{done.edits:,} edits, {done.edits_per_second:,.0f} a second")
    assert {done.server_text, *done.client_texts} == {trace.end}


async def test_the_end_of_a_real_trace_replayed_through_two_nodes_ends_as_recorded(
    cluster: Cluster,
) -> None:
    await replayed(cluster, ending(FRIENDS, PARTING))


@pytest.mark.soak
async def test_a_real_trace_replayed_through_two_nodes_ends_as_recorded(cluster: Cluster) -> None:
    await replayed(cluster, FRIENDS)

"""What two people typed at once, now on two nodes, ends as it was recorded."""

from __future__ import annotations

import pytest

from benchmarks.replay import replay
from tests.faults.cluster import Cluster
from tests.server.serving.test_replay import FRIENDS, ending
from tests.traces import Trace

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def replayed(cluster: Cluster, trace: Trace) -> None:
    """Replay a trace through two nodes, and check how it ends."""
    done = await replay(cluster.urls[:2], trace)
    print(f"{done.edits:,} edits, {done.edits_per_second:,.0f} a second")
    assert {done.server_text, *done.client_texts} == {trace.end}


async def test_the_end_of_a_real_trace_replayed_through_two_nodes_ends_as_recorded(
    cluster: Cluster,
) -> None:
    await replayed(cluster, ending())


@pytest.mark.soak
async def test_a_real_trace_replayed_through_two_nodes_ends_as_recorded(cluster: Cluster) -> None:
    await replayed(cluster, FRIENDS)

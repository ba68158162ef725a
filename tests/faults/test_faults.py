"""Whatever fails while people type, nothing is lost or doubled, and soon all is well again.

Processes and databases are real; proxies act as the network.  `make soak` repeats every fault
many times; ``OT_FAULT_ROUNDS`` says how often, and ``OT_SEED`` makes the same choices.
"""

from __future__ import annotations

import os
from random import Random
from secrets import randbits
from typing import Final

import pytest

from tests.faults.cluster import Cluster
from tests.faults.crowd import HEALED_SECONDS, Outcome, crowd
from tests.faults.faults import FAULTS, Fault
from tests.faults.summary import Summary

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEED: Final = int(os.environ.get("OT_SEED", randbits(32)))
ROUNDS: Final = int(os.environ.get("OT_FAULT_ROUNDS", "50"))


async def happens(fault: Fault, cluster: Cluster, seed: str) -> Outcome:
    """Let a fault happen while many people type."""
    print(f"OT_SEED={SEED}")
    random = Random(seed)
    async with crowd(cluster, random) as people:
        return await people.endures(fault(cluster, random))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nobody_loses_anything_when(fault: Fault, cluster: Cluster, summary: Summary) -> None:
    summary.add(fault.__name__, await happens(fault, cluster, f"{SEED} {fault.__name__}"))


@pytest.mark.soak
@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nobody_ever_loses_anything_when(
    fault: Fault, number: int, cluster: Cluster, summary: Summary
) -> None:
    outcome = await happens(fault, cluster, f"{SEED} {fault.__name__} {number}")
    summary.add(fault.__name__, outcome)
    assert outcome.seconds <= HEALED_SECONDS

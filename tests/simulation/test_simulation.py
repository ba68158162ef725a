"""No fault, at any time, breaks a promise of the server, and in the end all is well.

A seed is a whole run: five people, three sessions, three nodes, and every kind of fault.

    python -m tests.simulation --seed 17        replays a run, and prints all of it
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import pytest

from tests.simulation.many import FIRST, PROCESSES, SEEDS, simulate_many
from tests.simulation.simulation import simulate

RUNS: Final = 50
MIXED: Final = 100
MIXED_FROM: Final = 10_000
AT_A_TIME: Final = 25


@pytest.mark.parametrize("first", range(0, RUNS, AT_A_TIME))
def test_no_fault_breaks_a_promise(first: int) -> None:
    for seed in range(first, first + AT_A_TIME):
        simulate(seed)


@pytest.mark.parametrize("first", range(MIXED_FROM, MIXED_FROM + MIXED, AT_A_TIME))
def test_both_machines_keep_their_promises_in_one_world(first: int) -> None:
    for seed in range(first, first + AT_A_TIME):
        simulate(seed, is_mixed=True)


@pytest.mark.soak
def test_no_fault_breaks_a_promise_in_a_great_many_runs() -> None:
    assert not simulate_many(range(FIRST, FIRST + SEEDS), PROCESSES)


def test_a_seed_replays_exactly() -> None:
    for is_mixed in (False, True):
        digests = [simulate(7, is_mixed=is_mixed).digest for _ in range(2)]
        assert digests[0] == digests[1] != simulate(8, is_mixed=is_mixed).digest


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_replays_exactly_in_another_process(hash_seed: str) -> None:
    replayed = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", "7"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert simulate(7).digest in replayed.stdout

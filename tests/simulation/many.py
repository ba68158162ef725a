"""Many runs in several processes; a broken run is named by its seed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

from tests.simulation.simulation import simulate
from tests.simulation.verdict import Broken

__all__ = ["FIRST", "PROCESSES", "SEEDS", "simulate_many"]

SEEDS: Final = int(os.environ.get("OT_SIMULATION_SEEDS", "50_000"))
FIRST: Final = int(os.environ.get("OT_SEED", "1_000_000"))
PROCESSES: Final = int(os.environ.get("OT_SIMULATION_PROCESSES", str(os.cpu_count() or 1)))
TOGETHER: Final = 50
"""How many runs a process gets at once."""
EVERY: Final = 10.0
"""How often progress is reported, in seconds."""


def simulate_many(
    seeds: range, processes: int, tell: Callable[[str], None] = print, *, is_mixed: bool = False
) -> Mapping[int, str]:
    """Do all these runs; return what is broken, by seed."""
    begun = told = time.monotonic()
    broken: dict[int, str] = {}
    done = 0
    batches = [seeds[start : start + TOGETHER] for start in range(0, len(seeds), TOGETHER)]
    with ProcessPoolExecutor(processes) as pool:
        for batch in as_completed([pool.submit(_broken_of, batch, is_mixed) for batch in batches]):
            broken |= batch.result()
            done = min(done + TOGETHER, len(seeds))
            for seed, what in batch.result().items():
                tell(f"seed {seed}: {what}")
            if time.monotonic() - told >= EVERY or done == len(seeds):
                told = time.monotonic()
                tell(f"{done:,} of {len(seeds):,} runs, {len(broken)} broken, {told - begun:.0f} s")
    return broken


def _broken_of(seeds: range, is_mixed: bool) -> dict[int, str]:
    broken = {}
    for seed in seeds:
        try:
            simulate(seed, is_mixed=is_mixed)
        except Broken as error:
            broken[seed] = str(error)
    return broken

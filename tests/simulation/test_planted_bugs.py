"""The simulation finds each planted bug within 200 runs."""

from __future__ import annotations

from typing import Final

import pytest

from tests.simulation import bugs_of_clients, bugs_of_commits, bugs_of_nodes
from tests.simulation.planting import Bug
from tests.simulation.simulation import simulate
from tests.simulation.verdict import Broken

RUNS: Final = 200
BUGS: Final = [*bugs_of_commits.BUGS, *bugs_of_nodes.BUGS, *bugs_of_clients.BUGS]


def simulate_all(seeds: range) -> None:
    for seed in seeds:
        simulate(seed)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    with pytest.raises(Broken) as found:
        simulate_all(range(RUNS))
    print(*found.value.__notes__, found.value, sep="\n")
    assert found.value.promise in bug.breaks

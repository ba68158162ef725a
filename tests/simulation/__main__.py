"""Many runs of the simulation, or one again::

python -m tests.simulation --seeds 50000 --from 1000000     many; prints the broken ones
python -m tests.simulation --seed 17                        one; prints all that happens
python -m tests.simulation --mixed --seeds 5000             both machines in one world
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from tests.simulation.many import FIRST, PROCESSES, SEEDS, simulate_many
from tests.simulation.simulation import simulate
from tests.simulation.verdict import Broken


def main() -> int:
    parser = ArgumentParser(
        "python -m tests.simulation",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, help="do this one, and print what happened")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many (default %(default)s)")
    parser.add_argument(
        "--from", type=int, default=FIRST, dest="first", help="the first (default %(default)s)"
    )
    parser.add_argument(
        "--processes", type=int, default=PROCESSES, help="at once (default %(default)s)"
    )
    parser.add_argument(
        "--mixed", action="store_true", help="every other person uses the TypeScript machine"
    )
    chosen = parser.parse_args()
    if chosen.seed is not None:
        return _replay(chosen.seed, chosen.mixed)
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    broken = simulate_many(
        seeds, chosen.processes, lambda line: print(line, flush=True), is_mixed=chosen.mixed
    )
    return 1 if broken else 0


def _replay(seed: int, is_mixed: bool) -> int:
    try:
        trace = simulate(seed, is_mixed=is_mixed)
    except Broken as broken:
        print(broken.trace, broken, sep="\n")
        return 1
    print(trace, f"nothing is broken; the trace is {trace.digest}", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

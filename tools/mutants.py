"""`make mutants`: how many of the engine's mutants the tests notice, module by module.

Reads what ``mutmut results --all true`` prints: one mutant and its fate per line.  A mutant
that never ends counts as noticed, like one that fails a test.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

LEAST = 0.9
"""The share of the mutants that must be noticed."""

NOTICED = ("killed", "timeout")


def by_module(lines: Iterable[str]) -> dict[str, Counter[str]]:
    """Count the fates of each module's mutants, named like ``ot_core.module.x_function__1``."""
    fates: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        mutant, _, fate = line.strip().rpartition(": ")
        fates[mutant.split(".")[1]][fate] += 1
    return dict(fates)


def row(name: str, fates: Counter[str]) -> str:
    """A line of the table in ``docs/mutants.md``."""
    total, noticed = fates.total(), sum(fates[fate] for fate in NOTICED)
    counts = [total, *(fates[fate] for fate in NOTICED), total - noticed]
    return f"| {name} | {' | '.join(map(str, counts))} | {noticed / total:.1%} |"


def main() -> int:
    """Print the table; the exit status."""
    fates = by_module(sys.stdin)
    everything = sum(fates.values(), Counter[str]())
    print("| module | mutants | killed | timeout | left | noticed |")
    print("|---|--:|--:|--:|--:|--:|")
    for module in sorted(fates):
        print(row(f"`{module}`", fates[module]))
    print(row("all", everything))
    return int(sum(everything[fate] for fate in NOTICED) < LEAST * everything.total())


if __name__ == "__main__":
    sys.exit(main())

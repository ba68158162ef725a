"""A whole trace as one operation, composed by blocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from pathlib import Path
from typing import Final

from benchmarks.contender import Contender, in_node, in_python, ours
from benchmarks.race import Figures, Target, figure, options, publish, race, rows, targets
from benchmarks.results import table
from benchmarks.workloads import keystrokes
from tests.traces import Patch

__all__: list[str] = []

TASK: Final = "compose"
TRACE: Final = "automerge-paper"
PARTS: Final = (32, 16, 8, 4, 2, 1)


def contenders(compiled: Path | None) -> list[Contender]:
    return [
        *ours(TASK, compiled=compiled),
        in_python("ottype", TASK, "python-ottype", "python-ottype"),
        in_node("ot", TASK, "ot", "ot.js"),
        in_node("ot-text", TASK, "ot-text"),
        in_node("ot-text-unicode", TASK, "ot-text-unicode"),
        in_node("quill-delta", TASK, "quill-delta"),
        in_node("codemirror", TASK, "@codemirror/state"),
    ]


def growth(builds: Sequence[str], measured: dict[int, dict[str, Figures]]) -> str:
    """Return the table that shows how the time grows with the number of operations."""
    header = ["operations"]
    for name in builds:
        header += [f"{name}, s", "µs an operation", "÷ log2 of their number"]
    body = []
    for count, figures in measured.items():
        cells = [f"{count:,}"]
        for name in builds:
            each = figures[name].median / count * 1e6
            cells += [figure(figures[name].median), figure(each), figure(each / log2(count))]
        body.append(cells)
    return table(header, body)


def wanted(builds: Sequence[str], measured: dict[int, dict[str, Figures]]) -> str:
    """Return how near to linearithmic the time grows: 1 is exactly so, quadratic is below 0.05."""

    def each(name: str, count: int) -> float:
        return measured[count][name].median / count / log2(count)

    first, *_, last = measured
    what = "first row ÷ last row, of the time ÷ (n log2 n)"
    wishes = [
        Target(f"{name}: {what}", each(name, first) / each(name, last), 0.5) for name in builds
    ]
    return targets(wishes)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, 5, 12, arguments)
    patches: list[Patch] = keystrokes(TRACE)
    own = ours(TASK, compiled=chosen.compiled)
    builds = [each.name for each in own]
    measured: dict[int, dict[str, Figures]] = {}
    for part in PARTS[:-1]:
        prefix = patches[: len(patches) // part]
        measured[len(prefix)] = race(own, {"start": "", "patches": prefix}, chosen)
    everybody = contenders(chosen.compiled)
    whole = race(everybody, {"start": "", "patches": patches}, chosen)
    measured[len(patches)] = whole
    publish(
        "compose",
        f"""
## Compose

The first operations of {TRACE} as one, by `History.since`: adjacent ones are composed, then the
results, until one is left. Its blocks are made anew in each run. Applied to the empty text, every
result must give the same text.

{wanted(builds, measured)}

{growth(builds, measured)}

### The whole trace, beside peers that compose by halves

{rows(whole, len(patches), 1)}
""",
        everybody,
        chosen,
        "Seconds",
    )


if __name__ == "__main__":
    main()

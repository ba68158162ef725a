"""The memory that a text of 100 KB and a history of 100,000 operations take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from benchmarks.contender import Contender, in_node, in_python, ours, running
from benchmarks.race import Target, options, publish, targets
from benchmarks.results import table
from benchmarks.workloads import bursts

__all__: list[str] = []

TASK: Final = "memory"
LENGTH: Final = 10_000
EDITS: Final = 100_000
LIMIT: Final = 40
NATIVE: Final = ("pycrdt", "loro")
"""Python can't count the memory of these."""


class Held(NamedTuple):
    """In bytes: how much the process grew, and what its runtime says it holds, if it can."""

    resident: int
    counted: int | None
    digest: str


def contenders(compiled: Path | None) -> list[Contender]:
    """Return the contenders; the first gives the text that all must end with."""
    return [
        *ours(TASK, compiled=compiled),
        *ours("memory of blocks", "ot_core, blocks made", compiled=compiled),
        in_python("ottype", TASK, "python-ottype", "python-ottype"),
        in_python("pycrdt", TASK, "pycrdt", "pycrdt"),
        in_python("loro", TASK, "loro", "loro"),
        in_node("ot", TASK, "ot", "ot.js"),
        in_node("yjs", TASK, "yjs"),
        in_node("diamond-types", TASK, "diamond-types-node"),
    ]


def held(contender: Contender, data: Path) -> Held:
    """Measure a contender twice, each time in a process of its own: counting takes memory too."""
    with running([contender]) as [process]:
        resident, digest = process.memory(data, "resident")
    if contender.name in NATIVE:
        return Held(resident, None, digest)
    with running([contender]) as [process]:
        counted, digest = process.memory(data, "counted")
    return Held(resident, counted, digest)


def cells(held: Held) -> Iterator[str]:
    """Yield megabytes resident and counted, then bytes an edit."""
    for size in (held.resident, held.counted):
        yield "-" if size is None else f"{size / 1e6:.1f}"
    for size in (held.resident, held.counted):
        yield "-" if size is None else f"{size / EDITS:,.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, 1, 0, arguments)
    start, patches = bursts(LENGTH, EDITS)
    everybody = contenders(chosen.compiled)
    with TemporaryDirectory() as folder:
        data = Path(folder, "patches.jsonl")
        data.write_text("".join(f"{json.dumps(line)}\n" for line in (start, *patches)), "ascii")
        found = {contender.name: held(contender, data) for contender in everybody}
    for name, each in found.items():
        if each.digest != found["ot_core"].digest:
            raise SystemExit(f"{name} ended with another text at {TASK}")
    plain = found["ot_core"]
    assert plain.counted is not None
    wishes = [
        Target(f"{LIMIT} MB ÷ what is resident", LIMIT * 1e6 / plain.resident, 1),
        Target(f"{LIMIT} MB ÷ what is counted", LIMIT * 1e6 / plain.counted, 1),
    ]
    header = (
        "",
        "resident, MB",
        "counted, MB",
        "resident, bytes an edit",
        "counted, bytes an edit",
    )
    rows = [(name, *cells(each)) for name, each in found.items()]
    length = len(start) + sum(len(inserted) - deleted for _, deleted, inserted in patches)
    publish(
        "memory",
        f"""
## Memory

A text that {EDITS:,} edits of a letter each, in bursts all over it, bring from {LENGTH:,} to
{length:,} code points, with their history: a `Document`; the same with all blocks that a rebase and
a catch-up from revision 0 make; ot.js' `Server`; a text and a list of python-ottype's operations;
CRDTs' documents. Resident is how much the process grew; counted, in another process, is what its
runtime says it holds (tracemalloc; V8's heap and what is outside of it). MB are 10^6 bytes.

{targets(wishes)}

{table(header, rows)}

Blocks are a cache of bounded size, which `History.evict` empties.
""",
        everybody,
        chosen,
        None,
    )


if __name__ == "__main__":
    main()

"""An operation made offline, moved over the ten thousand that were committed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.contender import Contender, in_node, in_python, ours
from benchmarks.race import Figures, Target, options, publish, race, rows, targets
from benchmarks.workloads import offline

__all__: list[str] = []

COMPONENTS: Final = 1_000
LATER: Final = 10_000
FIRST: Final = "ot_core, first time"
AGAIN: Final = "ot_core, with blocks"


def contenders(compiled: Path | None) -> list[Contender]:
    return [
        *ours("rebase again", AGAIN, compiled=compiled),
        *ours("rebase first", FIRST, compiled=compiled),
        *ours("rebase", "ot_core, stepwise", compiled=compiled),
        in_python("ottype", "rebase", "python-ottype, stepwise", "python-ottype"),
        in_node("ot", "rebase", "ot", "ot.js, stepwise"),
        in_node("codemirror", "rebase", "@codemirror/state", "@codemirror/state, stepwise"),
        in_python("pycrdt", "rebase", "pycrdt, merge", "pycrdt"),
        in_python("loro", "rebase", "loro, merge", "loro"),
        in_node("yjs", "rebase", "yjs", "yjs, merge"),
        in_node("diamond-types", "rebase", "diamond-types-node", "diamond-types-node, merge"),
    ]


def wanted(figures: dict[str, Figures]) -> str:
    peer = "ot.js, stepwise"
    return targets(
        [
            Target(f"{peer} ÷ {name}", figures[peer].median / figures[name].median, least)
            for name, least in ((FIRST, 5), (AGAIN, 50))
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, 7, 12, arguments)
    everybody = contenders(chosen.compiled)
    figures = race(everybody, offline(COMPONENTS, LATER), chosen)
    publish(
        "offline",
        f"""
## Offline

An operation of {COMPONENTS:,} components, made offline, meets {LATER:,} later ones.
`History.rebase` composes blocks of them the first time and reuses them the next; its result must
have the components that one after the other gives. Others go one after the other, as far as
needed: ot.js transforms both sides, python-ottype and @codemirror/state only the one. CRDTs
merge an update for each of the later operations into the replica that was offline; loro merges
all of them in one call. All end with one text.

{wanted(figures)}

{rows(figures, 1, 1e-3, (FIRST, AGAIN))}
""",
        everybody,
        chosen,
        "Milliseconds",
    )


if __name__ == "__main__":
    main()

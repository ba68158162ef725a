"""Transforming two concurrent operations, both sides: small ones, and wide ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.contender import Contender, in_node, in_python, ours
from benchmarks.race import Figures, Target, options, publish, race, rows, targets
from benchmarks.workloads import small_pairs, wide_pairs

__all__: list[str] = []

TASK: Final = "transform"
PAIRS: Final = 5_000
COMPONENTS: Final = 1_000
WIDE_PAIRS: Final = 20


def contenders(compiled: Path | None) -> list[Contender]:
    pure = {"OTTYPE_NO_EXTENSIONS": "1"}
    package = "python-ottype"
    return [
        *ours(TASK, compiled=compiled),
        in_python("ottype", TASK, "python-ottype, Cython", package),
        in_python("ottype", TASK, "python-ottype, pure", package, environment=pure),
        in_node("ot", TASK, "ot", "ot.js"),
        in_node("ot-text", TASK, "ot-text"),
        in_node("ot-text-unicode", TASK, "ot-text-unicode"),
        in_node("quill-delta", TASK, "quill-delta"),
        in_node("codemirror", TASK, "@codemirror/state"),
    ]


def wanted(small: dict[str, Figures], wide: dict[str, Figures]) -> str:
    cython = "python-ottype, Cython"
    wishes = []
    builds = {"ot_core": (1.5, 1.5), "ot_core, compiled": (4.0, 3.0)}
    for name, (least_small, least_wide) in builds.items():
        if name in small:
            ratio = small[cython].median / small[name].median
            wishes.append(Target(f"{cython} ÷ {name}, small pairs", ratio, least_small))
            ratio = wide[cython].median / wide[name].median
            wishes.append(Target(f"{cython} ÷ {name}, wide pair", ratio, least_wide))
    if "ot_core, compiled" in wide:
        ratio = wide["ot.js"].median / wide["ot_core, compiled"].median
        wishes.append(Target("ot.js ÷ ot_core, compiled, wide pair", ratio, 1 / 3))
    return targets(wishes)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, 7, 10, arguments)
    everybody = contenders(chosen.compiled)
    text, pairs = small_pairs(PAIRS)
    small = race(everybody, {"text": text, "pairs": pairs}, chosen, times=10)
    text, pairs = wide_pairs(COMPONENTS, WIDE_PAIRS)
    wide = race(everybody, {"text": text, "pairs": pairs}, chosen, times=10)
    publish(
        "transform",
        f"""
## Transform

Two concurrent operations, both sides. Each contender's results must close the diamond, and lead to
the same text as everybody's. Inserts at one place are ordered alike in all; libraries that give one
side at a time are asked twice. No result outlives the next.

{wanted(small, wide)}

### Small: {PAIRS:,} pairs of one insert or delete each

{rows(small, PAIRS, 1e-3)}

### Wide: {WIDE_PAIRS} pairs of {COMPONENTS:,} components each

{rows(wide, WIDE_PAIRS, 1e-3)}
""",
        everybody,
        chosen,
        "Milliseconds",
    )


if __name__ == "__main__":
    main()

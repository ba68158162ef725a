"""Every keystroke of whole traces, and of a seeded workload, in each library's text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.contender import Contender, digest, in_node, in_python, ours
from benchmarks.race import Figures, Options, Target, options, publish, race, rows, targets
from benchmarks.workloads import bursts, keystrokes
from tests.traces import trace

__all__: list[str] = []

TASK: Final = "keystrokes"

TOO_SLOW: Final = ("ot-text-unicode", "automerge-paper")
"""It walks over the text to count code points, and would take longer than all others together."""


def contenders(compiled: Path | None) -> list[Contender]:
    return [
        *ours(TASK, compiled=compiled),
        in_python("slicing", TASK, "str slicing"),
        in_python("ottype", TASK, "python-ottype", "python-ottype"),
        in_python("pycrdt", TASK, "pycrdt", "pycrdt"),
        in_python("loro", TASK, "loro", "loro"),
        in_node("ot", TASK, "ot", "ot.js"),
        in_node("ot-text", TASK, "ot-text"),
        in_node("ot-text-unicode", TASK, "ot-text-unicode"),
        in_node("quill-delta", TASK, "quill-delta"),
        in_node("codemirror", TASK, "@codemirror/state"),
        in_node("yjs", TASK, "yjs"),
        in_node("diamond-types", TASK, "diamond-types-node"),
    ]


def wanted(by_trace: dict[str, dict[str, Figures]]) -> str:
    paper, short = by_trace["automerge-paper"], by_trace["sveltecomponent"]

    def ratio(figures: dict[str, Figures], peer: str) -> float:
        return figures[peer].median / figures["ot_core"].median

    wishes = [
        Target("str slicing ÷ ot_core, automerge-paper", ratio(paper, "str slicing"), 3),
        Target("ot.js ÷ ot_core, automerge-paper", ratio(paper, "ot.js"), 5),
        Target("pycrdt ÷ ot_core, automerge-paper", ratio(paper, "pycrdt"), 25),
        Target(
            "str slicing ÷ ot_core, a text under 30 KB (sveltecomponent)",
            ratio(short, "str slicing"),
            0.5,
        ),
    ]
    compiled = paper.get("ot_core, compiled")
    if compiled is not None:
        plain = paper["ot_core"].median
        wishes.append(
            Target("ot_core ÷ ot_core, compiled, automerge-paper", plain / compiled.median, 1.5)
        )
    return targets(wishes)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen: Options = options(__doc__, 3, 20, arguments)
    sections = []
    by_trace = {}
    everybody = contenders(chosen.compiled)
    for name in ("automerge-paper", "rustcode", "sveltecomponent"):
        patches, end = keystrokes(name), trace(name).end
        data = {"start": "", "patches": patches}
        patient = [each for each in everybody if (each.name, name) != TOO_SLOW]
        by_trace[name] = race(patient, data, chosen, expected=digest(end))
        head = f"### {name}: {len(patches):,} edits, {len(end):,} code points at the end"
        sections.append(f"{head}\n\n{rows(by_trace[name], len(patches), 1)}")
    start, patches = bursts(100_000, 10_000)
    figures = race(everybody, {"start": start, "patches": patches}, chosen)
    head = f"### seeded: {len(patches):,} edits in bursts all over {len(start):,} code points"
    sections.append(f"{head}\n\n{rows(figures, len(patches), 1)}")
    tables = "\n\n".join(sections)
    publish(
        "keystrokes",
        f"""
## Keystrokes

Every edit of a trace, one by one, into an empty text; all end with the same one. Libraries whose
operations are values have them made before the clock starts, ours among them; the others are
called as an editor calls them. ot_core is a `Document`, text and history, and checks the length of
each operation; so do ot.js and @codemirror/state. CRDTs keep their history as well.
{" isn't asked for ".join(TOO_SLOW)}: it walks over the text for each edit.

{wanted(by_trace)}

{tables}
""",
        everybody,
        chosen,
        "Seconds",
    )


if __name__ == "__main__":
    main()

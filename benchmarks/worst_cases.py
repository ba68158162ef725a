"""The worst cases of the engine, none of which may take a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from benchmarks.contender import digest, ours
from benchmarks.race import Figures, figure, options, publish, race
from benchmarks.results import table
from benchmarks.workloads import LETTERS, SEED, prose, wide_pairs

__all__: list[str] = []

MEGABYTE: Final = 1_000_000
PLACES: Final = 1_000
LIMIT: Final = 1.0
"""The seconds that no case may take, in the plain build."""
SLICE: Final = 0.010
"""What takes more seconds than this must not be done on a server's event loop."""


class Case(NamedTuple):
    """A case, the task of ``benchmarks/python/worst.py`` that runs it, and its data."""

    what: str
    task: str
    data: Any
    calls: int = 1
    """How many calls into the engine the figure is for."""


def cases() -> Iterator[Case]:
    random = Random(SEED)
    yield Case("diff of two texts of 1 MB, all unlike", "diff", unlike(random))
    yield Case("diff of two single lines of 1 M, all unlike", "diff", one_line(random))
    yield Case("diff of 1 MB of lines, the same in another order", "diff", shuffled(random))
    yield Case("diff of 1 MB of lines, few of them alone", "diff", repeated(random))
    yield Case("diff of 1 MB, every second line changed", "diff", every_other(random))
    for components in (1_000, 10_000):
        text, [pair] = wide_pairs(components, 1)
        against = f"{components:,} components"
        both = {"text": text, "pair": pair}
        yield Case(f"transform, {against} against as many", "transform pair", both)
        yield Case(f"compose, {against} and as many", "compose pair", both)
        yield Case(f"TextBuffer.apply, {against}", "apply wide", both)
        wire = {"text": text, "wire": pair[0]}
        yield Case(f"Operation.from_wire, {against}", "from wire", wire)
    places = [random.randint(0, MEGABYTE) for _ in range(PLACES)]
    line = {"text": "x" * MEGABYTE, "places": places}
    lines = {"text": "\n" * MEGABYTE, "places": places}
    for name, data in (("one line of 1 M", line), ("1 M empty lines", lines)):
        yield Case(f"{name}: {PLACES:,} edits all over it", "edits", data, PLACES)
        yield Case(f"{name}: {PLACES:,} positions, there and back", "positions", data, PLACES)
        yield Case(
            f"{name}: {PLACES:,} edits and a position each", "edits and positions", data, PLACES
        )


def unlike(random: Random) -> dict[str, str]:
    return {"old": prose(MEGABYTE, random), "new": prose(MEGABYTE, random)}


def one_line(random: Random) -> dict[str, str]:
    old, new = ("".join(random.choices(LETTERS, k=MEGABYTE)) for _ in range(2))
    return {"old": old, "new": new}


def shuffled(random: Random) -> dict[str, str]:
    lines = prose(MEGABYTE, random).splitlines(keepends=True)
    old = "".join(lines)
    random.shuffle(lines)
    return {"old": old, "new": "".join(lines)}


def repeated(random: Random) -> dict[str, str]:
    lines = [f"{letter}\n" for letter in LETTERS]
    old, new = ("".join(random.choices(lines, k=MEGABYTE // 2)) for _ in range(2))
    return {"old": old, "new": new}


def every_other(random: Random) -> dict[str, str]:
    lines = prose(MEGABYTE, random).splitlines(keepends=True)
    changed = [f"{line[:40]}!{line[40:]}" if at % 2 else line for at, line in enumerate(lines)]
    return {"old": "".join(lines), "new": "".join(changed)}


def row(case: Case, figures: dict[str, Figures]) -> tuple[str, ...]:
    plain, *compiled = figures.values()
    verdict = "above 1 s" if plain.median > LIMIT else "off the loop"
    return (
        case.what,
        *(figure(each.median * 1e3) for each in (plain, *compiled)),
        f"{figure(min(plain.seconds) * 1e3)} to {figure(max(plain.seconds) * 1e3)}",
        verdict if plain.median / case.calls > SLICE else "",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, 5, 5, arguments)
    body, builds = [], list[str]()
    for case in cases():
        expected = case.data.get("new")
        contenders = ours(case.task, compiled=chosen.compiled)
        figures = race(contenders, case.data, chosen, expected=expected and digest(expected))
        body.append(row(case, figures))
        builds = list(figures)
    header = ("case", *(f"{name}, ms" for name in builds), "spread of plain, ms", "")
    publish(
        "worst_cases",
        f"""
## Worst cases

Texts and operations that nobody types, at a server's limits or beyond them. A diff must lead
to the new text, a transform close the diamond, both builds end with one text. None may take a
second. What takes more than {SLICE * 1e3:.0f} ms must run off a server's event loop, or in slices:
it is marked. Edits and positions are {PLACES:,} calls, and a server may yield between any two.

{table(header, body)}
""",
        (),
        chosen,
        "Milliseconds",
    )


if __name__ == "__main__":
    main()

"""`race`: runs contenders at one task by turns, and makes the table of their figures.

A round runs each contender once, every other round in the opposite order, so that other load
on the machine affects all of them.  A slow one stops when it has used up its share of CPU
time, but not before one round: each row says how many it ran.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import peers
from benchmarks.contender import Answer, Contender, running
from benchmarks.results import keep, table

__all__ = ["Figures", "Options", "Target", "options", "publish", "race", "rows", "targets"]


class Options(NamedTuple):
    """The options of a benchmark's command line."""

    rounds: int
    seconds: float
    """CPU seconds after which a contender stops."""
    compiled: Path | None
    keep: bool


def options(
    doc: str | None, rounds: int, seconds: float, arguments: Sequence[str] | None = None
) -> Options:
    """Read the command line, and make the peers ready."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rounds", type=int, default=rounds, help="how many (%(default)s)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=seconds,
        help="of CPU, after which a contender stops (%(default)s)",
    )
    parser.add_argument(
        "--compiled", type=Path, metavar="PATH", help="where `make build-compiled` puts ot_core"
    )
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    read = parser.parse_args(arguments)
    peers.install()
    return Options(read.rounds, read.seconds, read.compiled, not read.only_print)


@dataclass
class Figures:
    """The CPU seconds of one contender, run by run."""

    contender: Contender
    seconds: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.contender.name

    @property
    def median(self) -> float:
        return median(self.seconds)

    def cells(self, count: int, unit: float) -> tuple[str, ...]:
        """Return runs, median, spread and `count` per second; times are in `unit` seconds."""
        low, high = min(self.seconds) / unit, max(self.seconds) / unit
        return (
            str(len(self.seconds)),
            figure(self.median / unit),
            f"{figure(low)} to {figure(high)}",
            figure(count / self.median),
        )


def race(
    contenders: Sequence[Contender],
    data: object,
    options: Options,
    *,
    expected: str | None = None,
    times: int = 1,
) -> dict[str, Figures]:
    """Run the contenders over the same data, and return the figures of each, by name.

    `expected` is the digest of the text that all must end with; without it, all must
    end with the text of the first.

    Raises:
        SystemExit: one of them ended with another text.
    """
    figures = [Figures(contender) for contender in contenders]
    line = json.dumps(data)
    with running(contenders) as processes:
        for process in processes:
            process.prepare(line)
        pairs = list(zip(processes, figures, strict=True))
        for number in range(options.rounds):
            for process, own in pairs if number % 2 == 0 else reversed(pairs):
                if number and sum(own.seconds) * times > options.seconds:
                    continue
                answer: Answer = process.run(times)
                expected = expected or answer.digest
                if answer.digest != expected:
                    raise SystemExit(f"{own.name} ended with another text at {own.contender.task}")
                own.seconds.append(answer.seconds)
                print(f"{own.name}: {own.contender.task}, {answer.seconds:.4f} s", file=sys.stderr)
    return {own.name: own for own in figures}


def rows(
    figures: dict[str, Figures],
    count: int,
    unit: float,
    references: Sequence[str] = ("ot_core", "ot_core, compiled"),
) -> str:
    """Return the table of a race; a run does `count` things; times are in `unit` seconds.

    The last columns are the times relative to those of references.
    """
    units = {1.0: "s", 1e-3: "ms", 1e-6: "µs"}[unit]
    there = [name for name in references if name in figures]
    ratios = [f"÷ {name}" for name in there]
    header = ("", "runs", f"median, {units}", f"spread, {units}", "a second", *ratios)
    body = []
    for own in figures.values():
        factors = (figure(own.median / figures[name].median) for name in there)
        body.append((own.name, *own.cells(count, unit), *factors))
    return table(header, body)


class Target(NamedTuple):
    """A target: a ratio, and the least that it must be."""

    what: str
    ratio: float
    least: float


def targets(wanted: Sequence[Target]) -> str:
    """Return the table of the targets and the results."""
    body = [
        (
            target.what,
            figure(target.least),
            figure(target.ratio),
            "met" if target.ratio >= target.least else "missed",
        )
        for target in wanted
    ]
    return table(("wanted", "at least", "here", "so"), body)


def publish(
    benchmark: str,
    body: str,
    contenders: Sequence[Contender],
    options: Options,
    units: str | None,
) -> None:
    """Print a section, and write it into RESULTS.md unless told not to.

    `units` is the unit of CPU time in its tables, if any.
    """
    packages = dict.fromkeys(c.package for c in contenders if c.package is not None)
    notes = []
    if units is not None:
        rounds = f"{options.rounds} rounds at most" if options.rounds > 1 else "one round"
        notes.append(
            f"{units} of CPU time of each contender's own process, all of its threads; medians "
            f"and spread (least to most) of {rounds} in one run, by turns."
        )
    if packages:
        notes.append(f"Peers: {peers.versions(list(packages))}.")
    section = "\n\n".join([body.strip(), *notes])
    print(section)
    if options.keep:
        keep(benchmark, section)


def figure(value: float) -> str:
    """Write a number with three significant digits."""
    for limit, digits in ((100, 0), (10, 1), (1, 2), (0.1, 3)):
        if abs(value) >= limit:
            return f"{value:,.{digits}f}"
    return f"{value:.4f}"

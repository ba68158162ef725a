"""RESULTS.md: one section for each benchmark, which a run of it rewrites.

A section lies between two comments that name its benchmark.  The rest of the file,
and the other sections, stay as they are.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "RESULTS.md"


def keep(benchmark: str, body: str, file: Path = FILE) -> None:
    """Replace the benchmark's section by `body` (Markdown), or add it at the file's end."""
    first, last = f"<!-- {benchmark} -->\n", f"<!-- /{benchmark} -->\n"
    section = f"{first}{body.strip()}\n\n_{machine()}; `python -m benchmarks.{benchmark}`_\n{last}"
    kept = file.read_text("utf-8")
    before, found, rest = kept.partition(first)
    after = rest.partition(last)[2]
    file.write_text(f"{before}{section}{after}" if found else f"{kept}\n{section}", "utf-8")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def machine() -> str:
    """Describe the machine, as far as it explains the figures."""
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{implementation}, {platform.machine()}, {os.cpu_count()} cores"

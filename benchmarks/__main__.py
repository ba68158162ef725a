"""List the benchmarks: each is a module of this package with a `main`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def commands() -> Iterator[tuple[str, str]]:
    """Yield name and first line of each, without importing what it measures."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        module = ast.parse(path.read_text("utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == "main" for part in module.body):
            yield path.stem, (ast.get_docstring(module) or "").partition("\n")[0]


if __name__ == "__main__":
    for name, line in commands():
        print(f"python -m benchmarks.{name:<16}{line}")

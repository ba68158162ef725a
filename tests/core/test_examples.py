"""The examples in the docstrings hold, on either build of the engine.

They are read from the sources, because compiled functions have no docstrings.
"""

from __future__ import annotations

import ast
from doctest import DocTestParser, DocTestRunner
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

SOURCES: Final = sorted((Path(__file__).parents[2] / "ot_core").glob("*.py"))

Documented = ast.Module | ast.ClassDef | ast.FunctionDef


def test_there_are_examples() -> None:
    assert sum(source.read_text().count(">>> ") for source in SOURCES) >= 30


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_examples_hold_in(source: Path) -> None:
    name = "ot_core" if source.stem == "__init__" else f"ot_core.{source.stem}"
    module = import_module(name)
    text = source.read_text()
    runner, parser = DocTestRunner(), DocTestParser()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Documented) and (docstring := ast.get_docstring(node)):
            label = getattr(node, "name", name)
            runner.run(parser.get_doctest(docstring, vars(module).copy(), label, name, 0))
    assert runner.summarize(verbose=False) == (0, text.count(">>> ")), "see the output above"

"""Checks that a run tests the build of `ot_core` that it should.

``OT_CORE_BUILD=compiled`` asks for the build that mypyc makes; without it the engine is
plain Python.  A run on the other build fails, so that neither is tested by mistake.
"""

from __future__ import annotations

import os
import tomllib
from importlib import import_module
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(scope="session", autouse=True)
def the_engine_is_of_the_build_under_test() -> None:
    build = os.environ.get("OT_CORE_BUILD", "plain")
    assert build in ("plain", "compiled")
    hook = tomllib.loads(PROJECT.read_text())["tool"]["hatch"]["build"]["hooks"]["mypyc"]
    for path in hook["include"]:
        module = import_module(path.removesuffix(".py").strip("/").replace("/", "."))
        assert module.__spec__ is not None
        is_compiled = isinstance(module.__spec__.loader, ExtensionFileLoader)
        assert is_compiled == (build == "compiled"), f"{module.__file__} is not {build}"

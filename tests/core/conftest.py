"""What all tests of the engine share: which build they test, and how many seeds they draw.

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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked *seeds* its seeds: some as it comes, many in the soak."""
    marker = metafunc.definition.get_closest_marker("seeds")
    if marker is None:
        return
    [count], soak = marker.args, metafunc.config.option.markexpr == "soak"
    seeds = range(marker.kwargs["soak"] if soak else count)
    marks = [pytest.mark.soak] if soak else []
    metafunc.parametrize("seed", [pytest.param(seed, marks=marks) for seed in seeds])

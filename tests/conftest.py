"""Which tests take long, and which count for coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

pytest_plugins = ["tests.time_limit", "tests.times", "tests.workers"]

LONG: Final = {
    "core": {"differential", "fuzz", "laws", "traces"},
    "server": {
        *("bad_arrivals", "bad_calls", "bad_input", "bad_input_fuzz", "round_trip", "history"),
        *("nodes_redis", "nodes_simulation", "openapi", "replay", "revocation", "role_table"),
    },
}
"""Only these folders count for coverage, because a test of everything together proves too little;
and not these files: they take long, and twice as long when coverage is measured."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test accordingly."""
    tests = Path(__file__).parent
    for item in items:
        if not item.path.is_relative_to(tests):
            continue
        file = item.path.relative_to(tests)
        folder = file.parts[0]
        is_long = file.stem.removeprefix("test_") in LONG.get(folder, ())
        if is_long:
            item.add_marker(pytest.mark.long)
        if is_long or folder not in LONG:
            item.add_marker(pytest.mark.no_cover)

"""What the tests cover is measured without those that run long."""

from __future__ import annotations

from typing import Final

import pytest

UNCOVERED: Final = {"browser", "faults", "simulation", "test_replay.py"}
"""To trace what these run doubles their time, and the others cover all of it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let some tests run without being traced."""
    for item in items:
        if not UNCOVERED.isdisjoint(item.path.parts):
            item.add_marker(pytest.mark.no_cover)

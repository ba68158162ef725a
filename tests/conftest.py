"""What the tests cover is measured without those that run long."""

from __future__ import annotations

from typing import Final

import pytest

UNCOVERED: Final = {
    *("browser", "client", "faults", "protocol", "simulation"),
    *("test_bad_input_fuzz.py", "test_cli_round_trip.py", "test_history.py", "test_openapi.py"),
    *("test_replay.py", "test_revocation.py", "test_traces.py"),
}
"""To trace what these run doubles their time, and the others cover all of it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let some tests run without being traced."""
    for item in items:
        if not UNCOVERED.isdisjoint(item.path.parts):
            item.add_marker(pytest.mark.no_cover)

"""Test vectors that every implementation of the engine must agree with.

The ``*.json`` files are made by ``python -m tests.vectors.make`` and committed; they are
plain ASCII, one case a line, each with a description of its fields.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent


def load(name: str) -> list[dict[str, Any]]:
    """Return the cases of one committed file."""
    cases: list[dict[str, Any]] = json.loads((FOLDER / name).read_text("ascii"))["cases"]
    return cases

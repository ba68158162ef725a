"""The colours of participants: far apart, and readable as text on white and on black."""

from __future__ import annotations

from typing import Final

__all__ = ["color"]

COLORS: Final = (
    "#d9480f",
    "#1971c2",
    "#2f9e44",
    "#9c36b5",
    "#c2255c",
    "#0c8599",
    "#a06a00",
    "#5f3dc4",
    "#66800b",
    "#c92a2a",
    "#087f5b",
    "#4263eb",
)


def color(ordinal: int) -> str:
    """Return the colour of a session's how-manieth participant, as ``#rrggbb``."""
    return COLORS[ordinal % len(COLORS)]

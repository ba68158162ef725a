"""The colours of participants: far apart, and each readable under small white letters."""

from __future__ import annotations

from typing import Final

__all__ = ["color"]

COLORS: Final = (
    "#c2410c",
    "#1971c2",
    "#23823a",
    "#9c36b5",
    "#c2255c",
    "#0b7285",
    "#8f5f00",
    "#5f3dc4",
    "#5c7300",
    "#c92a2a",
    "#087f5b",
    "#4263eb",
)


def color(ordinal: int) -> str:
    """Return the colour of a session's how-manieth participant, as ``#rrggbb``."""
    return COLORS[ordinal % len(COLORS)]

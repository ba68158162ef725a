"""A participant, as everybody in the session sees them: by name, colour, role and kind."""

from __future__ import annotations

from typing import Final

from ot_protocol.messages import Participant
from ot_server.store.rows import Holder

__all__ = ["color", "shown"]

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
"""Clearly different colours, on each of which small white letters are readable."""


def color(ordinal: int) -> str:
    """Return the colour of the participant with this number in a session, as ``#rrggbb``."""
    return COLORS[ordinal % len(COLORS)]


def shown(holder: Holder) -> Participant:
    """Return a participant as the others see them."""
    row = holder.participant
    return Participant(row.id, row.name, color(row.ordinal), holder.role, row.kind)

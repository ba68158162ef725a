"""`Status`: what a person needs to know about their typing, in one word.  No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["HOPELESS", "End", "State", "Status"]

HOPELESS: Final = frozenset(
    {
        "not_websocket",
        "not_utf8",
        "too_big",
        "malformed",
        "protocol",
        "forbidden",
        "no_such_session",
    }
)
"""Ends after which nothing that is unconfirmed could ever be sent."""


class State(Enum):
    """What to tell a person about their typing."""

    CONNECTING = "connecting"
    """The server has not answered yet."""
    SAVED = "saved"
    """All that was typed is committed."""
    SAVING = "saving"
    """Something is on its way, or waits for its turn."""
    OFFLINE = "offline"
    """There is no connection; what is typed is kept, and sent on return."""
    REFUSED = "refused"
    """Something can't be saved: see `Session.unsaved`."""
    CLOSED = "closed"
    """The session is over."""


@dataclass(frozen=True)
class Status:
    """A state, and why it is so where that doesn't go without saying."""

    state: State
    reason: str | None = None
    is_synchronized: bool = False
    """Whether the server has everything that the editor shows."""
    is_safe: bool = False
    """Whether all that it has not is stored here, so that a crash loses nothing."""


@dataclass(frozen=True)
class End:
    """Why a machine has ended."""

    reason: str
    """A word for it: ``forbidden``, ``left``, …"""
    code: int
    """The close code, 1000 where it was one's own wish."""
    message: str = ""
    """What the server said."""

"""Why a WebSocket was closed, and which of the reasons a client comes back after."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["FINAL", "CloseCode"]


class CloseCode(IntEnum):
    """The codes of RFC 6455 that are used, and our own from 4400 on."""

    NORMAL = 1000
    GOING_AWAY = 1001
    """The server drains: come back."""
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013
    MALFORMED = 4400
    """Too many malformed frames."""
    NOT_AUTHENTICATED = 4401
    """Come back with a fresh token."""
    FORBIDDEN = 4403
    """Revoked or kicked."""
    NO_SUCH_SESSION = 4404
    REPLACED = 4409
    """The same client connected again, and the newest wins."""
    TOO_FAST = 4429


FINAL = frozenset(
    {
        CloseCode.TOO_BIG,
        CloseCode.MALFORMED,
        CloseCode.FORBIDDEN,
        CloseCode.NO_SUCH_SESSION,
        CloseCode.REPLACED,
    }
)
"""A client never comes back by itself after these."""

"""Why a WebSocket was closed, and after which reasons a client comes back."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["FINAL", "CloseCode"]


class CloseCode(IntEnum):
    """The codes of RFC 6455 that we use, and our own from 4400 on."""

    NORMAL = 1000
    GOING_AWAY = 1001
    """The server is shutting down: come back."""
    NOT_WEBSOCKET = 1002
    ABNORMAL = 1006
    """There was none: the line broke."""
    NOT_UTF8 = 1007
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013
    MALFORMED = 4400
    """Too many malformed frames."""
    NOT_AUTHENTICATED = 4401
    """Come back with a fresh token."""
    FORBIDDEN = 4403
    """Access has ended: revoked, expired or put out."""
    NO_SUCH_SESSION = 4404
    REPLACED = 4409
    """The same client has connected again; the newest connection wins."""
    TOO_FAST = 4429


FINAL: dict[int, str] = {
    CloseCode.NOT_WEBSOCKET: "not_websocket",
    CloseCode.NOT_UTF8: "not_utf8",
    CloseCode.TOO_BIG: "too_big",
    CloseCode.MALFORMED: "malformed",
    CloseCode.FORBIDDEN: "forbidden",
    CloseCode.NO_SUCH_SESSION: "no_such_session",
    CloseCode.REPLACED: "replaced",
}
"""After these a client never comes back by itself; each with a word for it."""

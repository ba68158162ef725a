"""What can go wrong on the client's side of the wire.

::

    ClientError                 every error of this package
    ├── InvalidAddress          what was given is no address of a server, session or link
    ├── RequestFailed           the server answered a REST call with a problem
    │   ├── InvalidRequest      400, 422: the call was wrong
    │   ├── NotAuthenticated    401: no token, or one that has ended
    │   ├── Forbidden           403: known, but not allowed
    │   ├── NotFound            404: no such session or link
    │   ├── TooManyRequests     429: later
    │   └── Unavailable         5xx: the server can't, now
    ├── Unreachable             nobody answered in time, or it was no server of ours
    ├── SessionClosed           the session ended; nothing more is sent or received
    ├── Refused                 the server will never commit what was typed: here it is
    ├── NoStorage               what is unsaved can't be kept in that file
    ├── NotEditable             one may not edit; or there is no text yet, or none any more
    └── TooLarge                an edit that makes the text too large; it was not made

Errors of the engine (`ot_core.OTError`) pass through where an operation is no
operation, or was not made for the session's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ot_client.events import Unsaved

__all__ = [
    "ClientError",
    "Forbidden",
    "InvalidAddress",
    "InvalidRequest",
    "NoStorage",
    "NotAuthenticated",
    "NotEditable",
    "NotFound",
    "Refused",
    "RequestFailed",
    "SessionClosed",
    "TooLarge",
    "TooManyRequests",
    "Unavailable",
    "Unreachable",
]


class ClientError(Exception):
    """The base of every error that this package raises on purpose."""


class InvalidAddress(ClientError, ValueError):
    """It is no address of a server, of a session, or of a share link."""


class RequestFailed(ClientError):
    """A REST call was answered by a problem (RFC 9457); `code` is its stable word."""

    def __init__(self, status: int, title: str, code: str = "", detail: str = "") -> None:
        super().__init__(f"{status} {title}: {detail}" if detail else f"{status} {title}")
        self.status = status
        self.title = title
        self.code = code
        self.detail = detail


class InvalidRequest(RequestFailed):
    """The call itself was wrong."""


class NotAuthenticated(RequestFailed):
    """There was no token, or one that has ended."""


class Forbidden(RequestFailed):
    """The server knows who asks, and says no."""


class NotFound(RequestFailed):
    """There is no such session or link."""


class TooManyRequests(RequestFailed):
    """Ask again later."""


class Unavailable(RequestFailed):
    """The server can't answer now."""


class Unreachable(ClientError):
    """Nobody answered in time, or what answered was no server of ours."""


class SessionClosed(ClientError):
    """The session ended: by its user, or by a close code that nobody comes back after."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the session was closed ({code}{': ' if reason else ''}{reason})")
        self.code = code
        self.reason = reason


class Refused(ClientError):
    """What was typed is not saved and never will be; `unsaved` holds it."""

    def __init__(self, unsaved: Sequence[Unsaved]) -> None:
        super().__init__("not saved: " + ", ".join(one.reason for one in unsaved))
        self.unsaved = tuple(unsaved)


class NoStorage(ClientError):
    """The file can't be used to keep what is unsaved."""


class NotEditable(ClientError):
    """There is nothing to edit; the edit was not made."""


class TooLarge(ClientError):
    """A text, or what is to be shown beside a caret, would be too large; nothing has changed."""

"""What a session tells its user: small values, in the order in which they happened.

Every change of the text that the user did not make by an edit of its own is a
`Changed`, whatever its cause: a copy of the text that takes in each of them, and each
edit, when it happens, always equals ``session.text``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ot_client.status import Status
from ot_core import Operation
from ot_protocol.messages import Diagnostic, Participant, SessionInfo

__all__ = [
    "Cause",
    "Changed",
    "Complaint",
    "DiagnosticsChanged",
    "Event",
    "ParticipantsChanged",
    "PresenceChanged",
    "SessionUpdated",
    "StatusChanged",
    "Unsaved",
]


class Cause(Enum):
    """Why the text changed."""

    OTHERS = "others"
    """Somebody else edited."""
    REFUSED = "refused"
    """One's own typing is taken back, which will never be committed."""
    RESET = "reset"
    """The server's text is another one, or was told for the first time."""


@dataclass(frozen=True)
class Changed:
    """The text changed by no edit of the user's own; `operation` is on the text shown."""

    operation: Operation
    by: str | None
    """The participant who made it, where it is one's work."""
    cause: Cause = Cause.OTHERS


@dataclass(frozen=True)
class Unsaved:
    """Typing that the server will never commit; a `Changed` before it took it out of the text."""

    reason: str
    """A code of `reject` or `reset`, or what ended the session; ``refused``, where the answer
    itself was lost; ``outdated``, where it may have been sent by a program that was killed."""
    text: str
    """All that was inserted, piece after piece, with line ends between pieces."""
    operation: Operation
    """All of it in place, deletions too, on the text shown at that moment; on the text that it was
    typed in, where that is not known any more."""
    id: str = field(default="", compare=False)
    """Another one for each offer; the same where a record is given up once more after a crash."""


@dataclass(frozen=True)
class StatusChanged:
    """What a person should be told of their typing has changed."""

    status: Status


@dataclass(frozen=True)
class ParticipantsChanged:
    """Who is here has changed; these are all of them now, by id."""

    participants: dict[str, Participant]


@dataclass(frozen=True)
class PresenceChanged:
    """These participants moved their carets, began or stopped typing, or went."""

    participants: tuple[str, ...]


@dataclass(frozen=True)
class DiagnosticsChanged:
    """The server has looked at the code: these are all diagnostics, in the text shown."""

    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class SessionUpdated:
    """The session is called, highlighted, locked or run differently, or one's role changed."""

    session: SessionInfo


@dataclass(frozen=True)
class Complaint:
    """The server found a message of this client wrong: no edit is lost, but look into it."""

    code: str
    message: str


Event = (
    Changed
    | Unsaved
    | StatusChanged
    | ParticipantsChanged
    | PresenceChanged
    | DiagnosticsChanged
    | SessionUpdated
    | Complaint
)

"""What a session tells its user: small values, in the order in which they happened.

Every change of the text that the user did not make by an edit of its own is a
`Changed`, whatever its cause: a copy of the text that takes in each of them, and each
edit, when it happens, always equals ``session.text``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ot_core import Operation
from ot_protocol.messages import Diagnostic, Participant, SessionInfo

__all__ = [
    "Changed",
    "Complaint",
    "Event",
    "ParticipantsChanged",
    "PresenceChanged",
    "ProblemsFound",
    "SessionUpdated",
    "State",
    "StateChanged",
    "Unsaved",
]


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
    """Something can't be saved: see `Session.take_unsaved`."""
    CLOSED = "closed"
    """The session is over."""


@dataclass(frozen=True)
class Changed:
    """The text changed by no edit of the user's own; `operation` is on the text shown."""

    operation: Operation
    by: str | None
    """The participant who made it, where it is one's work."""


@dataclass(frozen=True)
class Unsaved:
    """Typing that the server will never commit, taken back out of the text."""

    reason: str
    """A code of `reject` or `reset`; or ``refused``, where the answer itself was lost."""
    text: str
    """All that was inserted, piece after piece, with line ends between pieces."""
    operation: Operation
    """The same in place, on the confirmed text of that moment."""


@dataclass(frozen=True)
class StateChanged:
    """What a person should be told has changed."""

    state: State


@dataclass(frozen=True)
class ParticipantsChanged:
    """Who is here has changed; these are all of them now, by id."""

    participants: dict[str, Participant]


@dataclass(frozen=True)
class PresenceChanged:
    """These participants moved their carets, began or stopped typing, or went."""

    participants: tuple[str, ...]


@dataclass(frozen=True)
class ProblemsFound:
    """The server has looked at the code: these are all problems, in the text shown."""

    problems: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class SessionUpdated:
    """The session is called, highlighted or locked differently, or one's own role changed."""

    session: SessionInfo


@dataclass(frozen=True)
class Complaint:
    """The server found a message of this client wrong: no edit is lost, but look into it."""

    code: str
    message: str


Event = (
    Changed
    | Unsaved
    | StateChanged
    | ParticipantsChanged
    | PresenceChanged
    | ProblemsFound
    | SessionUpdated
    | Complaint
)

"""What can go wrong in the server, and whose fault it is.

::

    ServerError                 every error that this package raises on purpose
    ├── CallersFault            the call can't be done as it is; nothing has changed
    │   ├── InvalidToken        the token is invalid, expired, or of a login that has ended
    │   ├── Forbidden           the participant has no access to the session
    │   ├── RoleLost            the caller no longer holds the role that allowed it
    │   ├── NoSuchSession       there is no session with this id
    │   ├── NoSuchRevision      the session's log doesn't have this revision
    │   ├── ClientTaken         the client id belongs to another participant
    │   ├── Replaced            the same client has connected again meanwhile
    │   ├── UsernameTaken       another account has this username
    │   ├── EmailTaken          another account has this email address
    │   ├── LastOwner           a session needs an owner
    │   ├── OwnsSessions        sessions would be deleted with the account
    │   ├── LinesGone           a line to be changed has been deleted
    │   ├── AlreadyWriting      the assistant is already writing in the session
    │   └── TokensSpent         the assistant has reached its daily limit
    ├── TryLater                our fault, and temporary: the same call may work later
    │   ├── StoreUnavailable    the store can't answer; nothing has changed
    │   ├── OutcomeUnknown      the store may have done it, or may still do it
    │   ├── Evicted             the session is no longer live here: ask the hub again
    │   ├── Busy                too many passwords wait to be checked
    │   ├── Full                there are too many connections
    │   └── AnalysisFailed      the linter gave no answer
    ├── Damaged                 what is stored is not what was written; a person must look
    │   └── Corrupt             a session's log has a gap, or a line that breaks its chain
    └── OperatorsFault          the server can't start with this setup
        ├── InvalidSettings     a setting has an invalid value
        ├── CannotListen        the address can't be listened on
        └── DataFolderInUse     another process works in the data folder

The place of an error in this tree decides the answer: its HTTP problem is in
`ot_server.http.framework.answers`, its close code in `ot_server.socket`, its log level in
`ot_server.telemetry.logs`.  A class that never leaves its room is declared there, and
derives from one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

if TYPE_CHECKING:
    from ot_server.store.rows import SessionInfoRow

__all__ = [
    "AlreadyWriting",
    "AnalysisFailed",
    "Busy",
    "CallersFault",
    "CannotListen",
    "ClientTaken",
    "Corrupt",
    "Damaged",
    "DataFolderInUse",
    "EmailTaken",
    "Evicted",
    "Forbidden",
    "Full",
    "InvalidSettings",
    "InvalidToken",
    "LastOwner",
    "LinesGone",
    "NoSuchRevision",
    "NoSuchSession",
    "OperatorsFault",
    "OutcomeUnknown",
    "OwnsSessions",
    "Replaced",
    "RoleLost",
    "ServerError",
    "StoreUnavailable",
    "TokensSpent",
    "TryLater",
    "UsernameTaken",
    "row_of",
]

T = TypeVar("T")


def row_of(error: type[Exception], table: Mapping[type[ServerError], T]) -> T | None:
    """Return the entry of a table for a class of errors, or for the nearest class above it."""
    return next((table[kind] for kind in error.__mro__ if kind in table), None)


class ServerError(Exception):
    """The base of every error that this package raises on purpose."""

    is_public: ClassVar[bool] = False
    """Whether its text may be told to the caller; the texts of others are internal."""


class CallersFault(ServerError):
    """The call can't be done as it is, and nothing has changed."""


class InvalidToken(CallersFault):
    """The token is not ours, not for this, or too old."""


class Forbidden(CallersFault):
    """The participant has no access to the session."""


class RoleLost(CallersFault):
    """The caller no longer holds the role that allowed it."""


class NoSuchSession(CallersFault):
    """There is no session with this id."""


class NoSuchRevision(CallersFault):
    """The log doesn't have this revision."""

    is_public = True

    def __init__(self, revision: int) -> None:
        super().__init__(f"there is no revision {revision}")


class ClientTaken(CallersFault):
    """The client id belongs to another participant."""


class Replaced(CallersFault):
    """The same client has connected again meanwhile."""


class UsernameTaken(CallersFault):
    """Another account has this username, in the same or another case."""


class EmailTaken(CallersFault):
    """Another account has this email address, in the same or another case."""


class LastOwner(CallersFault):
    """A session needs an owner."""


class OwnsSessions(CallersFault):
    """These sessions would be deleted with the account."""

    def __init__(self, sessions: Sequence[SessionInfoRow]) -> None:
        super().__init__([session.id for session in sessions])
        self.sessions = sessions


class LinesGone(CallersFault):
    """Somebody has deleted a line that should be changed."""

    is_public = True


class AlreadyWriting(CallersFault):
    """The assistant is already writing in this session."""


class TokensSpent(CallersFault):
    """All tokens of a day are spent or reserved."""

    is_public = True

    def __init__(self, whose: Literal["caller", "server"]) -> None:
        who = "you may have" if whose == "caller" else "this server has"
        super().__init__(f"the assistant has done as much as {who} in a day")
        self.whose = whose


class TryLater(ServerError):
    """It can't be done now, and that is our fault: the same call may work later."""


class StoreUnavailable(TryLater):
    """The store can't answer now; nothing has changed."""


class OutcomeUnknown(TryLater):
    """The store was lost, or took too long, while writing: it may be done, or still be done."""


class Evicted(TryLater):
    """The session is no longer live on this node: ask the hub for it again."""


class Busy(TryLater):
    """More passwords wait to be checked than is possible in a reasonable time."""


class Full(TryLater):
    """There are too many connections to the session, or of the participant."""

    is_public = True


class AnalysisFailed(TryLater):
    """The linter gave no answer, or took too long."""

    is_public = True


class Damaged(ServerError):
    """What is stored is not what was written."""


class Corrupt(Damaged):
    """The log has a gap, or an operation that doesn't match its chain."""


class OperatorsFault(ServerError):
    """The server can't start with this setup; the text says what to change."""


class InvalidSettings(OperatorsFault):
    """A setting has an invalid value; the text names both."""


class CannotListen(OperatorsFault):
    """The address is in use, or not of this machine; the text names it."""


class DataFolderInUse(OperatorsFault):
    """Another process holds the lock file of the folder: a server, or a repairing command."""

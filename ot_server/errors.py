"""What can go wrong in the server, and whose fault it is.

::

    ServerError                 every error that this package raises on purpose
    ├── CallersFault            it can't be done as it was asked for; nothing has changed
    │   ├── InvalidToken        the token is nobody's, or of somebody who has signed out
    │   ├── Forbidden           the participant has no access to the session
    │   ├── RoleLost            the role that allowed it is held no more
    │   ├── NoSuchSession       there is no session of this id
    │   ├── NoSuchRevision      the session's log doesn't reach to this revision
    │   ├── ClientTaken         the client id belongs to another participant
    │   ├── Replaced            the same client has connected once more meanwhile
    │   ├── UsernameTaken       another account has this username
    │   ├── EmailTaken          another account has this e-mail address
    │   ├── LastOwner           a session must keep an owner
    │   ├── OwnsSessions        sessions would go with the account
    │   ├── LinesGone           a line that was to be changed has been deleted
    │   ├── AlreadyWriting      the assistant is at work in the session
    │   └── TokensSpent         the assistant has done enough for a day
    ├── TryLater                ours, and for now: the same may be asked again
    │   ├── StoreUnavailable    the store can't answer; nothing has changed
    │   ├── OutcomeUnknown      the store may have done it, or may do so yet
    │   ├── Evicted             the session is not live here any more: ask the hub again
    │   ├── Busy                too many passwords wait to be checked
    │   ├── Full                there are too many connections
    │   └── AnalysisFailed      the linter gave no answer
    ├── Damaged                 what is kept is not what was written; a person must look
    │   └── Corrupt             a session's log has a gap, or a line that its chain breaks at
    └── OperatorsFault          the server can't start as it is set up
        ├── InvalidSettings     a setting has a value that it can't have
        ├── CannotListen        the address can't be had
        └── DataFolderInUse     another process works in the data folder

What an error is answered by follows from its place: its HTTP problem is in
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
    """Return what a table has for a class of errors, or for the nearest one above it."""
    return next((table[kind] for kind in error.__mro__ if kind in table), None)


class ServerError(Exception):
    """The base of every error that this package raises on purpose."""

    is_public: ClassVar[bool] = False
    """Whether its text may be told to those who asked; others speak of our insides."""


class CallersFault(ServerError):
    """It can't be done as it was asked for, and nothing has changed."""


class InvalidToken(CallersFault):
    """The token is not ours, not for this, or too old."""


class Forbidden(CallersFault):
    """The participant has no access to the session."""


class RoleLost(CallersFault):
    """The one who asks does not hold the role any more that allowed it."""


class NoSuchSession(CallersFault):
    """There is no session of this id."""


class NoSuchRevision(CallersFault):
    """The log doesn't reach to this revision."""

    is_public = True

    def __init__(self, revision: int) -> None:
        super().__init__(f"there is no revision {revision}")


class ClientTaken(CallersFault):
    """The client id belongs to another participant."""


class Replaced(CallersFault):
    """The same client has connected once more meanwhile."""


class UsernameTaken(CallersFault):
    """Another account has this username, whatever the case."""


class EmailTaken(CallersFault):
    """Another account has this e-mail address, whatever the case."""


class LastOwner(CallersFault):
    """A session must keep an owner."""


class OwnsSessions(CallersFault):
    """These sessions would go with the account."""

    def __init__(self, sessions: Sequence[SessionInfoRow]) -> None:
        super().__init__([session.id for session in sessions])
        self.sessions = sessions


class LinesGone(CallersFault):
    """Somebody has deleted a line that was to be changed."""

    is_public = True


class AlreadyWriting(CallersFault):
    """The assistant is at work in this session."""


class TokensSpent(CallersFault):
    """All tokens of a day are spent, or promised."""

    is_public = True

    def __init__(self, whose: Literal["caller", "server"]) -> None:
        who = "you may have" if whose == "caller" else "this server has"
        super().__init__(f"the assistant has done as much as {who} in a day")
        self.whose = whose


class TryLater(ServerError):
    """It can't be done now, and that is our fault: the same may be asked again."""


class StoreUnavailable(TryLater):
    """The store can't answer now; nothing has changed."""


class OutcomeUnknown(TryLater):
    """The store was lost, or took too long, while it wrote: it may have happened or may yet."""


class Evicted(TryLater):
    """The session is not live on this node any more: ask the hub for it again."""


class Busy(TryLater):
    """More passwords wait to be checked than can be in a reasonable time."""


class Full(TryLater):
    """There are too many connections to the session, or of the participant."""

    is_public = True


class AnalysisFailed(TryLater):
    """The linter gave no answer, or took too long."""

    is_public = True


class Damaged(ServerError):
    """What is kept is not what was written."""


class Corrupt(Damaged):
    """The log has a gap, or an operation that its chain doesn't vouch for."""


class OperatorsFault(ServerError):
    """The server can't start as it is set up; its text says what to change."""


class InvalidSettings(OperatorsFault):
    """A setting has a value that it can't have; the text names both."""


class CannotListen(OperatorsFault):
    """The address is taken, or is none of this machine; the text names it."""


class DataFolderInUse(OperatorsFault):
    """Another process holds the lock file of the folder: a server, or what mends its data."""

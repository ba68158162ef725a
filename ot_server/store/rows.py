"""The rows that a store keeps, as values; times are seconds since 1970.

Invariants: a session's operations are revisions 1..head without a gap, and never change.
`version` goes up by one with every commit, refusal, shared run and change of access, title
or language.  A row of ``clients`` only ever moves forward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, Literal

from msgspec import Struct

from ot_protocol.messages import Kind, RejectCode, Role

__all__ = [
    "KEPT_RUNS",
    "MOST_OTHERS",
    "AssistantTask",
    "Block",
    "ClientRow",
    "Commit",
    "CommittedOperation",
    "Departure",
    "Holder",
    "How",
    "InviteRow",
    "LinkRow",
    "LockRow",
    "LoginRow",
    "NewSession",
    "Outcome",
    "OwnSessionRow",
    "ParticipantRow",
    "RunRow",
    "SessionInfoRow",
    "SessionRow",
    "Snapshot",
    "Standing",
    "TaskKind",
    "UserRow",
    "VersionRow",
    "Visibility",
    "extend_chain",
    "first_chain",
]

Visibility = Literal["private", "link"]
"""`private`: share links don't work; `link`: they do."""
TaskKind = Literal["debug", "generate"]
Outcome = Literal["done", "cancelled", "failed"]
How = Literal["ended", "stopped", "crashed"]
"""How a run ended: by itself, stopped by the person who ran it, or crashed with its runtime."""
KEPT_RUNS: Final = 20
"""How many runs of each session are kept: the newest."""
MOST_OTHERS: Final = 5
"""How many other members a list names for each session."""


class SessionRow(Struct, frozen=True):
    """The row that every commit, refusal and change of access touches."""

    id: str
    epoch: int
    version: int
    head: int
    chain: bytes
    """The chain after the operation at `head`: 16 bytes."""


class CommittedOperation(Struct, frozen=True):
    """One line of the log."""

    revision: int
    client_id: str | None
    """None if the server itself edits; so is `seq`."""
    seq: int | None
    participant_id: str
    operation: bytes
    """Its JSON."""
    chain: bytes
    """`extend_chain` of the line before it and this operation."""
    committed_at: float
    """Seconds since 1970."""


class ClientRow(Struct, frozen=True):
    """What has been decided about one client's operations."""

    client_id: str
    participant_id: str
    last_seq: int = 0
    last_revision: int | None = None
    """The revision at which `last_seq` was committed, or None if it was refused."""
    refusal: RejectCode | None = None
    digest: bytes = b""
    """The digest of the last operation as sent, so that its seq can't be used for another."""


class Standing(Struct, frozen=True):
    """A session, the roles held in it, and what clients were told, read at one moment."""

    row: SessionRow
    info: SessionInfoRow
    roles: Mapping[str, Role]
    """Participant id to role, for those asked for who have one."""
    clients: Mapping[str, ClientRow]
    """Client id to row, for those asked for that exist."""
    until: float | None = None
    """When the first of these roles ends by itself, because its link expires; None if none will."""
    lock: LockRow | None = None
    """The current lock, if any."""
    lock_seconds: float = 0.0
    """How much longer it lasts unless it is renewed, by the store's clock."""


class LockRow(Struct, frozen=True):
    """While it lasts, only one participant can edit."""

    id: str
    """Identifies its holder, so that nobody takes another's lock for their own."""
    by: str
    """The participant."""
    reason: str
    """For people."""
    until: float
    """When it ends by itself, by the store's clock."""


class Commit(Struct, frozen=True):
    """A batch of decisions about one session: operations to add, and rows of clients."""

    session_id: str
    epoch: int
    version: int
    """What the node believes; the store commits only if both are right."""
    operations: Sequence[CommittedOperation]
    clients: Sequence[ClientRow]


class Snapshot(Struct, frozen=True):
    """The text at a revision, and who wrote what in it."""

    revision: int
    text: str
    attribution: bytes = b""
    """Which revision wrote what: the JSON of `ot_core.Attribution`; empty if unknown."""


class Block(Struct, frozen=True):
    """The operations after revision `first` up to `last`, composed; it never changes."""

    first: int
    last: int
    operation: bytes
    """Its JSON."""


class SessionInfoRow(Struct, frozen=True):
    """What lists and searches read; no commit writes it."""

    id: str
    title: str
    language: str
    created_at: float
    updated_at: float
    """When title or settings were last changed, or the head was committed, if that was later."""
    visibility: Visibility = "private"
    run: bool = True
    """Whether code may be run in it."""
    runs: int = 0
    """How many runs were shared in it so far."""


class ParticipantRow(Struct, frozen=True):
    """Somebody who takes or took part in a session."""

    id: str
    session_id: str
    name: str
    kind: Kind
    given: Role | None
    """The given role, or None; the held role is in a `Holder`."""
    ordinal: int = 0
    """How many participants joined the session before; it decides the colour."""
    user_id: str | None = None
    link: str | None = None
    """The share link that they joined by, as long as nobody has given them a role."""


class Holder(Struct, frozen=True):
    """A participant with the role that they hold now: what the given role is worth."""

    participant: ParticipantRow
    role: Role

    @property
    def id(self) -> str:
        """The participant's id."""
        return self.participant.id


class OwnSessionRow(Struct, frozen=True):
    """A session as in the list of a user who has a role in it."""

    info: SessionInfoRow
    role: Role
    members: int
    """How many users have a role, including this one."""
    others: Sequence[str]
    """The names of others, in the order in which they joined; at most `MOST_OTHERS`."""


class LinkRow(Struct, frozen=True):
    """A share link: anybody who has it can join with its role."""

    link: str
    session_id: str
    role: Role
    created_at: float
    expires_at: float | None = None
    """None if it never expires."""


class InviteRow(Struct, frozen=True):
    """A role for the person who registers with an email address."""

    id: str
    session_id: str
    email: str
    role: Role
    created_at: float


class VersionRow(Struct, frozen=True):
    """A revision that somebody has named."""

    id: str
    session_id: str
    name: str
    revision: int
    participant_id: str
    created_at: float


class RunRow(Struct, frozen=True):
    """A shared run of the code."""

    session_id: str
    number: int
    """Its number in the session, counting from 1."""
    participant_id: str
    revision: int
    """The revision of the text that was run."""
    edited: bool
    """Whether that text also had edits that were not committed yet."""
    language: str
    how: How
    exit: int | None
    """The exit code, if it ended by itself."""
    milliseconds: int
    created_at: float


class NewSession(Struct, frozen=True):
    """Everything that a session begins with."""

    info: SessionInfoRow
    participant: ParticipantRow
    """Its first owner."""
    link: LinkRow | None = None
    operations: Sequence[CommittedOperation] = ()


class AssistantTask(Struct, frozen=True):
    """What the assistant was asked to do in a session, and the outcome."""

    id: str
    """Also the id of the client that makes the task's edits."""
    session_id: str
    kind: TaskKind
    participant_id: str
    """Who asked."""
    instruction: str
    model: str | None
    """None if no model was asked."""
    locks: bool
    """Whether the session is locked for others while it writes."""
    epoch: int
    first: int
    """The head when it began."""
    started_at: float
    last: int | None = None
    """The last revision that it wrote; None if there is none, or it isn't known yet."""
    ended_at: float | None = None
    outcome: Outcome | None = None
    """None while it is working, or if its node has died."""
    failure: str | None = None
    """The code of what went wrong."""
    input_tokens: int = 0
    output_tokens: int = 0
    """While it is working, the most that it may use."""
    proposals: bytes | None = None
    """JSON."""
    is_live: bool = False
    """Whether it is working; only the store knows."""


class UserRow(Struct, frozen=True):
    """A user; username and address are kept as they were typed."""

    id: str
    username: str
    email: str
    password_hash: str
    created_at: float


class Departure(Struct, frozen=True):
    """What happened to the sessions of a user whose account was deleted."""

    deleted: Sequence[SessionInfoRow]
    """The sessions that nobody else owned."""
    left: Sequence[SessionInfoRow]
    """The other sessions in which the user had a role."""


class LoginRow(Struct, frozen=True):
    """One sign-in of a user: a family of refresh tokens."""

    id: str
    user_id: str
    created_at: float
    expires_at: float


def first_chain(session_id: str) -> bytes:
    """Return the chain at revision 0."""
    return blake2b(session_id.encode(), digest_size=16).digest()


def extend_chain(chain: bytes, operation: bytes) -> bytes:
    """Return the chain after one more operation, which is given as JSON."""
    return blake2b(chain + operation, digest_size=16).digest()

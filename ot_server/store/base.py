"""`Store`: what the server asks of a database, and the rows that it keeps.

Every method is one transaction.  Nothing here crosses two sessions.

Invariants: a session's operations are revisions 1..head without a gap and never change;
`version` advances by one with every commit, refusal and change of access; a row of
``clients`` only ever moves forward.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Protocol

from msgspec import Struct

from ot_protocol.messages import Kind, RejectCode, Role

__all__ = [
    "ClientRow",
    "Commit",
    "CommittedOperation",
    "LinkRow",
    "NewSession",
    "OutcomeUnknown",
    "ParticipantRow",
    "SessionInfoRow",
    "SessionRow",
    "Snapshot",
    "Standing",
    "Store",
    "StoreUnavailable",
    "extend_chain",
    "first_chain",
]


class StoreUnavailable(Exception):
    """The store can't answer now; nothing has changed."""


class OutcomeUnknown(Exception):
    """The store was lost while it committed: it may have happened or not."""


class SessionRow(Struct, frozen=True):
    """The row that every commit, refusal and change of access touches."""

    id: str
    epoch: int
    version: int
    head: int
    chain: bytes
    """Of the operation at `head`: 16 bytes."""


class CommittedOperation(Struct, frozen=True):
    """One line of the log."""

    revision: int
    client_id: str | None
    """None where the server itself edits; likewise `seq`."""
    seq: int | None
    participant_id: str
    operation: bytes
    """Its JSON."""
    chain: bytes
    """`extend_chain` of the line before and this operation."""
    committed_at: float
    """Seconds since 1970."""


class ClientRow(Struct, frozen=True):
    """What has been decided of one client's operations."""

    client_id: str
    participant_id: str
    last_seq: int = 0
    last_revision: int | None = None
    """Where `last_seq` was committed, or None where it was refused."""
    refusal: RejectCode | None = None
    digest: bytes = b""
    """Of the last operation as it was sent, so that its seq can't be used for another."""


class Standing(Struct, frozen=True):
    """A session, the roles that hold in it and what clients were told, read in one moment."""

    row: SessionRow
    roles: Mapping[str, Role]
    """Participant id to role, of those asked for who have one."""
    clients: Mapping[str, ClientRow]
    """Client id to row, of those asked for that there are."""


class Commit(Struct, frozen=True):
    """A batch of decisions about one session: operations to add, and what clients are told."""

    session_id: str
    epoch: int
    version: int
    """What the node believes; the store commits only if both are so."""
    operations: Sequence[CommittedOperation]
    clients: Sequence[ClientRow]


class Snapshot(Struct, frozen=True):
    """The text at a revision."""

    revision: int
    text: str


class ParticipantRow(Struct, frozen=True):
    """Somebody who may take part in a session."""

    id: str
    session_id: str
    name: str
    kind: Kind
    role: Role
    ordinal: int = 0
    """The how-manieth participant of the session: it picks the colour."""


class LinkRow(Struct, frozen=True):
    """A share link: who has it may join with its role."""

    link: str
    session_id: str
    role: Role
    expires_at: float | None = None
    """Seconds since 1970, or None where it never ends."""


class NewSession(Struct, frozen=True):
    """Everything that a session begins with."""

    id: str
    title: str
    language: str
    created_at: float
    participant: ParticipantRow
    link: LinkRow
    operations: Sequence[CommittedOperation] = ()


class SessionInfoRow(Struct, frozen=True):
    """What lists and searches read; a commit never touches it."""

    id: str
    title: str
    language: str
    created_at: float


class Store(Protocol):
    """Keeps sessions.

    Every method may raise `StoreUnavailable`, those that write `OutcomeUnknown` too.
    """

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and let go."""

    async def create_session(self, new: NewSession) -> None:
        """Add a session with its first participant, link and operations."""

    async def session_info(self, session_id: str) -> SessionInfoRow | None:
        """Return what a session is called, or None where there is none."""

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        """Return how a session stands for these participants and clients, read in one moment."""

    async def snapshot(self, session_id: str) -> Snapshot:
        """Return the newest snapshot; of a session that has none, the empty text at 0."""

    async def operations(self, session_id: str, first: int, last: int) -> list[CommittedOperation]:
        """Return the log after revision `first` up to `last`, in order."""

    async def commit(self, commit: Commit) -> bool:
        """Do all of it if epoch and version are as believed, else nothing; say which."""

    async def save_snapshot(self, session_id: str, snapshot: Snapshot) -> None:
        """Keep a snapshot; one that is there is left as it is."""

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each session that there is."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; whoever claims it first has it for good."""

    async def link(self, link: str) -> LinkRow | None:
        """Return a share link, or None where there is none."""

    async def add_participant(self, participant: ParticipantRow) -> ParticipantRow:
        """Add a participant, and return it with its ordinal."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None where there is none."""

    async def rename_participant(self, participant_id: str, name: str) -> None:
        """Give a participant another name."""


def first_chain(session_id: str) -> bytes:
    """Return the chain at revision 0."""
    return blake2b(session_id.encode(), digest_size=16).digest()


def extend_chain(chain: bytes, operation: bytes) -> bytes:
    """Return the chain after one more operation, given as its JSON."""
    return blake2b(chain + operation, digest_size=16).digest()

"""A whole session as one JSON document, to carry it from one server to another.

The log is checked on the way out and on the way in: each operation must follow the one
before it, and together they must lead to the chain that the document names.  Its readers
learn what everybody wrote and when, but no secrets: no links, addresses or passwords.

Invariant: operations stay byte for byte what was committed, because the chain is over bytes.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Raw, Struct

from ot_protocol.messages import Chain, Count, Kind, RejectCode, Role, Seq
from ot_protocol.names import Language, Name, Title
from ot_server.store.rows import Visibility

__all__ = [
    "FORMAT",
    "PortableClient",
    "PortableHead",
    "PortableLine",
    "PortableParticipant",
    "PortableSession",
    "PortableVersion",
]

FORMAT: Final[Literal["ot-collab session 1"]] = "ot-collab session 1"

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Moment = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, up to the year 9999: exact, as the store has it."""
Digest = Annotated[str, Meta(pattern=r"^([0-9a-f]{2}){0,64}\Z")]


class PortableParticipant(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who takes or took part; the list is in the order in which they joined."""

    id: Id
    name: Name
    kind: Kind
    role: Role | None
    """The role given to a user; None for those who came by a link: links aren't exported."""
    username: str | None
    """The username of their account, if any: matched with an account of the importing server."""


class PortableClient(Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided about one client's operations, so that none is ever committed twice."""

    id: Id
    participant: Id
    last_seq: Count
    last_revision: Count | None
    refusal: RejectCode | None
    digest: Digest


class PortableVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """A revision that somebody has named."""

    id: Id
    name: Title
    revision: Count
    participant: Id
    created_at: Moment


class PortableLine(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the log."""

    revision: Count
    participant: Id
    client: Id | None
    seq: Seq | None
    committed_at: Moment
    operation: Raw


class PortableHead(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything except the log, which follows as ``operations``."""

    format: Literal["ot-collab session 1"]
    id: Id
    title: Title
    language: Language
    visibility: Visibility
    run: bool
    """Whether code may be run in it; the runs themselves aren't exported."""
    created_at: Moment
    updated_at: Moment
    epoch: Count
    head: Count
    chain: Chain
    """The chain after the last operation."""
    participants: list[PortableParticipant]
    clients: list[PortableClient]
    versions: list[PortableVersion]


class PortableSession(PortableHead, frozen=True, forbid_unknown_fields=True):
    """The whole session."""

    operations: list[PortableLine]

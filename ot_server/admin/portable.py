"""A whole session as one JSON document, to be carried from one server to another.

It is written and read line by line of the log, and checked on either way: each operation
must follow the one before it, and the chain of them all must be the one that is named.
Who has read it knows what anybody wrote and when, but no secret: neither links, nor
addresses, nor passwords.

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
    """Somebody who takes or took part; the order in which they came is that of the list."""

    id: Id
    name: Name
    kind: Kind
    role: Role | None
    """What was given to a user; who came by a link has none here, as links aren't carried."""
    username: str | None
    """Of the account, if there is one: whoever is called so where it is imported."""


class PortableClient(Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided of one client's operations, so that none is ever done twice."""

    id: Id
    participant: Id
    last_seq: Count
    last_revision: Count | None
    refusal: RejectCode | None
    digest: Digest


class PortableVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """A revision that somebody gave a name."""

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
    """All but the log, which follows as ``operations``."""

    format: Literal["ot-collab session 1"]
    id: Id
    title: Title
    language: Language
    visibility: Visibility
    run: bool
    """Whether code may be run in it; the runs themselves aren't carried."""
    created_at: Moment
    updated_at: Moment
    epoch: Count
    head: Count
    chain: Chain
    """Of the last operation."""
    participants: list[PortableParticipant]
    clients: list[PortableClient]
    versions: list[PortableVersion]


class PortableSession(PortableHead, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    operations: list[PortableLine]

"""Every message of wire protocol 1, and nothing else.

A frame is one JSON object whose ``type`` names the message.  Messages from a client are
decoded strictly: unknown types and fields are refused, and every number and string is
bounded.  Messages from the server are decoded leniently: a client ignores fields that it
doesn't know.  Offsets are Unicode code points, times are RFC 3339 in UTC, operations are
arrays of their components, chains are lowercase hex.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field, structs

from ot_core import Component
from ot_protocol.names import Name

PROTOCOL = 1
SUBPROTOCOL = "ot.v1"

PRESENCE_DATA_BYTES: Final = 1024
"""The most that may be shown beside selections, as JSON in UTF-8."""

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Seq = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Chain = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
ClientId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
]
Token = Annotated[str, Meta(max_length=4096)]
Offset = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Selections = Annotated[list[tuple[Offset, Offset]], Meta(max_length=64)]
"""``[anchor, head]`` pairs; the head is where the caret is."""

Role = Literal["owner", "editor", "viewer"]
Kind = Literal["user", "guest", "assistant"]
ResetReason = Literal["lineage", "diverged", "history_trimmed"]


# What a client says.


class FromClient(Struct, tag_field="type", forbid_unknown_fields=True, frozen=True):
    """A message from a client."""

    def __repr__(self) -> str:
        # A token lets anybody in who reads it in a log.
        shown = [
            f"{name}={'…' if name == 'token' and value else repr(value)}"
            for name, value in structs.asdict(self).items()
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


class Hello(FromClient, tag="hello", frozen=True):
    """The first message: who connects, and where the client goes on from."""

    protocol: int
    client: ClientId
    token: Token | None = None
    name: Name | None = None
    epoch: Count | None = None
    revision: Count | None = None
    chain: Chain | None = None
    outstanding: Seq | None = None
    seq: Count = 0
    """The highest seq that the client has used, or was told is spent."""
    text: bool = False


class Edit(FromClient, tag="edit", frozen=True):
    """One operation on the text at `revision`; a resend repeats it to the letter."""

    seq: Seq
    revision: Count
    # Kept raw, so that an invalid operation can be answered by a `reject` of its seq.
    op: Raw
    selections: Selections | None = None


class Presence(FromClient, tag="presence", frozen=True):
    """The client's selections in the text at `revision`, and whether its user is typing.

    `data` is any JSON that is to be shown beside them, of at most `PRESENCE_DATA_BYTES`.
    """

    revision: Count
    selections: Selections
    typing: bool = False
    # Kept raw, as it is passed on.
    data: Raw | UnsetType = UNSET


class Verify(FromClient, tag="verify", frozen=True):
    """The CRC-32 of the client's text in UTF-8, to be compared at `revision`."""

    revision: Count
    crc32: Annotated[int, Meta(ge=0, le=2**32 - 1)]


class Auth(FromClient, tag="auth", frozen=True):
    """A fresh access token for the same participant."""

    token: Token


class Ping(FromClient, tag="ping", frozen=True):
    """Asks for a `pong`: is the server still there?"""


ClientMessage = Hello | Edit | Presence | Verify | Auth | Ping


# What the server says.


class FromServer(Struct, tag_field="type", omit_defaults=True, frozen=True):
    """A message from the server."""


class Participant(Struct, frozen=True):
    """Somebody who is connected."""

    id: str
    name: str
    color: str
    role: Role
    kind: Kind


class Lock(Struct, frozen=True):
    """While it is held, only `by` may edit."""

    by: str
    reason: str
    until: str


class SessionInfo(Struct, frozen=True):
    """What a session is called and how it is shown."""

    id: str
    title: str
    language: str
    lock: Lock | None = None
    run: bool = True
    """Whether its owners allow code to be run."""
    runs: int = 0
    """How many runs were shared in it so far; when it grows, there is a new one to read."""


class Limits(Struct, frozen=True):
    """What the server accepts: sizes in bytes, rates per second and connection."""

    frame_bytes: int
    document_bytes: int
    components: int
    edits_per_second: float
    edits_burst: int
    presence_per_second: float
    ping_seconds: float
    run: bool
    """Whether code may be run at all."""
    run_bytes: int
    """How much is kept of a shared run's output, and of its input."""
    diagnostics: bool
    """Whether the server sends diagnostics for Python."""


class Change(Struct, omit_defaults=True, frozen=True):
    """Either an operation, with its author if it has one, or `ack`: the client's own, by seq."""

    op: list[Component] | None = None
    by: str | None = None
    ack: int | None = None


class Update(FromServer, tag="update", frozen=True):
    """The log from revision `from_` to `to`, as this client sees it."""

    from_: int = field(name="from")
    to: int
    chain: str
    changes: list[Change]


class ConnectionPresence(Struct, omit_defaults=True, frozen=True):
    """What one connection shows, in the text at the message's revision."""

    connection: str
    selections: list[tuple[int, int]]
    typing: bool = False
    data: Any = None


Who = dict[str, list[ConnectionPresence]]
"""All that each of these participants shows, by participant; an empty list is nothing."""


class Welcome(FromServer, tag="welcome", frozen=True):
    """The answer to hello: a text to start from, or the changes missed meanwhile, or both."""

    protocol: int
    client: str
    connection: str
    """What this client is called in `who`, also when it comes back."""
    participant: str
    role: Role
    session: SessionInfo
    participants: list[Participant]
    limits: Limits
    last_seq: int
    epoch: int
    chain: str
    text: str | None = None
    revision: int | None = None
    reset: ResetReason | None = None
    from_: int | None = field(name="from", default=None)
    to: int | None = None
    changes: list[Change] | None = None
    who: Who | None = None
    """The presence of all who show any, in the text that this leads to."""


class Presences(FromServer, tag="presence", frozen=True):
    """The presence of the participants for whom it has changed."""

    revision: int
    who: Who


class Participants(FromServer, tag="participants", frozen=True):
    """Who came, who went, and who has another name, color or role."""

    joined: list[Participant] = []
    left: list[str] = []
    changed: list[Participant] = []


class SessionChanged(FromServer, tag="session", frozen=True):
    """What changed about the session, or about this client's part in it."""

    title: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    lock: Lock | UnsetType | None = UNSET
    run: bool | UnsetType = UNSET
    runs: int | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    expires: str | UnsetType = UNSET


RejectCode = Literal[
    "invalid_operation",
    "length_mismatch",
    "too_large",
    "forbidden",
    "locked",
    "unknown_revision",
    "seq_reused",
]


class Reject(FromServer, tag="reject", frozen=True):
    """The operation with this seq will never commit."""

    seq: int
    code: RejectCode
    message: str


class Reset(FromServer, tag="reset", frozen=True):
    """Start again from this text; nothing is outstanding after it.

    Every seq up to `last_seq` is spent, which identifies edits that cross the reset.
    """

    reason: ResetReason
    epoch: int
    revision: int
    chain: str
    text: str
    last_seq: int = 0


class Replacement(Struct, frozen=True):
    """The text that replaces ``[start, stop)``."""

    start: int
    stop: int
    text: str


class Fix(Struct, frozen=True):
    """A way to fix a diagnostic: its edits are made together, on the text as it is."""

    message: str
    edits: list[Replacement]
    """In ascending order; they don't overlap."""


Severity = Literal["error", "warning", "info"]


class Diagnostic(Struct, omit_defaults=True, frozen=True):
    """What a linter or compiler found at ``[start, stop)``."""

    start: int
    stop: int
    severity: Severity
    code: str
    """The rule that was broken, or ``syntax``."""
    message: str
    url: str | None = None
    """Where the rule is explained."""
    fix: Fix | None = None


class Diagnostics(FromServer, tag="diagnostics", frozen=True):
    """All diagnostics of the text at `revision`; they replace those sent before."""

    revision: int
    items: list[Diagnostic]


ErrorCode = Literal["unavailable", "protocol", "client_taken", "malformed"]


class Error(FromServer, tag="error", frozen=True):
    """Something went wrong; this decides nothing about any operation."""

    code: ErrorCode
    message: str
    fatal: bool = False
    seq: int | None = None


class Pong(FromServer, tag="pong", frozen=True):
    """The server is there."""


ServerMessage = (
    Welcome
    | Update
    | Presences
    | Participants
    | SessionChanged
    | Reject
    | Reset
    | Diagnostics
    | Error
    | Pong
)

"""`Request`: one edit on its way to the log, and its possible outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from ot_core import Operation, Selection, transform
from ot_protocol import TooLarge, decode_operation
from ot_protocol.messages import Edit, RejectCode
from ot_server.session.roster import clamped

__all__ = ["Answer", "Committed", "Moving", "Refused", "Request", "TooLarge", "Trimmed"]


@dataclass(frozen=True)
class Moving:
    """An operation on the text at `revision`, with the author's selections after it."""

    operation: Operation
    revision: int
    selections: tuple[Selection, ...]

    def over(self, committed: Operation) -> Moving:
        """Return the same after a committed operation, or a composition of several."""
        committed, operation = transform(committed, self.operation)
        selections = tuple(selection.transform(committed) for selection in self.selections)
        return Moving(operation, self.revision, selections)


@dataclass(eq=False)
class Request:
    """An edit as it was sent, kept until it is decided, so that it can be tried again."""

    client_id: str
    participant_id: str
    edit: Edit
    seen: int
    """The revision up to which its connection had been sent the log when the edit came."""
    received: float
    """When it came, by the event loop's clock in seconds."""
    asked_by: str | None = None
    """Another participant on whose behalf this one edits, if any: both roles must allow it."""
    moved: Moving | None = None
    """The edit transformed nearly to the head, before its batch, if it came very late."""
    digest: bytes = field(init=False)
    """What distinguishes this edit from another with the same seq."""

    def __post_init__(self) -> None:
        revision = self.edit.revision.to_bytes(8, "big")
        self.digest = blake2b(revision + bytes(self.edit.op), digest_size=16).digest()

    @property
    def responsible(self) -> set[str]:
        """The participants who must all be allowed to edit."""
        return {self.participant_id, self.asked_by or self.participant_id}

    @property
    def size(self) -> int:
        """The size of the operation as sent, in bytes."""
        return len(bytes(self.edit.op))

    def read(self, most_components: int) -> Moving:
        """Return the operation with its selections clamped to the text after it.

        Raises:
            InvalidOperation: it is not an operation.
            TooLarge: it has more than `most_components`.
        """
        operation = decode_operation(self.edit.op, most_components)
        selections = clamped(self.edit.selections or (), operation.target_length)
        return Moving(operation, self.edit.revision, selections)


@dataclass(frozen=True)
class Committed:
    """It is in the log at this revision, maybe since long ago."""

    revision: int
    selections: tuple[Selection, ...] | None = None
    """The author's selections in the text at that revision, if they came with it just now."""


@dataclass(frozen=True)
class Refused:
    """It will never commit."""

    code: RejectCode
    message: str


@dataclass(frozen=True)
class Trimmed:
    """It came too late to be transformed: the client starts again from the head."""


Answer = Committed | Refused | Trimmed

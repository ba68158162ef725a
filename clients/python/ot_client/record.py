"""`Record`: what is stored of a client, so that a crash loses nothing that was typed.

A machine says what to store (`Machine.writes`), and goes on from a record.  Invariant: a
record holds all that the next hello needs, so it is written before what it holds is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from ot_core import Operation
from ot_protocol import encode
from ot_protocol.messages import Edit

__all__ = ["Forget", "Keep", "Place", "Record", "Write"]


class Place(NamedTuple):
    """Where a text is in the log; good for nothing but coming back to it."""

    epoch: int
    revision: int
    chain: str


@dataclass(frozen=True)
class Record:
    """One client's unconfirmed typing, and the place in the log that it stands on."""

    place: Place
    seq: int
    """The highest that was used, or is spent."""
    sent: Edit | None
    """What is on its way, as it was sent; None if `outstanding` was not sent yet."""
    offers: int
    """How often this client had given up what was typed: that numbers its offers."""
    outstanding: Operation
    buffer: Operation | None

    def is_like(self, other: Record | None) -> bool:
        """Return whether the other says the same; operations are compared by identity."""
        return (
            other is not None
            and self.outstanding is other.outstanding
            and self.buffer is other.buffer
            and self.sent is other.sent
            and (self.place, self.seq, self.offers) == (other.place, other.seq, other.offers)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            **self.place._asdict(),
            "seq": self.seq,
            "sent": None if self.sent is None else _frame(self.sent),
            "offers": self.offers,
            "outstanding": self.outstanding.to_wire(),
            "buffer": None if self.buffer is None else self.buffer.to_wire(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Record:
        """Read what `to_json` has made.

        Raises:
            InvalidOperation: it holds an operation that is none.
            KeyError: something is missing.
            ValidationError: what was sent is no edit.
        """
        sent, buffer = stored["sent"], stored["buffer"]
        return cls(
            Place(stored["epoch"], stored["revision"], stored["chain"]),
            stored["seq"],
            # Through JSON: an operation that is on its way is kept as it is.
            None if sent is None else msgspec.json.decode(msgspec.json.encode(sent), type=Edit),
            stored["offers"],
            Operation.from_wire(stored["outstanding"]),
            None if buffer is None else Operation.from_wire(buffer),
        )


def _frame(sent: Edit) -> dict[str, Any]:
    frame: dict[str, Any] = msgspec.json.decode(encode(sent))
    return {name: value for name, value in frame.items() if value is not None}


@dataclass(frozen=True)
class Keep:
    """Store this in the place of all that is stored of the client."""

    record: Record


@dataclass(frozen=True)
class Forget:
    """Nothing is unconfirmed: store nothing of the client."""


Write = Keep | Forget

"""What can go wrong in the engine, and whose fault it is.

::

    OTError                 every error of this package
    ├── InvalidOperation    the operation is malformed: its author has a bug
    ├── LengthMismatch      the operation is sound, but not for this text: replicas differ
    └── UnknownRevision     a history doesn't reach that far, back or ahead

Each class has a ``code``: a stable word for wires and logs.  Malformed input
never raises anything else.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = ["InvalidOperation", "LengthMismatch", "OTError", "UnknownRevision"]


class OTError(Exception):
    """The base of every error that this package raises on purpose."""

    code: ClassVar[str] = "ot_error"


class InvalidOperation(OTError):
    """The components are no operation, whatever text they are meant for."""

    code = "invalid_operation"


class LengthMismatch(OTError):
    """An operation meets a text, or another operation, of a length it was not made for."""

    code = "length_mismatch"


class UnknownRevision(OTError):
    """The revision lies before the history's start or after its head."""

    code = "unknown_revision"

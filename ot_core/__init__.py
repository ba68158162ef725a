"""Operational transformation for plain text: insert, delete, retain on a revisioned document.

Standard library only; no I/O, no clock, no randomness.  Start with `Operation`,
`transform` and `Document`; a replica that types while others do is a `Client`.
"""

from ot_core.attribution import Attribution, Author, Range
from ot_core.client import (
    Acknowledgement,
    AwaitingConfirm,
    AwaitingWithBuffer,
    Change,
    Client,
    Received,
    State,
    Synchronized,
    UnexpectedAcknowledgement,
)
from ot_core.components import Component
from ot_core.diff import diff
from ot_core.document import Document
from ot_core.errors import InvalidOperation, LengthMismatch, OTError, UnknownRevision
from ot_core.history import History
from ot_core.operation import Operation
from ot_core.selection import Selection
from ot_core.text_buffer import Position, TextBuffer
from ot_core.transform import transform, transform_index
from ot_core.undo import UndoManager

__all__ = [
    "Acknowledgement",
    "Attribution",
    "Author",
    "AwaitingConfirm",
    "AwaitingWithBuffer",
    "Change",
    "Client",
    "Component",
    "Document",
    "History",
    "InvalidOperation",
    "LengthMismatch",
    "OTError",
    "Operation",
    "Position",
    "Range",
    "Received",
    "Selection",
    "State",
    "Synchronized",
    "TextBuffer",
    "UndoManager",
    "UnexpectedAcknowledgement",
    "UnknownRevision",
    "diff",
    "transform",
    "transform_index",
]

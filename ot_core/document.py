"""`Document`: a text and its history, all that a server has to keep of a session."""

from __future__ import annotations

from typing import final

from ot_core.history import History
from ot_core.operation import Operation
from ot_core.text_buffer import TextBuffer

__all__ = ["Document"]


@final
class Document:
    """The text at the head, and how it came to be.

    A whole server, apart from the network, is one line:
    ``document.apply(document.rebase(operation, revision))``.

    >>> document = Document("hi")
    >>> document.apply(Operation([2, "!"]))
    1
    >>> document.apply(document.rebase(Operation(["oh ", 2]), 0))
    2
    >>> document.text
    'oh hi!'
    """

    __slots__ = ("buffer", "history")

    def __init__(self, text: str = "", revision: int = 0) -> None:
        self.buffer = TextBuffer(text)
        self.history = History(len(text), revision)

    @property
    def text(self) -> str:
        """The whole text at the head."""
        return self.buffer.text

    @property
    def length(self) -> int:
        """The length of the text at the head, in code points."""
        return self.history.length

    @property
    def revision(self) -> int:
        """The head: the revision of the last operation."""
        return self.history.revision

    def apply(self, operation: Operation) -> int:
        """Commit an operation on the text at the head, and return its revision.

        Raises:
            LengthMismatch: it was not made for the text at the head; nothing
                has changed.
        """
        revision = self.history.append(operation)
        self.buffer.apply(operation)
        return revision

    def rebase(self, operation: Operation, revision: int) -> Operation:
        """Move an uncommitted operation from the text at `revision` to the text at the head.

        Raises:
            UnknownRevision: the history doesn't hold that revision.
            LengthMismatch: the operation was not made for the text at `revision`.
        """
        return self.history.rebase(operation, revision)

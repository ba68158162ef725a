"""Whether an edit fits the server's limits, asked before it is made.  No I/O.

Invariant: the size kept is never below the text's size in bytes.  It counts what is
inserted and not what is deleted, and is measured anew only where it seems too large: so
a keystroke costs no pass over the text.
"""

from __future__ import annotations

from collections.abc import Callable

from ot_client.errors import TooLarge
from ot_core import Operation
from ot_protocol.messages import Limits

__all__ = ["Fit"]


class Fit:
    """The limits that `welcome` told, and how much of them is used at most."""

    _limits: Limits

    def __init__(self) -> None:
        self._bytes = 0

    def limit(self, limits: Limits) -> None:
        self._limits = limits

    def start(self, text: str) -> None:
        """This is the whole text now."""
        self._bytes = len(text.encode())

    def grow(self, operation: Operation) -> None:
        """This was done to the text, whether it fits or not."""
        self._bytes += _inserted(operation)

    def require(
        self, operation: Operation, buffer: Operation | None, result: Callable[[], str]
    ) -> None:
        """Let the operation pass, and count it; `result` makes the text after it.

        Raises:
            TooLarge: it, or the buffer with it, has too many components, or the text
                would have too many bytes.
        """
        most = self._limits.components
        count = len(operation.components)
        if buffer is not None and count <= most < count + len(buffer.components):
            count = max(count, len(buffer.compose(operation).components))
        if count > most:
            raise TooLarge(f"{count} components are more than {most}")
        inserted = _inserted(operation)
        if inserted and self._bytes + inserted > self._limits.document_bytes:
            size = len(result().encode())
            if size > self._limits.document_bytes:
                raise TooLarge(f"{size} bytes are more than {self._limits.document_bytes}")
            self._bytes = size
        else:
            self._bytes += inserted


def _inserted(operation: Operation) -> int:
    return sum(len(part.encode()) for part in operation.components if isinstance(part, str))

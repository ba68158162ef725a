"""`Size`: how many bytes the text shown has at most, so that no edit is made that can't be saved.

No I/O.  Invariant: the bound is never below the text's size in UTF-8.  What is deleted counts as
one byte a code point, and the text is measured anew only where it seems too large: so a
keystroke costs no pass over the text.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from ot_client.errors import TooLarge
from ot_core import Operation

__all__ = ["Size"]


class Size:
    """A bound of one text's size."""

    def __init__(self) -> None:
        self.most = inf
        """How many bytes a text may have, as the server has told it."""
        self._bound = 0

    def start(self, text: str) -> None:
        """This is the whole text now."""
        self._bound = len(text.encode())

    def change(self, operation: Operation) -> None:
        """This was done to the text, whether it is too large then or not."""
        self._bound += _growth(operation)

    def require(self, operation: Operation, result: Callable[[], str]) -> None:
        """Let an edit pass, and count it; `result` makes the text after it.

        Raises:
            TooLarge: it makes the text longer, to more bytes than it may have.
        """
        bound = self._bound + _growth(operation)
        if bound > self.most and operation.target_length > operation.base_length:
            bound = len(result().encode())
            if bound > self.most:
                raise TooLarge(f"the text would have {bound} bytes, more than {self.most}")
        self._bound = bound


def _growth(operation: Operation) -> int:
    """Return how many bytes an operation adds at most."""
    return sum(
        len(part.encode()) if isinstance(part, str) else min(part, 0)
        for part in operation.components
    )

"""`Diagnostics`: what analysis found in the text shown, whatever has happened to it since.

Invariant: what was told is kept as it was, with the changes since; it is moved when it is
asked for, so a change costs the same however many diagnostics there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ot_core import Operation
from ot_protocol import move
from ot_protocol.messages import Diagnostic

__all__ = ["Diagnostics"]

KEPT: Final = 256
"""How many changes are kept before every diagnostic is moved past them."""


class Diagnostics:
    """The diagnostics that the server told last, moved along with the text."""

    def __init__(self) -> None:
        self._told: list[Diagnostic] = []
        self._since: list[Operation] = []

    def put(self, items: Iterable[Diagnostic], unconfirmed: Sequence[Operation]) -> None:
        """These are all, in the text on which the unconfirmed operations follow."""
        self._told, self._since = list(items), list(unconfirmed)

    def move(self, operation: Operation) -> None:
        """The text shown changed."""
        if not self._told:
            return
        self._since.append(operation)
        if len(self._since) > KEPT:
            self.all()

    def all(self) -> list[Diagnostic]:
        """Return the diagnostics in the text shown, in its order."""
        for operation in self._since:
            self._told = [
                moved for item in self._told if (moved := move(item, operation)) is not None
            ]
        self._since = []
        return list(self._told)

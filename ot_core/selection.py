"""`Selection`: a range of a text with a direction, as people and editors have them."""

from __future__ import annotations

from dataclasses import dataclass

from ot_core.operation import Operation
from ot_core.transform import transform_index

__all__ = ["Selection"]


@dataclass(frozen=True)
class Selection:
    """From `anchor`, where it began, to `head`, where the caret is, in code points.

    >>> Selection(0, 2).transform(Operation(["oh ", 2]))
    Selection(anchor=0, head=5)
    """

    anchor: int
    head: int

    def transform(self, operation: Operation) -> Selection:
        """Return the same selection in the text after `operation`.

        Raises:
            LengthMismatch: an end lies outside of the text before it.
        """
        return Selection(
            transform_index(operation, self.anchor), transform_index(operation, self.head)
        )

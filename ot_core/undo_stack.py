"""`Stack`: the inverses of one person's edits, and what others did between them."""

from __future__ import annotations

from ot_core.errors import LengthMismatch
from ot_core.inverses import Align, Step, transform_inverse
from ot_core.operation import Operation
from ot_core.spans import inserted, move, overlap

__all__ = ["Stack", "require_base"]


class Stack:
    """Steps; the last one applies to the text as it is now."""

    def __init__(self, depth: int) -> None:
        self.steps: list[Step] = []
        self._depth = depth

    def require(self, length: int) -> None:
        """Refuse a text of another length: something was done to it that was not noted here."""
        if self.steps and self.steps[-1].length != length:
            raise LengthMismatch(f"the text has {length} code points, not {self.steps[-1].length}")

    def push(self, inverse: Operation) -> None:
        self.steps.append(Step(inverse))
        if len(self.steps) > self._depth:
            del self.steps[0]

    def receive(self, operation: Operation) -> None:
        """Note what others did to the text."""
        if self.steps:
            step = self.steps[-1]
            require_base(operation, step.length)
            step.since = operation if step.since is None else step.since.compose(operation)

    def pop(self) -> Operation:
        """Take off the last inverse, and return it for the text as it is now."""
        step = self.steps.pop()
        inverse = step.inverse
        if step.since is not None:
            since, inverse = transform_inverse(step.since, inverse, self.steps)
            self.receive(since)
        return inverse

    def top(self) -> Operation | None:
        """Return the last inverse that does something to the text as it is now, or None."""
        while self.steps:
            inverse = self.pop()
            if not inverse.is_noop:
                self.steps.append(Step(inverse))
                return inverse
        return None

    def correct(self, operation: Operation, align: Align) -> None:
        """Note that the text is another one, but by nobody's doing."""
        since, back = operation, inserted(operation)
        steps: list[Step] = []
        while self.steps:
            step = self.steps.pop()
            since = since if step.since is None else step.since.compose(since)
            since, inverse = transform_inverse(since, step.inverse, self.steps, back, align)
            if not inverse.is_noop:
                steps.append(Step(inverse))
            # What a step knows as its own has come back to that step alone.
            back = overlap(move(back, inverse), inserted(since))
        self.steps = steps[::-1]


def require_base(operation: Operation, length: int) -> None:
    if operation.base_length != length:
        raise LengthMismatch(
            f"an operation on {operation.base_length} code points can't follow {length} of them"
        )

"""`UndoManager`: one person's undo and redo, in a text that others edit too.

A stack holds the inverses of a person's own edits.  Between two of them it holds what
others did meanwhile, composed into one operation.  To take back the last edit, its
inverse is transformed over what came after it; that in turn is transformed over the
inverse and composed with the others' work below it.  Exact composition makes this right,
and nothing is paid until somebody undoes.

So the person's own text goes, and what others wrote into it stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from ot_core.errors import LengthMismatch
from ot_core.operation import Operation, Text
from ot_core.transform import transform, transform_index

__all__ = ["UndoManager"]


@dataclass
class Step:
    """One step back, and what others have done since it was recorded."""

    inverse: Operation
    since: Operation | None = None

    @property
    def length(self) -> int:
        """The length of the text as it is now, in code points."""
        return self.inverse.base_length if self.since is None else self.since.target_length


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
            if operation.base_length != step.length:
                raise LengthMismatch(
                    f"an operation on {operation.base_length} code points can't follow "
                    f"{step.length} of them"
                )
            step.since = operation if step.since is None else step.since.compose(operation)

    def pop(self) -> Operation:
        """Take off the last inverse, and return it for the text as it is now."""
        step = self.steps.pop()
        inverse = step.inverse
        if step.since is not None:
            since, inverse = transform(step.since, inverse)
            self.receive(since)
        return inverse


class UndoManager:
    """Records a person's own edits and what others did; says how to undo and redo.

    It knows nothing of connections: what was typed offline is undone like the rest.

    >>> undo = UndoManager()
    >>> undo.record(Operation(["hello"]), "", at=0.0)          # I type
    >>> undo.receive(Operation([2, "--", 3]))                  # somebody else, into it
    >>> undo.undo("he--llo")                                   # apply this
    Operation([-2, 2, -3])
    >>> undo.redo("--")
    Operation(['he', 2, 'llo'])
    """

    __slots__ = ("_at", "_group_seconds", "_redo", "_touched", "_undo")

    def __init__(self, depth: int = 1000, group_seconds: float = 0.5) -> None:
        """Keep `depth` steps.  Edits that touch and are at most `group_seconds` apart are one."""
        self._undo = Stack(depth)
        self._redo = Stack(depth)
        self._group_seconds = group_seconds
        self._at = float("-inf")
        self._touched = (-1, -1)  # where the last edit was, in the text as it is now

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo.steps)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._redo.steps)

    def record(self, operation: Operation, text: Text, at: float) -> None:
        """Note an edit of the person's own.  An edit that changes nothing is no step.

        The operation that takes back a refused edit (`Client.reject`) is recorded too.

        Args:
            operation: the edit.
            text: the text before it.
            at: when, in seconds, by any clock that doesn't go back.

        Raises:
            LengthMismatch: the operation was not made for this text, or this is not the
                text that was expected; nothing has changed.
        """
        inverse = operation.invert(text)
        self._undo.require(len(text))
        if operation.is_noop:
            return
        start, stop, new_stop = _span(operation)
        self._redo.steps.clear()
        is_near = start <= self._touched[1] and stop >= self._touched[0]
        if is_near and at - self._at <= self._group_seconds and self._undo.steps:
            inverse = inverse.compose(self._undo.pop())
        self._undo.push(inverse)
        self._at = at
        self._touched = (start, new_stop)

    def receive(self, operation: Operation) -> None:
        """Note what somebody else did to the text as it is now.

        Raises:
            LengthMismatch: the operation was not made for this text.
        """
        self._undo.receive(operation)
        self._redo.receive(operation)
        start, stop = self._touched
        if start >= 0:
            self._touched = transform_index(operation, start), transform_index(operation, stop)

    def undo(self, text: Text) -> Operation | None:
        """Return the operation that takes back the last step, or None if there is none.

        `text` is the text as it is now; apply the operation to it without recording it.

        Raises:
            LengthMismatch: this is not the text that was expected.
        """
        return self._go(self._undo, self._redo, text)

    def redo(self, text: Text) -> Operation | None:
        """Return the operation that redoes the last step taken back, or None if there is none.

        `text` is the text as it is now; apply the operation to it without recording it.

        Raises:
            LengthMismatch: this is not the text that was expected.
        """
        return self._go(self._redo, self._undo, text)

    def _go(self, here: Stack, there: Stack, text: Text) -> Operation | None:
        self._touched = (-1, -1)
        while here.steps:
            here.require(len(text))
            operation = here.pop()
            # If others deleted it meanwhile, there is nothing left to take back.
            if not operation.is_noop:
                there.push(operation.invert(text))
                return operation
        return None


def _span(operation: Operation) -> tuple[int, int, int]:
    """Return where an operation begins, and where it ends in the old and in the new text."""
    components = operation.components
    start = components[0] if components and isinstance(components[0], int) else 0
    start = max(start, 0)
    rest = components[-1] if len(components) > 1 and isinstance(components[-1], int) else 0
    rest = max(rest, 0)
    return start, operation.base_length - rest, operation.target_length - rest

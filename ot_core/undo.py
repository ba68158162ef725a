"""`UndoManager`: one person's undo and redo, in a text that others edit too.

Laws:

1. The person's own text goes, and what others wrote into it stays: no undo or redo ever
   deletes what others have put in.
2. What others have put in at the place of a deletion isn't put in a second time.  So two who
   delete or replace the same text, and undo one after the other, get it once; the second step
   is then empty.  `ot_core.inverses` says what counts as the same text.
3. What was refused is no step, nor is its taking back: the steps before and after it do what
   they would do if it had never been.  Where the text becomes another one, what both have
   stands for itself, and steps that only did what the other text has (or has no more) are gone.
4. None of this depends on how others' work was divided into operations.

A stack holds the inverses of a person's own edits.  Between two of them it holds what
others did meanwhile, composed into one operation.  To take back the last edit, its
inverse is transformed over what came after it; that in turn is transformed over the
inverse and composed with the others' work below it.  Exact composition makes this right,
and nothing is paid until somebody undoes.
"""

from __future__ import annotations

from ot_core.diff import diff
from ot_core.inverses import Align, align_letters, transform_inverse
from ot_core.operation import Operation, Text
from ot_core.places import simplified
from ot_core.spans import inserted
from ot_core.transform import transform_index
from ot_core.undo_stack import Stack, require_base

__all__ = ["UndoManager"]


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

    def reject(self, operation: Operation, text: Text) -> None:
        """Note that edits of the person's own were refused: they are no steps any more.

        A refused undo can be undone again.

        Args:
            operation: what takes the edits back (`Client.reject`).
            text: the text before that.

        Raises:
            LengthMismatch: the operation was not made for this text, or this is not the text
                that was expected; nothing has changed.
        """
        self._correct(operation, text, align_letters)

    def reset(self, operation: Operation, text: Text) -> None:
        """Note that the text is another one: the steps that still do something there are kept.

        Args:
            operation: what leads from the text as it was to the other one (`diff`).
            text: the text as it was.

        Raises:
            LengthMismatch: as for `reject`.
        """
        self._correct(operation, text, diff)

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

    def _correct(self, operation: Operation, text: Text, align: Align) -> None:
        require_base(operation, len(text))
        for stack in (self._undo, self._redo):
            stack.require(len(text))
        operation = simplified(operation, text)
        # What was undone stands there again: it is done again.
        while (inverse := self._redo.top()) is not None:
            back = inserted(operation)
            rest, left = transform_inverse(operation, inverse, back=back, align=align)
            if not left.is_noop:
                break
            self._go(self._redo, self._undo, text)
            operation, text = rest, inverse.apply(text[: len(text)])
        self._undo.correct(operation, align)
        self._redo.correct(operation, align)
        self._touched = (-1, -1)

    def _go(self, here: Stack, there: Stack, text: Text) -> Operation | None:
        self._touched = (-1, -1)
        here.require(len(text))
        # What others have done meanwhile is passed over.
        operation = here.top()
        if operation is not None:
            here.steps.pop()
            there.push(operation.invert(text))
        return operation


def _span(operation: Operation) -> tuple[int, int, int]:
    """Return where an operation begins, and where it ends in the old and in the new text."""
    components = operation.components
    start = components[0] if components and isinstance(components[0], int) else 0
    start = max(start, 0)
    rest = components[-1] if len(components) > 1 and isinstance(components[-1], int) else 0
    rest = max(rest, 0)
    return start, operation.base_length - rest, operation.target_length - rest

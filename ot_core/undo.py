"""`UndoManager`: one person's undo and redo, in a text that others edit too.

A stack holds the inverses of one's own edits, and between two of them what others did
meanwhile, composed to one operation.  Taking back the last edit means moving its
inverse over what came after it; others' work is moved over the inverse in turn, and
joins what lies below.  Exact composition makes that right, and the cost is only paid
when somebody undoes.

So one's own text goes, and what others wrote into it stays.

A server may refuse what is not confirmed yet.  Its inverse then comes back, and must not
be met by the step that would have taken it back: so both stacks are remembered as they
were before the outstanding operation and before the buffer (see `Client`), and are what
they were again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ot_core.errors import LengthMismatch
from ot_core.operation import Operation, Text
from ot_core.transform import transform, transform_index

__all__ = ["UndoManager"]

FOLLOWED: Final = 1000
"""Components of unconfirmed work: beyond, a refusal forgets all steps, and not the last only."""


@dataclass(frozen=True)
class Step:
    """One step back, and what others have done since it was recorded."""

    inverse: Operation
    since: Operation | None = None

    @property
    def length(self) -> int:
        """The length of the text as it is now, in code points."""
        return self.inverse.base_length if self.since is None else self.since.target_length


class Stack:
    """Steps, the last of which is on the text as it is now."""

    def __init__(self, depth: int) -> None:
        self.steps: list[Step] = []
        self._depth = depth

    def require(self, length: int) -> None:
        """The text as it is now has `length` code points, or something was not noted here."""
        if self.steps and self.steps[-1].length != length:
            raise LengthMismatch(f"the text has {length} code points, not {self.steps[-1].length}")

    def push(self, inverse: Operation) -> None:
        self.steps.append(Step(inverse))
        if len(self.steps) > self._depth:
            del self.steps[0]

    def receive(self, operation: Operation) -> None:
        """Others have changed the text."""
        if self.steps:
            step = self.steps[-1]
            if operation.base_length != step.length:
                raise LengthMismatch(
                    f"an operation on {operation.base_length} code points can't follow "
                    f"{step.length} of them"
                )
            since = operation if step.since is None else step.since.compose(operation)
            self.steps[-1] = Step(step.inverse, since)

    def pop(self) -> Operation:
        """Return the last inverse, on the text as it is now."""
        step = self.steps.pop()
        inverse = step.inverse
        if step.since is not None:
            since, inverse = transform(step.since, inverse)
            self.receive(since)
        return inverse


@dataclass
class Mark:
    """The steps before some edits that are not confirmed, and what has happened since."""

    undo: list[Step]
    redo: list[Step]
    back: Operation
    """Takes one's own edits back, from the text as it is now."""
    others: Operation
    """What others did, on the text without those edits."""
    is_followed: bool = True

    def edit(self, inverse: Operation) -> None:
        """There was an edit of one's own, which `inverse` takes back."""
        if self.is_followed:
            self.back = inverse.compose(self.back)
            self._limit()

    def receive(self, operation: Operation) -> None:
        """Others have changed the text."""
        if self.is_followed:
            past, self.back = transform(operation, self.back)
            self.others = self.others.compose(past)
            self._limit()

    def _limit(self) -> None:
        components = len(self.back.components) + len(self.others.components)
        self.is_followed = components <= FOLLOWED


class UndoManager:
    """Records one's own edits and what others did, and says how to go back and forth.

    It knows nothing of connections: what one typed offline is undone like all else.

    >>> undo = UndoManager()
    >>> undo.record(Operation(["hello"]), "", at=0.0)          # I type
    >>> undo.receive(Operation([2, "--", 3]))                  # somebody else, into it
    >>> undo.undo("he--llo")                                   # apply this
    Operation([-2, 2, -3])
    >>> undo.redo("--")
    Operation(['he', 2, 'llo'])
    """

    __slots__ = ("_at", "_group_seconds", "_redo", "_touched", "_unconfirmed", "_undo")

    def __init__(self, depth: int = 1000, group_seconds: float = 0.5) -> None:
        """Keep `depth` steps; edits that touch, no more than `group_seconds` apart, are one."""
        self._undo = Stack(depth)
        self._redo = Stack(depth)
        self._group_seconds = group_seconds
        self._at = float("-inf")
        self._touched = (-1, -1)  # where the last edit was, in the text as it is now
        self._unconfirmed: list[Mark] = []  # before what is outstanding, before the buffer

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo.steps)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._redo.steps)

    def record(self, operation: Operation, text: Text, at: float) -> None:
        """Note an edit of one's own.  One that changes nothing is no step.

        Args:
            operation: the edit.
            text: the text before it.
            at: when, in seconds of any clock that doesn't go back.

        Raises:
            LengthMismatch: the operation was not made for the text, or the text is
                another one; nothing has changed.
        """
        inverse = operation.invert(text)
        self._undo.require(len(text))
        if operation.is_noop:
            return
        self._edit(inverse, self._undo.steps, self._redo.steps)
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
            LengthMismatch: the operation was not made for it.
        """
        self._undo.receive(operation)
        self._redo.receive(operation)
        for mark in self._unconfirmed:
            mark.receive(operation)
        start, stop = self._touched
        if start >= 0:
            self._touched = transform_index(operation, start), transform_index(operation, stop)

    def confirm(self) -> None:
        """Note an acknowledgement: what was outstanding can't be refused any more.

        As `Client` has it, that was the first edit, an undo or redo included, since all was
        confirmed; and what followed it, if anything, is outstanding now.
        """
        if self._unconfirmed:
            del self._unconfirmed[0]

    def reject(self, operation: Operation, text: Text) -> None:
        """Note that what is not confirmed was refused, or that the server had another text.

        The stacks are as they were before it, moved over what others did since.  If that is
        not where the operation leads to, they are empty: no step fits any more.

        Args:
            operation: what takes it back, as `Client.reject` returns it, or what leads to
                the other text.
            text: the text before that.

        Raises:
            LengthMismatch: the operation was not made for the text, or the text is
                another one; nothing has changed.
        """
        old = text[: len(text)]
        new = operation.apply(old)
        self._undo.require(len(old))
        self._redo.require(len(old))
        mark = self._unconfirmed[0] if self._unconfirmed else None
        if mark is not None and mark.is_followed and mark.back.apply(old) == new:
            for stack, steps in ((self._undo, mark.undo), (self._redo, mark.redo)):
                stack.steps = steps
                stack.receive(mark.others)
        elif mark is not None or old != new:
            self._undo.steps.clear()
            self._redo.steps.clear()
        self._unconfirmed.clear()
        self._touched = (-1, -1)

    def undo(self, text: Text) -> Operation | None:
        """Return the operation that takes the last step back, or None if there is none.

        `text` is the text as it is now; apply the operation to it without recording it.

        Raises:
            LengthMismatch: the text is another one.
        """
        return self._go(self._undo, self._redo, text)

    def redo(self, text: Text) -> Operation | None:
        """Return the operation that does the last step taken back again, or None.

        `text` is the text as it is now; apply the operation to it without recording it.

        Raises:
            LengthMismatch: the text is another one.
        """
        return self._go(self._redo, self._undo, text)

    def _go(self, here: Stack, there: Stack, text: Text) -> Operation | None:
        self._touched = (-1, -1)
        while here.steps:
            here.require(len(text))
            undo, redo = self._undo.steps.copy(), self._redo.steps.copy()
            operation = here.pop()
            # What others have deleted meanwhile leaves nothing to take back.
            if not operation.is_noop:
                inverse = operation.invert(text)
                self._edit(inverse, undo, redo)
                there.push(inverse)
                return operation
        return None

    def _edit(self, inverse: Operation, undo: list[Step], redo: list[Step]) -> None:
        """Follow an edit that is not confirmed, before which the stacks had these steps."""
        for mark in self._unconfirmed:
            mark.edit(inverse)
        if len(self._unconfirmed) < 2:
            others = Operation.noop(inverse.target_length)
            self._unconfirmed.append(Mark(undo.copy(), redo.copy(), inverse, others))


def _span(operation: Operation) -> tuple[int, int, int]:
    """Return where an operation begins, and where it ends in the old and in the new text."""
    components = operation.components
    start = components[0] if components and isinstance(components[0], int) else 0
    start = max(start, 0)
    rest = components[-1] if len(components) > 1 and isinstance(components[-1], int) else 0
    rest = max(rest, 0)
    return start, operation.base_length - rest, operation.target_length - rest

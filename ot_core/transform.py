"""Transformation: two concurrent operations, rewritten so that each can follow the other.

::

              text
          a ↙      ↘ b
             ·    ·
         b_ ↘      ↙ a_
              text

One rule breaks ties, on the server and in every client: where both insert at one
point, the uncommitted text goes left of the committed text.  So what a person is
still typing stays in one piece, left of what arrives.
"""

from __future__ import annotations

from ot_core.components import MAX_LENGTH, TOO_LONG, Component, merged
from ot_core.errors import InvalidOperation, LengthMismatch
from ot_core.operation import Operation

__all__ = ["transform", "transform_index"]


def transform(a: Operation, b: Operation) -> tuple[Operation, Operation]:
    """Rewrite two concurrent operations so that each can follow the other.

    Both start from the same text.  The results close the diamond:
    ``b_(a(text)) == a_(b(text))``.  Where both insert at one place b's text
    goes left: pass the committed operation as `a`.

    >>> transform(Operation([2, "!"]), Operation(["oh ", 2]))  # on "hi"
    (Operation([5, '!']), Operation(['oh ', 3]))

    Raises:
        LengthMismatch: the two start from texts of different length.
        InvalidOperation: the text that both make together is longer than
            2**31 - 1 code points.
    """
    if a.base_length != b.base_length:
        raise LengthMismatch(
            f"operations on {a.base_length} and on {b.base_length} code points are not concurrent"
        )
    if a.base_length:
        if (moved := _apart(a, b)) is not None:
            return moved
        if (moved := _apart(b, a)) is not None:
            b_, a_ = moved
            return a_, b_
    return _walk(a, b)


def _apart(left: Operation, right: Operation) -> tuple[Operation, Operation] | None:
    """Transform two operations where all that `left` does is left of all that `right` does.

    This is how most edits meet.  A code point that both keep lies between them, so there
    is no tie to break: `left` ends in a retain and `right` begins with one, and each of
    these retains takes on the growth of the other operation.  None if they lie otherwise.
    """
    tail, head = left.components[-1], right.components[0]
    if isinstance(tail, str) or isinstance(head, str) or tail + head <= left.base_length:
        return None
    left_growth = left.target_length - left.base_length
    right_growth = right.target_length - right.base_length
    target_length = left.target_length + right_growth
    if target_length > MAX_LENGTH:
        raise InvalidOperation(TOO_LONG)
    return (
        Operation.sound(
            (*left.components[:-1], tail + right_growth), right.target_length, target_length
        ),
        Operation.sound(
            (head + left_growth, *right.components[1:]), left.target_length, target_length
        ),
    )


def _walk(a: Operation, b: Operation) -> tuple[Operation, Operation]:
    """Transform two operations component by component, however they lie."""
    a_: list[Component] = []
    b_: list[Component] = []
    # The retain (above 0) or delete (below) at the end of either result; it may still grow.
    a_run = b_run = 0
    beside = False  # whether what stood between two inserts is gone
    both_deleted = 0
    take = next  # by a local name: mypyc looks a builtin up at every call
    a_rest = iter(a.components)
    x = take(a_rest, 0)
    for y in b.components:
        if isinstance(y, str):
            if b_run:
                b_.append(b_run)
                b_run = 0
            elif b_:
                beside = True
            b_.append(y)
            if a_run < 0:
                a_.append(a_run)
                a_run = len(y)
            else:
                a_run += len(y)
            continue
        while y:
            if isinstance(x, str):
                if a_run:
                    a_.append(a_run)
                    a_run = 0
                elif a_:
                    beside = True
                a_.append(x)
                if b_run < 0:
                    b_.append(b_run)
                    b_run = len(x)
                else:
                    b_run += len(x)
                x = take(a_rest, 0)
            elif x > 0:
                if y > 0:
                    step = x if x < y else y
                    if a_run < 0:
                        a_.append(a_run)
                        a_run = step
                    else:
                        a_run += step
                    if b_run < 0:
                        b_.append(b_run)
                        b_run = step
                    else:
                        b_run += step
                    y -= step
                else:
                    step = x if x < -y else -y
                    if b_run > 0:
                        b_.append(b_run)
                        b_run = -step
                    else:
                        b_run -= step
                    y += step
                x = x - step or take(a_rest, 0)
            else:
                if y > 0:
                    step = y if y < -x else -x
                    if a_run > 0:
                        a_.append(a_run)
                        a_run = -step
                    else:
                        a_run -= step
                    y -= step
                else:
                    step = -x if x > y else -y
                    both_deleted += step
                    y += step
                x = x + step or take(a_rest, 0)
    if isinstance(x, str):  # at the very end
        if a_run:
            a_.append(a_run)
            a_run = 0
        elif a_:
            beside = True
        a_.append(x)
        if b_run < 0:
            b_.append(b_run)
            b_run = len(x)
        else:
            b_run += len(x)
    if a_run:
        a_.append(a_run)
    if b_run:
        b_.append(b_run)
    if beside:
        a_, b_ = merged(a_), merged(b_)
    target_length = a.target_length + b.target_length - a.base_length + both_deleted
    if target_length > MAX_LENGTH:
        raise InvalidOperation(TOO_LONG)
    return (
        Operation.sound(a_, b.target_length, target_length),
        Operation.sound(b_, a.target_length, target_length),
    )


def transform_index(operation: Operation, index: int) -> int:
    """Return where an index of the old text is in the new text, in code points.

    An index stays left of what is inserted at it.  An index inside deleted text goes
    to where the deletion starts.  Order is kept: i <= j maps to i' <= j'.

    >>> transform_index(Operation([2, "!", -1, 3]), 4)
    4

    Raises:
        LengthMismatch: the index lies outside of the old text.
    """
    if not 0 <= index <= operation.base_length:
        raise LengthMismatch(f"no index {index} in {operation.base_length} code points")
    old = new = 0
    for component in operation.components:
        if old >= index:
            break
        if isinstance(component, str):
            new += len(component)
        elif component < 0:
            old -= component
        else:
            step = min(component, index - old)
            old += step
            new += step
    return new

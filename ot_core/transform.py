"""Transformation: two concurrent operations, rewritten so that each can follow the other.

::

              text
          a ↙      ↘ b
             ·    ·
         b_ ↘      ↙ a_
              text

One rule breaks ties, on the server and in every client: where both insert at one
point, the uncommitted text goes left of the committed.  What a person is still
typing thus stays in one piece, left of what arrives.
"""

from __future__ import annotations

from ot_core.components import Component, join, push
from ot_core.errors import LengthMismatch
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
    """
    if a.base_length != b.base_length:
        raise LengthMismatch(
            f"operations on {a.base_length} and on {b.base_length} code points are not concurrent"
        )
    a_: list[Component] = []
    b_: list[Component] = []
    a_rest, b_rest = iter(a.components), iter(b.components)
    x, y = next(a_rest, None), next(b_rest, None)
    both_deleted = 0
    while x is not None or y is not None:
        if isinstance(y, str):
            push(a_, len(y))
            push(b_, y)
            y = next(b_rest, None)
        elif isinstance(x, str):
            push(a_, x)
            push(b_, len(x))
            x = next(a_rest, None)
        else:
            # Equal base lengths: neither side runs out of old text before the other.
            assert x is not None
            assert y is not None
            step = min(abs(x), abs(y))
            if x > 0 and y > 0:
                push(a_, step)
                push(b_, step)
            elif y > 0:
                push(a_, -step)
            elif x > 0:
                push(b_, -step)
            else:
                both_deleted += step
            x -= step if x > 0 else -step
            y -= step if y > 0 else -step
            if x == 0:
                x = next(a_rest, None)
            if y == 0:
                y = next(b_rest, None)
    join(a_)
    join(b_)
    target_length = a.target_length + b.target_length - a.base_length + both_deleted
    return (
        Operation.sound(a_, b.target_length, target_length),
        Operation.sound(b_, a.target_length, target_length),
    )


def transform_index(operation: Operation, index: int) -> int:
    """Return where an index of the old text is in the new one, in code points.

    An index stays left of what is inserted at it.  One inside deleted text goes to
    the deletion's start.  Order is kept: i <= j maps to i' <= j'.

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

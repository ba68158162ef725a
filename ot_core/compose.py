"""Composition: two operations in a row, as one.

Most libraries sort the inserts and deletes between two retains.  That loses the
side of a deleted character on which text was put, and with it the law below.
Here nothing is ever moved past anything, and where `a` deletes and `b` inserts
at one point, a's delete comes first.  Then composition is *exact*: for every c
that is concurrent with a, and not yet committed,

    c over compose(a, b)  ==  c over a, then over b        in components.

``docs/theory.md`` has the argument; ``tests/core/test_laws.py`` holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ot_core.components import Component, join, push

__all__ = ["compose_components"]


def compose_components(a: Sequence[Component], b: Sequence[Component]) -> list[Component]:
    """Return the components of "a, then b"; a's target length must be b's base length."""
    composed: list[Component] = []
    a_rest, b_rest = iter(a), iter(b)
    x, y = next(a_rest, None), next(b_rest, None)
    used = 0  # so much of the insert x is done with; to cut it off would copy what is left
    while x is not None or y is not None:
        if isinstance(x, int) and x < 0:
            push(composed, x)
            x = next(a_rest, None)
        elif isinstance(y, str):
            push(composed, y)
            y = next(b_rest, None)
        else:
            # x puts text before b (it inserts or keeps), y passes over it (keeps or drops).
            assert x is not None
            assert y is not None
            width = len(x) - used if isinstance(x, str) else x
            step = min(width, abs(y))
            if isinstance(x, int):
                push(composed, step if y > 0 else -step)
            elif y > 0:
                push(composed, x[used : used + step])
            if step == width:
                x, used = next(a_rest, None), 0
            elif isinstance(x, str):
                used += step
            else:
                x -= step
            y -= step if y > 0 else -step
            if y == 0:
                y = next(b_rest, None)
    join(composed)
    return composed

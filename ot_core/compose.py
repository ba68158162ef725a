"""Composition: two operations in a row, as one.

Most libraries sort the inserts and deletes between two retains.  Then nobody can
tell on which side of a deleted character a text was put, and the law below breaks.
Here nothing is ever moved past anything, and where `a` deletes and `b` inserts
at one point, a's delete comes first.  Then composition is *exact*: for every c
that is concurrent with a, and not yet committed,

    c over compose(a, b)  ==  c over a, then over b        in components.

``docs/theory.md`` has the argument; ``tests/core/test_laws.py`` holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ot_core.components import Component

__all__ = ["compose_components"]


def compose_components(a: Sequence[Component], b: Sequence[Component]) -> list[Component]:
    """Return the components of "a, then b"; a's target length must be b's base length."""
    composed: list[Component] = []
    # What is at the end and may yet grow: a retain (above 0) or delete (below), or an insert.
    run = 0
    text = ""
    take = next  # by a local name: mypyc looks a builtin up at every call
    a_rest, b_rest = iter(a), iter(b)
    x, y = take(a_rest, 0), take(b_rest, 0)
    used = 0  # how much of the insert x is done; cutting it off would copy the rest
    while x or y:
        if isinstance(x, int) and x < 0:
            if text:
                composed.append(text)
                text = ""
            if run > 0:
                composed.append(run)
                run = x
            else:
                run += x
            x = take(a_rest, 0)
        elif isinstance(y, str):
            if run:
                composed.append(run)
                run = 0
            text += y
            y = take(b_rest, 0)
        elif isinstance(x, str):
            # x puts text before b, y keeps or drops it.
            width = len(x) - used
            if y > 0:
                step = width if width < y else y
                if run:
                    composed.append(run)
                    run = 0
                text += x if step == len(x) else x[used : used + step]
                y -= step
            else:
                step = width if width < -y else -y
                y += step
            if step == width:
                x, used = take(a_rest, 0), 0
            else:
                used += step
            if not y:
                y = take(b_rest, 0)
        else:
            # x keeps text of old, y keeps or drops it.
            if text:
                composed.append(text)
                text = ""
            if y > 0:
                step = x if x < y else y
                if run < 0:
                    composed.append(run)
                    run = step
                else:
                    run += step
                y -= step
            else:
                step = x if x < -y else -y
                if run > 0:
                    composed.append(run)
                    run = -step
                else:
                    run -= step
                y += step
            x -= step
            if not x:
                x = take(a_rest, 0)
            if not y:
                y = take(b_rest, 0)
    if run:
        composed.append(run)
    elif text:
        composed.append(text)
    return composed

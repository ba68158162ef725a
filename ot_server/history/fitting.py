"""`diff_within`: an operation between two texts that has no more components than are allowed."""

from __future__ import annotations

from heapq import nlargest

from ot_core import Component, Operation, diff

__all__ = ["diff_within"]


def diff_within(old: str, new: str, most: int) -> Operation:
    """Return an operation that turns `old` into `new`, with `most` components, 8 or more.

    What `diff` finds is taken where it fits.  Else the shortest stretches that stay are
    written anew as well, until it does.
    """
    operation = diff(old, new)
    if len(operation.components) <= most:
        return operation
    retains = [
        (component, at)
        for at, component in enumerate(operation.components)
        if isinstance(component, int) and component > 0
    ]
    # Between two that stay lie a delete and an insert, and so before the first and after the last.
    stay = {at for _, at in nlargest((most - 2) // 3, retains)}
    components: list[Component] = []
    position = deleted = 0
    inserted: list[str] = []
    for at, component in enumerate(operation.components):
        if isinstance(component, str):
            inserted.append(component)
        elif at in stay:
            components += _change(deleted, inserted)
            components.append(component)
            position += component
            deleted, inserted = 0, []
        else:
            count = abs(component)
            if component > 0:
                inserted.append(old[position : position + count])
            deleted += count
            position += count
    return Operation([*components, *_change(deleted, inserted)])


def _change(deleted: int, inserted: list[str]) -> list[Component]:
    text = "".join(inserted)
    return [*([-deleted] if deleted else []), *([text] if text else [])]

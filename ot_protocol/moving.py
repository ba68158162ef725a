"""`move`: where a diagnostic is after an edit, the same on the server and in clients.

It reaches from the first to the last of its characters that are left, and is gone when none
is left.  Its fix is only right for the text that it was made for: an edit within it ends it.
"""

from __future__ import annotations

from msgspec import structs

from ot_core import Operation, transform_index
from ot_protocol.messages import Diagnostic, Fix, Replacement

__all__ = ["move"]


def move(diagnostic: Diagnostic, operation: Operation) -> Diagnostic | None:
    """Return a diagnostic in the text after an operation, or None if nothing of it is left.

    Raises:
        LengthMismatch: it doesn't lie in the text that the operation was made for.
    """
    moved = _range(operation, diagnostic.start, diagnostic.stop)
    if moved is None:
        return None
    start, stop = moved
    fix = diagnostic.fix and _fix(diagnostic.fix, operation)
    return structs.replace(diagnostic, start=start, stop=stop, fix=fix)


def _range(operation: Operation, start: int, stop: int) -> tuple[int, int] | None:
    if start == stop:
        index = transform_index(operation, min(start, operation.base_length))
        return index, index
    first = last = None
    old = new = 0
    for component in operation.components:
        if old >= stop:
            break
        if isinstance(component, str):
            new += len(component)
        elif component < 0:
            old -= component
        else:
            left, right = max(start, old), min(stop, old + component)
            if left < right:
                first = new + left - old if first is None else first
                last = new + right - old
            old += component
            new += component
    return None if first is None or last is None else (first, last)


def _fix(fix: Fix, operation: Operation) -> Fix | None:
    """Return a fix, moved, if the operation keeps the whole range of its edits in one piece."""
    start, stop = fix.edits[0].start, max(edit.stop for edit in fix.edits)
    old = new = 0
    for component in operation.components:
        if isinstance(component, str):
            new += len(component)
        elif component < 0:
            old -= component
        else:
            if old <= start and stop <= old + component:
                by = new - old
                edits = [
                    Replacement(edit.start + by, edit.stop + by, edit.text) for edit in fix.edits
                ]
                return Fix(fix.message, edits)
            old += component
            new += component
    return fix if not operation.components else None

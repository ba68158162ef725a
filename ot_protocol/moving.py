"""`move`: where a problem is after an edit, alike for the server and for clients.

It lies from the first of its characters that are left to the last one, and is gone with
the last.  Its fix holds only for the text that it was made for: an edit within it ends it.
"""

from __future__ import annotations

from msgspec import structs

from ot_core import Operation, transform_index
from ot_protocol.messages import Diagnostic, Fix, Replacement

__all__ = ["move"]


def move(diagnostic: Diagnostic, operation: Operation) -> Diagnostic | None:
    """Return a problem in the text that an operation makes, or None where nothing of it is left.

    Raises:
        LengthMismatch: it does not lie in the text that the operation is made for.
    """
    moved = _range(operation, diagnostic.start, diagnostic.stop)
    if moved is None:
        return None
    start, stop = moved
    fix = diagnostic.fix and _fix(diagnostic.fix, operation)
    return structs.replace(diagnostic, start=start, stop=stop, fix=fix)


def _range(operation: Operation, start: int, stop: int) -> tuple[int, int] | None:
    if start == stop:
        index = transform_index(operation, start)
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
    """Return a fix if the operation keeps all from its first place to its last in one piece."""
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

"""Components, the parts of an operation, and how a run of them is built.

An operation is a left-to-right walk over a text.  Each step is a component:

    retain  a positive int n      keep the next n code points
    insert  a non-empty str s     put s here
    delete  a negative int -n     drop the next n code points

Invariant of every run built here: two components in a row are never of one
kind, and inserts and deletes keep the order in which they were given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ot_core.errors import InvalidOperation

__all__ = ["MAX_LENGTH", "TOO_LONG", "Component", "check", "merged"]

Component = int | str

MAX_LENGTH: Final = 2**31 - 1
"""The longest text, retain or delete, in code points."""

TOO_LONG: Final = f"an operation spans more than {MAX_LENGTH} code points"
"""The message of the error where a text would be longer."""


def merged(components: Iterable[Component]) -> list[Component]:
    """Return the run with adjacent components of one kind merged into one."""
    run: list[Component] = []
    # What is at the end and may yet grow: a retain (above 0) or delete (below), or an insert,
    # which CPython lengthens in place as long as nobody else holds it.
    count = 0
    text = ""
    for component in components:
        if isinstance(component, str):
            if count:
                run.append(count)
                count = 0
            text += component
        else:
            if text:
                run.append(text)
                text = ""
            if count and (count > 0) is not (component > 0):
                run.append(count)
                count = component
            else:
                count += component
    if count:
        run.append(count)
    elif text:
        run.append(text)
    return run


def check(component: object) -> Component:
    """Return the component if it is sound.

    Raises:
        InvalidOperation: it is neither int nor str, empty, zero, above
            ``MAX_LENGTH`` either way, or holds half of a surrogate pair.
    """
    # bool is an int to Python; `type` rather than isinstance keeps True out.
    if type(component) is int:
        if component == 0:
            raise InvalidOperation("a component of 0 does nothing")
        if not -MAX_LENGTH <= component <= MAX_LENGTH:
            raise InvalidOperation(f"a component is beyond {MAX_LENGTH} code points")
        return component
    if type(component) is str:
        if not component:
            raise InvalidOperation("an empty insert does nothing")
        if not component.isascii():
            try:
                component.encode()
            except UnicodeEncodeError:
                raise InvalidOperation("an insert holds a lone surrogate") from None
        return component
    raise InvalidOperation(f"a component is an int or a str, not {type(component).__name__}")

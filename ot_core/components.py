"""Components, the parts of an operation, and how a run of them is built.

An operation is a left-to-right walk over a text.  Each step is a component:

    retain  a positive int n      keep the next n code points
    insert  a non-empty str s     put s here
    delete  a negative int -n     drop the next n code points

Invariant of every run built here: no two neighbours are of one kind, and
inserts and deletes stand in the order in which they were given.
"""

from __future__ import annotations

from typing import Final

from ot_core.errors import InvalidOperation

__all__ = ["MAX_LENGTH", "Component", "check", "join", "push"]

Component = int | str

MAX_LENGTH: Final = 2**31 - 1
"""The longest text, retain or delete, in code points."""

LONG: Final = 1024
"""An insert of so many code points is no longer lengthened by `push`."""


def push(components: list[Component], component: Component) -> None:
    """Append a component, merged with a last neighbour of its own kind.

    Only long inserts may still stand side by side at the end: `join` merges them,
    once the run is complete.
    """
    if components:
        last = components[-1]
        if isinstance(component, str):
            # To lengthen a long text again and again would copy it again and again.
            if isinstance(last, str) and len(last) < LONG:
                components[-1] = last + component
                return
        elif isinstance(last, str):
            join(components)
        elif (last > 0) is (component > 0):
            components[-1] = last + component
            return
    components.append(component)


def join(components: list[Component]) -> None:
    """Merge the inserts at the end of a run, in one go."""
    if len(components) < 2 or isinstance(components[-2], int):
        return
    texts: list[str] = []
    while components and isinstance(last := components[-1], str):
        texts.append(last)
        components.pop()
    if texts:
        components.append("".join(reversed(texts)))


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

"""The compact form of an operation: one short text, for logs, columns, keys and URLs.

::

    operation = *component
    component = count "="              retain
              | count "-"              delete
              | count "+" text         insert: `count` code points, as they are
    count     = 1-9 *(0-9)             at most ten digits

``[1000, "a", 5000]`` is ``1000=1+a5000=``.  Nothing is escaped, because every insert says
how long it is.  Where no insert is longer than 99 code points, the form is shorter than JSON.

Invariant: each operation has exactly one compact form, and each text is the form of one
operation or of none.  So leading zeros and two components of one kind in a row are refused,
and two operations are equal if their forms are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ot_core.components import Component
from ot_core.errors import InvalidOperation

__all__ = ["read_compact", "write_compact"]

# Ten digits hold the longest count.  A count that is still too large is refused later, by
# the operation.
_HEAD: Final = re.compile(r"([1-9][0-9]{0,9})([=+-])")


def write_compact(components: Iterable[Component]) -> str:
    """Return the compact form of a sound run of components."""
    parts: list[str] = []
    for component in components:
        if isinstance(component, str):
            parts.append(f"{len(component)}+{component}")
        elif component > 0:
            parts.append(f"{component}=")
        else:
            parts.append(f"{-component}-")
    return "".join(parts)


def read_compact(untrusted: object) -> list[Component]:
    """Return the components that a text stands for; their contents are not checked here.

    Raises:
        InvalidOperation: it is no text, or breaks the grammar.
    """
    if not isinstance(untrusted, str):
        raise InvalidOperation(f"a compact form is a text, not {type(untrusted).__name__}")
    components: list[Component] = []
    previous = ""
    index, end = 0, len(untrusted)
    while index < end:
        head = _HEAD.match(untrusted, index)
        if head is None:
            raise InvalidOperation(f"no component begins at {index} of a compact form")
        digits, kind = head.groups()
        if kind == previous:
            raise InvalidOperation(f"two neighbours of one kind meet at {index} of a compact form")
        previous = kind
        count = int(digits)
        index = head.end()
        if kind == "+":
            if count > end - index:
                raise InvalidOperation(f"an insert of {count} code points is cut short")
            components.append(untrusted[index : index + count])
            index += count
        else:
            components.append(count if kind == "=" else -count)
    return components

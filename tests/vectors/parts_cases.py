"""Cases for ``parts.json``: operations over a limit, and the parts in which they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from ot_client.parts import divided
from ot_core import Component, Operation, TextBuffer
from ot_protocol.messages import Limits
from tests.core.cases import LETTERS, random_operation

__all__ = ["limits_of", "parts_cases", "parts_of", "random_large_operation"]

CASES = 160


def parts_cases(random: Random) -> Iterator[dict[str, Any]]:
    for _ in range(CASES):
        text = "".join(random.choices(LETTERS, k=random.randint(0, 30)))
        operation = random_large_operation(random, len(text))
        components = random.choice((4, 7, 20))
        frame_bytes = random.choice((120, 200, 4000))
        parts = parts_of(operation, text, limits_of(components, frame_bytes))
        yield {
            "text": text,
            "operation": operation.to_wire(),
            "components": components,
            "frame_bytes": frame_bytes,
            "parts": [part.to_wire() for part in parts],
        }


def parts_of(operation: Operation, text: str, limits: Limits) -> list[Operation]:
    """Return all parts in which the operation is sent where nobody else types."""
    parts: list[Operation] = []
    buffer = TextBuffer(text)
    while (two := divided(operation, lambda: buffer.text, limits)) is not None:
        first, operation = two
        buffer.apply(first)
        parts.append(first)
    return [*parts, operation]


def random_large_operation(random: Random, length: int) -> Operation:
    """Return an operation with some long inserts, some of which JSON escapes."""
    longer: list[Component] = []
    for component in random_operation(random, length).components:
        if isinstance(component, str) and random.random() < 0.5:
            component += "".join(random.choices([*LETTERS, '"', "\u0001"], k=random.randint(1, 90)))
        longer.append(component)
    return Operation(longer)


def limits_of(components: int, frame_bytes: int) -> Limits:
    """Return limits of which only these matter."""
    return Limits(
        frame_bytes=frame_bytes,
        document_bytes=2**21,
        components=components,
        edits_per_second=30,
        edits_burst=120,
        presence_per_second=20,
        ping_seconds=20,
        run=True,
        run_bytes=2**16,
        diagnostics=True,
    )

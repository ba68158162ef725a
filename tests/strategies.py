"""Hypothesis strategies for texts and operations, and the profiles they run under.

A property runs `max_examples` times: 300 in the default profile.  Import from here
and the profile is loaded; ``OT_EXAMPLES`` sets another count.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ot_core import Component, Operation

settings.register_profile(
    "engine",
    max_examples=int(os.environ.get("OT_EXAMPLES", "300")),
    deadline=None,  # a shared machine stalls sometimes: time says nothing about a law
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,  # a failure prints what replays it
)
settings.load_profile("engine")

LETTERS = st.sampled_from(
    [*"abcd", "\n", "é", "e\u0301", "漢", "😀", "𝔘", "👩\u200d👧", "\U0010ffff"]
)
"""Letters of one to three code points: few, so that ties and repeats are dense."""

SCALARS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
"""Any text at all: Unicode scalar values."""

TEXTS = st.lists(LETTERS, max_size=8).map("".join) | SCALARS
INSERTS = st.lists(LETTERS, min_size=1, max_size=3).map("".join) | SCALARS.filter(bool)


COMPONENTS = st.lists(st.integers(1, 8) | st.integers(-8, -1) | INSERTS, max_size=8)


@st.composite
def operations(draw: st.DrawFn, length: int) -> Operation:
    """Draw an operation on `length` code points, inserts and deletes in any order."""
    components: list[Component] = []
    for component in draw(COMPONENTS):
        if isinstance(component, str):
            components.append(component)
        elif step := min(abs(component), length):
            components.append(step if component > 0 else -step)
            length -= step
    if length:
        components.append(length)
    return Operation(components)


@dataclass(frozen=True)
class Pair:
    """Two concurrent operations, both on `text`."""

    text: str
    a: Operation
    b: Operation


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    text = draw(TEXTS)
    return Pair(text, draw(operations(len(text))), draw(operations(len(text))))


@dataclass(frozen=True)
class Chain:
    """Operations that follow each other; the first is on `text`."""

    text: str
    operations: tuple[Operation, ...]


@st.composite
def chains(draw: st.DrawFn, shortest: int = 1, longest: int = 6) -> Chain:
    text = draw(TEXTS)
    length, chain = len(text), []
    for _ in range(draw(st.integers(shortest, longest))):
        chain.append(draw(operations(length)))
        length = chain[-1].target_length
    return Chain(text, tuple(chain))

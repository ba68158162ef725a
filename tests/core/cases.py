"""Seeded random texts and operations: fast, plain, and the same on every machine.

Everything here draws from a `random.Random` that the caller seeds, so that one number names
a failing case.  Texts are short and letters few, which makes ties, overlaps and empty
results frequent.  Hypothesis strategies are in ``tests.strategies``.
"""

from __future__ import annotations

from random import Random
from typing import Final

from ot_core import Component, Operation

LETTERS: Final = (
    *"abcdefgh",
    "\n",
    " ",
    "é",
    "e\u0301",  # one character to a reader, two code points
    "漢",
    "😀",
    "𝔘",
    "👩\u200d👧",  # three code points that are drawn as one
)
"""The letters of random texts: several scripts, combining marks, characters above U+FFFF."""


def random_text(random: Random, longest: int) -> str:
    """Return a text of at most `longest` letters (a letter is one to three code points)."""
    return "".join(random.choices(LETTERS, k=random.randint(0, longest)))


def random_operation(random: Random, length: int) -> Operation:
    """Return an operation on `length` code points, inserts and deletes in any order."""
    components: list[Component] = []
    while True:
        for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
            components.append("".join(random.choices(LETTERS, k=random.randint(1, 2))))
            if length and random.random() < 0.4:
                step = random.randint(1, min(length, 3))
                components.append(-step)
                length -= step
        if not length:
            return Operation(components)
        step = random.randint(1, min(length, 4))
        components.append(step if random.random() < 0.6 else -step)
        length -= step


def random_edit(random: Random, length: int) -> Operation:
    """Return an operation like that of a keystroke or a paste, on `length` code points."""
    start = random.randint(0, length)
    stop = min(length, start + random.choice((0, 0, 0, 1, 3)))
    text = "" if start < stop and random.random() < 0.6 else random.choice(LETTERS)
    return Operation.replace(length, start, stop, text)

"""The seeded workloads: what contenders work on besides traces.

An operation is a list of components, as `ot_core.Operation` and the wire have it; a patch
is position, count deleted and text inserted.  The same seed gives the same workload
everywhere.  Where contenders are to end with one text, no two edits of a workload meet at
one place except as two inserts: libraries differ in what they do then.
"""

from __future__ import annotations

from random import Random
from typing import Final

from ot_core import Operation
from tests.traces import Patch, trace

__all__ = [
    "Offline",
    "Pair",
    "bursts",
    "keystrokes",
    "offline",
    "prose",
    "small_pairs",
    "wide_pairs",
]

SEED: Final = 20_240_229
LETTERS: Final = "etaoinshrdlu"

Wire = list[int | str]
Pair = tuple[Wire, Wire]
Offline = dict[str, str | Wire | list[Wire]]


def keystrokes(name: str) -> list[Patch]:
    """Return each patch of a trace of one writer, from the empty text on."""
    return [patch for transaction in trace(name).transactions for patch in transaction.patches]


def prose(length: int, random: Random) -> str:
    """Return words in lines of about 80 code points."""
    lines = []
    left = length
    while left > 0:
        words = ["".join(random.choices(LETTERS, k=random.randint(2, 9))) for _ in range(14)]
        lines.append(" ".join(words)[:79])
        left -= len(lines[-1]) + 1
    return "\n".join(lines)[:length].ljust(length, "\n")


def bursts(length: int, edits: int) -> tuple[str, list[Patch]]:
    """Return a text, and bursts of single letters typed and deleted all over it.

    About as much is taken back as keeps nine letters in ten.
    """
    random = Random(SEED)
    text = prose(length, random)
    patches: list[Patch] = []
    while len(patches) < edits:
        position = random.randint(0, length)
        for _ in range(min(random.randint(5, 60), edits - len(patches))):
            if position and random.random() < 0.05:
                position -= 1
                length -= 1
                patches.append((position, 1, ""))
            else:
                patches.append((position, 0, random.choice(LETTERS)))
                position += 1
                length += 1
    return text, patches


def small_pairs(count: int, length: int = 100) -> tuple[str, list[Pair]]:
    """Return a text and pairs of single edits on it, each an insert or a delete."""
    random = Random(SEED)
    text = prose(length, random)

    def edit() -> Wire:
        start = random.randint(0, length - 5)
        if random.random() < 0.7:
            word = "".join(random.choices(LETTERS, k=random.randint(1, 5)))
            return Operation.replace(length, start, start, word).to_wire()
        return Operation.replace(length, start, start + random.randint(1, 5), "").to_wire()

    return text, [(edit(), edit()) for _ in range(count)]


def wide_pairs(components: int, count: int) -> tuple[str, list[Pair]]:
    """Return a text and pairs of operations with this many components each, all over it."""
    random = Random(SEED)
    text = prose(components * 20, random)
    return text, [(_wide(components, random), _wide(components, random)) for _ in range(count)]


def _wide(components: int, random: Random) -> Wire:
    """Return components, half of them retains; what is left of the text is kept at the end."""
    walk: Wire = []
    for _ in range(components // 2):
        walk.append(random.randint(1, 30))
        if random.random() < 0.5:
            walk.append("".join(random.choices(LETTERS, k=random.randint(1, 8))))
        else:
            walk.append(-random.randint(1, 8))
    used = sum(abs(step) for step in walk if isinstance(step, int))
    return [*walk, components * 20 - used]


def offline(components: int, later: int) -> Offline:
    """Return a text, one operation made offline, and what was committed meanwhile.

    The text lies in cells.  The offline operation edits the first half of each; the later
    ones are typed, in bursts, in the second halves.
    """
    random = Random(SEED)
    cells, width = components // 2, 200
    operation: Wire = []
    kept = 0  # code points since the edit before
    for _ in range(cells):
        before = random.randint(10, 40)
        operation.append(kept + before)
        if random.random() < 0.6:
            operation.append("".join(random.choices(LETTERS, k=random.randint(1, 20))))
            kept = width - before
        else:
            operation.append(-random.randint(1, 20))
            kept = width - before + int(operation[-1])
    operation.append(kept)
    grown = [0] * cells  # by how much each cell is longer than it was
    later_operations: list[Wire] = []
    length = cells * width
    while len(later_operations) < later:
        cell = random.randrange(cells)
        position = cell * width + sum(grown[:cell]) + random.randint(width // 2, width - 10)
        typed = 0
        for _ in range(min(random.randint(5, 40), later - len(later_operations))):
            if typed and random.random() < 0.1:
                typed -= 1
                at = position + typed
                step = Operation.replace(length, at, at + 1, "")
            else:
                at = position + typed
                step = Operation.replace(length, at, at, random.choice(LETTERS))
                typed += 1
            later_operations.append(step.to_wire())
            length = step.target_length
        grown[cell] += typed
    return {
        "text": prose(cells * width, random),
        "operation": operation,
        "later": later_operations,
    }

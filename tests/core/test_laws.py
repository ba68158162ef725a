"""Checks the laws of ``laws.py`` with examples from two sources.

Hypothesis looks for odd examples and shrinks what it finds.  The seeded generator is a
hundred times as fast: each of its examples is made from one number, its seed, which a
failure prints; ``check(law, seed)`` replays it.  ``OT_SOAK_CASES`` and ``OT_SEED`` say how
many examples of each law the soak tries, and where it begins.
"""

from __future__ import annotations

import os
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ot_core import Operation
from tests.core.cases import random_operation, random_text
from tests.core.laws import LAWS, Law
from tests.strategies import TEXTS, operations

SOAK_CASES: Final = int(os.environ.get("OT_SOAK_CASES", "100_000"))
SEED: Final = int(os.environ.get("OT_SEED", "1_000_000"))

every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)


class Drawn:
    """Hypothesis as a source: each draw is printed with the failure, and shrinks."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def text(self) -> str:
        return self._data.draw(TEXTS, "text")

    def operation(self, length: int) -> Operation:
        return self._data.draw(operations(length), "operation")

    def number(self, least: int, most: int) -> int:
        return self._data.draw(st.integers(least, most), "number")


class Seeded:
    """One seed as a source."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.drawn: list[object] = []

    def text(self) -> str:
        text = random_text(self._random, 5)
        self.drawn.append(text)
        return text

    def operation(self, length: int) -> Operation:
        operation = random_operation(self._random, length)
        self.drawn.append(operation)
        return operation

    def number(self, least: int, most: int) -> int:
        number = self._random.randint(least, most)
        self.drawn.append(number)
        return number


def check(law: Law, seed: int) -> None:
    source = Seeded(seed)
    try:
        law(source)
    except Exception as error:
        error.add_note(f"replay it with check({law.__name__}, {seed}): {source.drawn}")
        raise


@every_law
@given(st.data())
def test_it_holds_whatever_hypothesis_finds(law: Law, data: st.DataObject) -> None:
    law(Drawn(data))


@every_law
def test_it_holds_in_1_000_random_cases(law: Law) -> None:
    for seed in range(1_000):
        check(law, seed)


@pytest.mark.soak
@every_law
def test_it_holds_in_a_great_many_random_cases(law: Law) -> None:
    for seed in range(SEED, SEED + SOAK_CASES):
        check(law, seed)

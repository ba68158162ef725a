"""Offers: what was given back, moved with the text, and put back only once."""

from __future__ import annotations

from random import Random

import pytest

from ot_client.offers import Offers, without_what_stands
from ot_core import Component, Operation
from tests.core.cases import LETTERS, random_operation


@pytest.mark.parametrize(
    ("operation", "text", "left"),
    [
        (["ab", 2], "xy", ["ab", 2]),
        (["ab", 4], "abxy", [4]),
        ([2, "ab", 2], "abxy", [4]),
        ([2, "ab", 2, "c"], "xyzw", [2, "ab", 2, "c"]),
        ([2, "ab", 2, "c"], "xyab", [4, "c"]),
        ([-2, "ab"], "ab", [-2, "ab"]),
        ([1, "é😀", 2], "xé😀", [3]),
    ],
)
def test_what_stands_at_its_place_is_not_put_there_again(
    operation: list[Component], text: str, left: list[Component]
) -> None:
    assert without_what_stands(Operation(operation), text) == Operation(left)


@pytest.mark.parametrize("seed", range(300))
def test_who_puts_back_second_changes_nothing(seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choices(LETTERS, k=random.randint(0, 12)))
    place = random.randint(0, len(text))
    offers = Offers()
    offers.add("one", Operation.replace(len(text), place, place, "new words"))
    for _ in range(random.randint(0, 3)):
        change = random_operation(random, len(text))
        offers.move(change)
        text = change.apply(text)
    theirs = offers.all(text)["one"]
    offers.move(theirs)
    assert offers.all(theirs.apply(text))["one"].is_noop


def test_the_oldest_of_many_is_let_go_of() -> None:
    offers = Offers()
    for number in range(25):
        offers.add(str(number), Operation([3]))
    assert list(offers.all("abc")) == [str(number) for number in range(5, 25)]
    offers.dismiss("7")
    assert "7" not in offers.all("abc")

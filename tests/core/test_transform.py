"""`transform`, `transform_index` and `Selection`: the ties, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given

from ot_core import (
    Component,
    InvalidOperation,
    LengthMismatch,
    Operation,
    Selection,
    transform,
    transform_index,
)
from ot_core.components import MAX_LENGTH
from ot_core.transform import _walk
from tests.strategies import Pair, pairs


def test_the_uncommitted_insert_goes_left_of_the_committed() -> None:
    committed, typed = Operation([1, "c", 1]), Operation([1, "t", 1])
    committed_, typed_ = transform(committed, typed)
    assert typed_.apply(committed.apply("()")) == "(tc)"
    assert committed_.apply(typed.apply("()")) == "(tc)"


@pytest.mark.parametrize(
    ("committed", "typed", "text"),
    [
        ([-1, "c"], ["t", 1], "tc"),
        (["c", -1], ["t", 1], "tc"),
        (["c", -1], [1, "t"], "ct"),
        ([-1, "c"], [1, "t"], "tc"),
        ([-1, "c"], [-1, "t"], "tc"),
        (["c", -1], [-1, "t"], "ct"),
        (["c", -1], ["t", -1], "tc"),
    ],
)
def test_a_side_of_deleted_text_is_still_a_side(
    committed: list[Component], typed: list[Component], text: str
) -> None:
    a, b = Operation(committed), Operation(typed)
    _, b_ = transform(a, b)
    assert b_.apply(a.apply("x")) == text


def test_what_both_delete_is_deleted_once() -> None:
    a_, b_ = transform(Operation([1, -3, 1]), Operation([2, -3]))
    assert (a_, b_) == (Operation([1, -1]), Operation([1, -1]))


@given(pairs())
def test_the_short_path_gives_what_the_walk_gives(pair: Pair) -> None:
    for a, b in ((pair.a, pair.b), (pair.b, pair.a)):
        short, walked = transform(a, b), _walk(a, b)
        assert short == walked
        assert list(map(lengths, short)) == list(map(lengths, walked))


@pytest.mark.parametrize("start", range(6))
@pytest.mark.parametrize("stop", range(6))
def test_edits_near_each_other_meet_as_in_the_walk(start: int, stop: int) -> None:
    for text in ("", "x"):
        if start <= stop:
            a = Operation.replace(5, start, stop, text)
            for place in range(6):
                for b in (
                    Operation.replace(5, place, place, "yz"),
                    Operation.replace(5, place, 5, ""),
                ):
                    assert transform(a, b) == _walk(a, b)
                    assert transform(b, a) == _walk(b, a)


def lengths(operation: Operation) -> tuple[int, int]:
    return operation.base_length, operation.target_length


@pytest.mark.parametrize("typed", [["t", MAX_LENGTH - 1], [MAX_LENGTH - 1, "t"]])
def test_what_would_make_a_text_too_long_together_is_refused(typed: list[Component]) -> None:
    with pytest.raises(InvalidOperation):
        transform(Operation(["c", MAX_LENGTH - 1]), Operation(typed))


@pytest.mark.parametrize("index", [-1, 4])
def test_an_index_outside_of_the_text_is_refused(index: int) -> None:
    with pytest.raises(LengthMismatch, match=f"no index {index} in 3 code points"):
        transform_index(Operation([3]), index)


def test_an_index_stays_left_of_what_is_inserted_at_it() -> None:
    operation = Operation([1, "xy", 1])
    assert [transform_index(operation, index) for index in range(3)] == [0, 1, 4]


def test_a_selection_keeps_its_direction() -> None:
    assert Selection(3, 1).transform(Operation(["ab", 3])) == Selection(5, 3)


def test_a_selection_whose_text_is_deleted_is_a_caret_at_the_deletion() -> None:
    assert Selection(1, 3).transform(Operation([1, -2, 1])) == Selection(1, 1)


def test_a_selection_outside_of_the_text_is_refused() -> None:
    with pytest.raises(LengthMismatch):
        Selection(0, 4).transform(Operation([3]))

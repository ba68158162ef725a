"""`Operation`: what it accepts, what it refuses, and what it costs."""

from __future__ import annotations

import copy
import json
import pickle
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ot_core import (
    AwaitingConfirm,
    InvalidOperation,
    LengthMismatch,
    Operation,
    Selection,
    transform,
)
from ot_core.components import MAX_LENGTH, merged
from tests.strategies import INSERTS, Pair, pairs


def test_lengths_are_those_of_the_text_before_and_after() -> None:
    operation = Operation([2, "😀é", -3, 1])
    assert (operation.base_length, operation.target_length) == (6, 5)


def test_neighbours_of_one_kind_are_merged() -> None:
    operation = Operation([1, 2, "a", "b", -1, -2, "c", 4, 1])
    assert operation.components == (3, "ab", -3, "c", 5)


def test_inserts_and_deletes_keep_their_order() -> None:
    assert Operation(["x", -1]) != Operation([-1, "x"])
    assert Operation([-1, "x", -1]).components == (-1, "x", -1)


def test_equal_components_make_equal_operations() -> None:
    assert Operation([1, "a"]) == Operation([1, "a"])
    assert hash(Operation([1, "a"])) == hash(Operation([1, "a"]))
    assert Operation([1]) != Operation([2])
    assert Operation([1]) != [1]


def test_different_operations_seldom_share_a_hash() -> None:
    assert len({hash(Operation([1, text])) for text in map(str, range(1000))}) > 990


def test_its_repr_makes_it_again() -> None:
    operation = Operation([1, "a'\n", -2])
    assert eval(repr(operation)) == operation


@pytest.mark.parametrize(
    "value",
    [Operation([1, "a", -2]), Operation(), Selection(1, 2), AwaitingConfirm(Operation([1, "a"]))],
)
def test_values_can_be_copied_and_pickled(value: object) -> None:
    for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert hash(twin) == hash(value)


def test_a_copied_operation_has_its_lengths() -> None:
    twin = pickle.loads(pickle.dumps(Operation([1, "ab", -2])))
    assert (twin.base_length, twin.target_length) == (3, 3)


def test_an_operation_has_no_room_for_more() -> None:
    with pytest.raises(AttributeError):
        Operation().note = "no"  # type: ignore[attr-defined]


@pytest.mark.parametrize("operation", [Operation(), Operation([5]), Operation.noop(0)])
def test_a_no_op_only_retains(operation: Operation) -> None:
    assert operation.is_noop


@pytest.mark.parametrize("components", [["a"], [-1], [1, "a"], ["a", -1]])
def test_what_inserts_or_deletes_is_no_no_op(components: list[int | str]) -> None:
    assert not Operation(components).is_noop


def test_a_replacement_deletes_and_then_inserts() -> None:
    assert Operation.replace(5, 1, 3, "x").components == (1, -2, "x", 2)
    assert Operation.replace(5, 5, 5, "x").components == (5, "x")
    assert Operation.replace(5, 0, 5, "").components == (-5,)
    assert Operation.replace(0, 0, 0, "").components == ()


@pytest.mark.parametrize(("start", "stop"), [(-1, 0), (2, 1), (0, 6), (6, 6)])
def test_a_range_outside_of_the_text_cant_be_replaced(start: int, stop: int) -> None:
    with pytest.raises(InvalidOperation, match="in 5 code points"):
        Operation.replace(5, start, stop, "x")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Operation([3]).apply("four"), "on 3 code points can't follow 4 of them"),
        (lambda: Operation([3]).invert("to"), "on 3 code points can't follow 2 of them"),
        (
            lambda: Operation([3]).compose(Operation([4])),
            "on 4 code points can't follow 3 of them",
        ),
        (
            lambda: transform(Operation([3]), Operation([4])),
            "operations on 3 and on 4 code points are not concurrent",
        ),
    ],
)
def test_lengths_that_dont_agree_are_refused(call: Any, message: str) -> None:
    with pytest.raises(LengthMismatch, match=f"{message}$"):
        call()


@pytest.mark.parametrize("edge", [MAX_LENGTH, -MAX_LENGTH])
def test_the_longest_text_is_two_gibi_less_one(edge: int) -> None:
    assert Operation([edge]).components == (edge,)
    with pytest.raises(InvalidOperation):
        Operation([edge, 1 if edge > 0 else -1])
    with pytest.raises(InvalidOperation):
        Operation([edge + (1 if edge > 0 else -1)])


def test_the_engine_takes_what_the_wire_does_not() -> None:
    assert Operation(["a\r\n\0"]).apply("") == "a\r\n\0"
    message = r"^an insert holds U\+0000 or a carriage return$"
    for text in ("a\r\n", "a\0"):
        with pytest.raises(InvalidOperation, match=message):
            Operation.from_wire([1, text])


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ("[1]", "an operation is an array, not str"),
        ({"0": 1}, "an operation is an array, not dict"),
        ([1, None], "a component is an int or a str, not NoneType"),
        ([True], "a component is an int or a str, not bool"),
        ([1.0], "a component is an int or a str, not float"),
        ([0], "a component of 0 does nothing"),
        ([1, ""], "an empty insert does nothing"),
        (["a\ud800"], "an insert holds a lone surrogate"),
        ([2**31], "a component is beyond 2147483647 code points"),
        ([-(2**31)], "a component is beyond 2147483647 code points"),
        ([2**31 - 1, "a"], "an operation spans more than 2147483647 code points"),
        ([2**31 - 1, 1], "an operation spans more than 2147483647 code points"),
    ],
)
def test_an_invalid_operation_is_refused_with_what_is_wrong(wire: object, message: str) -> None:
    with pytest.raises(InvalidOperation, match=f"^{message}$"):
        Operation.from_wire(wire)


def test_a_str_of_another_class_is_no_insert() -> None:
    class Sneaky(str):
        def __len__(self) -> int:
            return 7

    with pytest.raises(InvalidOperation, match="not Sneaky"):
        Operation([Sneaky("a")])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 3)
    | st.floats()
    | st.text(st.characters(), max_size=3)
    | st.sampled_from(["", "\0", "\r\n", "\ud800", "😀", 2**31, -(2**31), 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@given(JSON | st.lists(JSON, max_size=5))
def test_whatever_comes_by_wire_is_an_operation_or_invalid(value: object) -> None:
    with suppress(InvalidOperation):
        operation = Operation.from_wire(value)
        assert Operation.from_wire(json.loads(json.dumps(operation.to_wire()))) == operation
        assert max(operation.base_length, operation.target_length) <= MAX_LENGTH
        with suppress(LengthMismatch):
            operation.apply("abc").encode()


COMPACT = st.lists(
    st.sampled_from([*"0123=-+aé😀", "10", "2147483647", "\ud800"]),
).map("".join)


@given(COMPACT | JSON)
def test_whatever_is_read_as_compact_is_the_one_form_of_an_operation(value: object) -> None:
    with suppress(InvalidOperation):
        operation = Operation.from_compact(value)
        assert operation.to_compact() == value
        assert max(operation.base_length, operation.target_length) <= MAX_LENGTH


@given(st.lists(INSERTS | st.sampled_from([1, -1, 2])))
def test_a_merged_run_says_the_same_in_the_fewest_components(components: list[int | str]) -> None:
    run = merged(components)
    kinds = [(type(c), isinstance(c, int) and c > 0) for c in run]
    assert all(left != right for left, right in pairwise(kinds))
    assert as_steps(run) == as_steps(components)


def as_steps(components: list[int | str]) -> list[int | str]:
    """Return a run with every component cut into steps of one code point."""
    steps: list[int | str] = []
    for component in components:
        if isinstance(component, str):
            steps += component
        else:
            steps += [1 if component > 0 else -1] * abs(component)
    return steps


@given(pairs())
def test_an_operation_is_never_changed(pair: Pair) -> None:
    before = (pair.a.components, pair.b.components)
    a_, _ = transform(pair.a, pair.b)
    pair.b.compose(a_)
    pair.a.invert(pair.text)
    pair.a.to_wire().append(1)
    assert (pair.a.components, pair.b.components) == before

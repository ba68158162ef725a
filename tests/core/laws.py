"""The laws of the engine, 1 to 6, each stated once; their numbers are those of ``docs/theory.md``.

A law draws its examples from a `Source` and asserts what must be true of them.  Hypothesis,
a seeded generator and the fuzzer are sources, so all three check every law.  Law 7, that
replicas converge over any delivery, is ``test_simulation.py``.

How examples are made, and how many, is decided elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from typing import Final, Protocol

from ot_core import (
    Component,
    InvalidOperation,
    Operation,
    Selection,
    transform,
    transform_index,
)

__all__ = ["LAWS", "Law", "Source", "is_for_the_wire"]


class Source(Protocol):
    """Where the examples of a law come from."""

    def text(self) -> str:
        """A text of Unicode scalar values."""

    def operation(self, length: int) -> Operation:
        """An operation on `length` code points, inserts and deletes in any order."""

    def number(self, least: int, most: int) -> int:
        """A whole number, ``least <= number <= most``."""


Law = Callable[[Source], None]

LAWS: Final[list[Law]] = []


def law(statement: Law) -> Law:
    LAWS.append(statement)
    return statement


@law
def law_1_concurrent_operations_converge(source: Source) -> None:
    text = source.text()
    a, b = source.operation(len(text)), source.operation(len(text))
    a_, b_ = transform(a, b)
    assert b_.apply(a.apply(text)) == a_.apply(b.apply(text))


@law
def law_2_a_composition_does_what_its_parts_do(source: Source) -> None:
    text = source.text()
    a, b = chain(source, len(text), 2)
    assert a.compose(b).apply(text) == b.apply(a.apply(text))


@law
def law_2_composition_is_associative_in_components(source: Source) -> None:
    a, b, c = chain(source, source.number(0, 12), 3)
    assert a.compose(b).compose(c) == a.compose(b.compose(c))


@law
def law_2_a_no_op_is_neutral_on_either_side(source: Source) -> None:
    a = source.operation(source.number(0, 12))
    assert Operation.noop(a.base_length).compose(a) == a
    assert a.compose(Operation.noop(a.target_length)) == a


@law
def law_3_an_inverse_takes_the_operation_back(source: Source) -> None:
    text = source.text()
    a = source.operation(len(text))
    after = a.apply(text)
    inverse = a.invert(text)
    assert inverse.apply(after) == text
    assert inverse.invert(after).apply(text) == after


@law
def law_4_the_uncommitted_meets_a_composition_as_it_meets_the_parts(source: Source) -> None:
    text = source.text()
    committed = chain(source, len(text), source.number(2, 5))
    composed = reduce(Operation.compose, committed)
    c = uncommitted = source.operation(len(text))
    shown = uncommitted.apply(text)
    for operation in committed:
        operation_, c = transform(operation, c)
        shown = operation_.apply(shown)
    composed_, c_at_once = transform(composed, uncommitted)
    assert c_at_once == c, "the uncommitted side, in components"
    assert composed_.apply(uncommitted.apply(text)) == shown, "the committed side, in effect"


@law
def law_5_nothing_over_something_is_nothing(source: Source) -> None:
    a = source.operation(source.number(0, 12))
    noop = Operation.noop(a.base_length)
    assert transform(noop, a) == transform(a, noop)[::-1] == (Operation.noop(a.target_length), a)


@law
def law_5_lengths_always_agree(source: Source) -> None:
    text = source.text()
    a, b = source.operation(len(text)), source.operation(len(text))
    a_, b_ = transform(a, b)
    for operation in (a, b, a_, b_, a.compose(b_), b.compose(a_), a.invert(text)):
        # The constructor counts the lengths and merges the components again.
        anew = Operation(operation.components)
        assert anew == operation
        assert anew.base_length == operation.base_length
        assert anew.target_length == operation.target_length
    assert (b_.base_length, a_.base_length) == (a.target_length, b.target_length)
    assert a_.target_length == b_.target_length == len(b_.apply(a.apply(text)))


@law
def law_5_json_there_and_back_is_the_same_operation(source: Source) -> None:
    a = source.operation(source.number(0, 12))
    received = json.loads(json.dumps(a.to_wire()))
    assert Operation(received) == a
    expected = a if all(map(is_for_the_wire, a.components)) else None
    assert read(Operation.from_wire, received) == expected


@law
def law_5_the_compact_form_there_and_back_is_the_same_operation(source: Source) -> None:
    a = source.operation(source.number(0, 12))
    compact = a.to_compact()
    expected = a if all(map(is_for_the_wire, a.components)) else None
    assert read(Operation.from_compact, compact) == expected
    if all(len(component) < 100 for component in a.components if isinstance(component, str)):
        shortest = json.dumps(a.to_wire(), separators=(",", ":"), ensure_ascii=False)
        assert len(compact) < len(shortest)


@law
def law_6_an_index_moves_as_a_caret_that_types_there_would(source: Source) -> None:
    length = source.number(0, 12)
    a, index = source.operation(length), source.number(0, length)
    _, caret_ = transform(a, Operation.replace(length, index, index, "|"))
    moved = transform_index(a, index)
    assert caret_ == Operation.replace(a.target_length, moved, moved, "|")


@law
def law_6_indexes_keep_their_order(source: Source) -> None:
    length = source.number(0, 12)
    a = source.operation(length)
    moved = [transform_index(a, index) for index in range(length + 1)]
    assert moved == sorted(moved)
    assert 0 <= moved[0] <= moved[-1] <= a.target_length


@law
def law_6_inside_deleted_text_an_index_goes_to_the_deletions_start(source: Source) -> None:
    length = source.number(0, 12)
    start = source.number(0, length)
    stop = source.number(start, length)
    inside = source.number(start, stop)
    assert transform_index(Operation.replace(length, start, stop, ""), inside) == start


@law
def law_6_a_selection_moves_by_its_ends(source: Source) -> None:
    length = source.number(0, 12)
    a, anchor, head = source.operation(length), source.number(0, length), source.number(0, length)
    moved = Selection(anchor, head).transform(a)
    assert moved == Selection(transform_index(a, anchor), transform_index(a, head))


def chain(source: Source, length: int, count: int) -> list[Operation]:
    """Return operations that follow each other; the first is on `length` code points."""
    operations: list[Operation] = []
    for _ in range(count):
        operations.append(source.operation(length))
        length = operations[-1].target_length
    return operations


def is_for_the_wire(component: Component) -> bool:
    """Return whether `from_wire` accepts a component that the constructor accepts."""
    return isinstance(component, int) or ("\0" not in component and "\r" not in component)


def read(form: Callable[[object], Operation], untrusted: object) -> Operation | None:
    try:
        return form(untrusted)
    except InvalidOperation:
        return None

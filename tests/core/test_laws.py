"""The laws of the engine, as properties; their numbers are those of ``docs/theory.md``.

Law 7, that replicas converge over any delivery, is ``test_simulation.py``.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ot_core import InvalidOperation, Operation, Selection, transform, transform_index
from tests.strategies import Chain, Pair, chains, operations, pairs


@given(pairs())
def test_law_1_concurrent_operations_converge(pair: Pair) -> None:
    a_, b_ = transform(pair.a, pair.b)
    assert b_.apply(pair.a.apply(pair.text)) == a_.apply(pair.b.apply(pair.text))


@given(chains(2, 2))
def test_law_2_a_composition_does_what_its_parts_do(chain: Chain) -> None:
    a, b = chain.operations
    assert a.compose(b).apply(chain.text) == b.apply(a.apply(chain.text))


@given(chains(3, 3))
def test_law_2_composition_is_associative_in_components(chain: Chain) -> None:
    a, b, c = chain.operations
    assert a.compose(b).compose(c) == a.compose(b.compose(c))


@given(chains(1, 1))
def test_law_2_a_no_op_is_neutral_on_either_side(chain: Chain) -> None:
    (a,) = chain.operations
    assert Operation.noop(a.base_length).compose(a) == a
    assert a.compose(Operation.noop(a.target_length)) == a


@given(chains(1, 1))
def test_law_3_an_inverse_takes_the_operation_back(chain: Chain) -> None:
    (a,) = chain.operations
    inverse = a.invert(chain.text)
    assert inverse.apply(a.apply(chain.text)) == chain.text
    assert inverse.invert(a.apply(chain.text)).apply(chain.text) == a.apply(chain.text)


@given(chains(2, 5), st.data())
def test_law_4_the_uncommitted_meets_a_composition_as_it_meets_the_parts(
    chain: Chain, data: st.DataObject
) -> None:
    composed = chain.operations[0]
    for operation in chain.operations[1:]:
        composed = composed.compose(operation)
    c = uncommitted = data.draw(operations(len(chain.text)))
    text = c.apply(chain.text)
    for operation in chain.operations:
        shown, c = transform(operation, c)
        text = shown.apply(text)
    composed_, uncommitted_ = transform(composed, uncommitted)
    assert uncommitted_ == c
    assert composed_.apply(uncommitted.apply(chain.text)) == text


@given(pairs())
def test_law_5_nothing_over_something_is_nothing(pair: Pair) -> None:
    noop = Operation.noop(len(pair.text))
    noop_, a = transform(noop, pair.a)
    assert noop_.is_noop
    assert a == pair.a
    a, noop_ = transform(pair.a, noop)
    assert noop_.is_noop
    assert a == pair.a


@given(pairs())
def test_law_5_lengths_always_agree(pair: Pair) -> None:
    a, b = pair.a, pair.b
    a_, b_ = transform(a, b)
    for operation in (a, b, a_, b_, a.compose(b_), b.compose(a_), a.invert(pair.text)):
        # Built anew, an operation counts its own lengths and merges its own components.
        assert Operation(operation.components) == operation
        assert Operation(operation.components).base_length == operation.base_length
        assert Operation(operation.components).target_length == operation.target_length
    assert (b_.base_length, a_.base_length) == (a.target_length, b.target_length)
    assert a_.target_length == b_.target_length == len(b_.apply(a.apply(pair.text)))


@given(chains(1, 1))
def test_law_5_json_there_and_back_is_the_same_operation(chain: Chain) -> None:
    (a,) = chain.operations
    received = json.loads(json.dumps(a.to_wire()))
    assert Operation(received) == a
    if any(isinstance(c, str) and ("\r" in c or "\0" in c) for c in a.components):
        try:
            Operation.from_wire(received)
        except InvalidOperation:
            return
        raise AssertionError("U+0000 and carriage returns are not for the wire")
    assert Operation.from_wire(received) == a


@given(chains(1, 1))
def test_law_5_the_compact_form_there_and_back_is_the_same_operation(chain: Chain) -> None:
    (a,) = chain.operations
    compact = a.to_compact()
    if any(isinstance(c, str) and ("\r" in c or "\0" in c) for c in a.components):
        with pytest.raises(InvalidOperation):
            Operation.from_compact(compact)
    else:
        assert Operation.from_compact(compact) == a
        shortest = json.dumps(a.to_wire(), separators=(",", ":"), ensure_ascii=False)
        assert len(compact) < len(shortest)  # no insert here is longer than 99 code points


@given(chains(1, 1), st.data())
def test_law_6_an_index_moves_as_a_caret_that_types_there_would(
    chain: Chain, data: st.DataObject
) -> None:
    (a,) = chain.operations
    index = data.draw(st.integers(0, len(chain.text)))
    caret = Operation.replace(len(chain.text), index, index, "|")
    _, caret_ = transform(a, caret)
    moved = transform_index(a, index)
    assert caret_ == Operation.replace(a.target_length, moved, moved, "|")


@given(chains(1, 1))
def test_law_6_indexes_keep_their_order(chain: Chain) -> None:
    (a,) = chain.operations
    moved = [transform_index(a, index) for index in range(len(chain.text) + 1)]
    assert moved == sorted(moved)
    assert 0 <= moved[0] <= moved[-1] <= a.target_length


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.data())
def test_law_6_inside_deleted_text_an_index_goes_to_the_deletions_start(
    before: int, deleted: int, after: int, data: st.DataObject
) -> None:
    a = Operation.replace(before + deleted + after, before, before + deleted, "")
    inside = data.draw(st.integers(before, before + deleted))
    assert transform_index(a, inside) == before


@given(chains(1, 1), st.data())
def test_law_6_a_selection_moves_by_its_ends(chain: Chain, data: st.DataObject) -> None:
    (a,) = chain.operations
    ends = st.integers(0, len(chain.text))
    anchor, head = data.draw(ends), data.draw(ends)
    moved = Selection(anchor, head).transform(a)
    assert moved == Selection(transform_index(a, anchor), transform_index(a, head))

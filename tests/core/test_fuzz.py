"""A short run of the fuzz target; ``make soak`` has the long one, guided by coverage."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ot_core import InvalidOperation, Operation, transform
from ot_core.components import MAX_LENGTH
from tests.core.fuzz_targets import TARGETS, check


@settings(max_examples=1_000)
@given(st.binary(max_size=120))
def test_no_bytes_make_the_engine_break_a_promise(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("target", range(len(TARGETS)), ids=lambda n: TARGETS[n].__name__)
def test_no_random_bytes_make_the_engine_break_a_promise(target: int) -> None:
    random = Random(target)
    for _ in range(300):
        check(bytes([target]) + random.randbytes(random.randint(0, 400)))


# --- what the long run has found --------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(["ab", MAX_LENGTH - 3], [MAX_LENGTH - 3, "cd"], id="apart"),
        pytest.param(["ab", MAX_LENGTH - 3], ["cd", MAX_LENGTH - 3], id="at one place"),
    ],
)
def test_two_operations_that_make_too_long_a_text_together_are_refused(
    a: list[int | str], b: list[int | str]
) -> None:
    with pytest.raises(InvalidOperation, match="spans more"):
        transform(Operation(a), Operation(b))
    a_, _ = transform(Operation(a), Operation(["c", MAX_LENGTH - 3]))
    assert a_.target_length == MAX_LENGTH

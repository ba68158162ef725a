"""`diff`: it gets there, it keeps what is common, and it can't be made slow."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given

from ot_core import InvalidOperation, Operation
from ot_core.diff import DEEPEST, _matches, diff
from tests.core.cases import random_edit
from tests.strategies import TEXTS


def changed(operation: Operation) -> int:
    """Return how many code points an operation inserts and deletes."""
    return sum(len(c) if isinstance(c, str) else max(-c, 0) for c in operation.components)


def retained(operation: Operation) -> int:
    return sum(c for c in operation.components if isinstance(c, int) and c > 0)


@given(TEXTS, TEXTS)
def test_it_turns_old_into_new(old: str, new: str) -> None:
    operation = diff(old, new)
    assert operation.apply(old) == new
    assert operation.is_noop is (old == new)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_common_ends_are_kept(head: str, old: str, new: str, tail: str) -> None:
    operation = diff(f"{head}\n{old}\n{tail}", f"{head}\n{new}\n{tail}")
    assert retained(operation) >= len(head) + 2 + len(tail)


def test_common_ends_may_share_a_line() -> None:
    assert diff("let x = 1;", "let y = 1;") == Operation([4, -1, "y", 5])
    assert diff("aaa", "aa") == Operation([2, -1])
    assert diff("abab", "ab") == Operation([2, -2])


def test_a_moved_line_is_deleted_here_and_inserted_there() -> None:
    lines = [f"line number {number}\n" for number in range(200)]
    moved = [*lines[:20], *lines[21:150], lines[20], *lines[150:]]
    operation = diff("".join(lines), "".join(moved))
    assert operation.apply("".join(lines)) == "".join(moved)
    assert changed(operation) == 2 * len(lines[20])


def test_swapped_halves_keep_one_of_them() -> None:
    first = [f"first {number}\n" for number in range(50)]
    second = [f"second {number}\n" for number in range(80)]
    operation = diff("".join(first + second), "".join(second + first))
    assert changed(operation) == 2 * len("".join(first))


def test_scattered_edits_cost_no_more_than_the_lines_they_touch() -> None:
    random = Random(11)
    old = new = "".join(f"{number:3}: {random.random():.15f}\n" for number in range(1000))
    for _ in range(20):
        new = random_edit(random, len(new)).apply(new)
    operation = diff(old, new)
    assert operation.apply(old) == new
    in_two_lines_of_both_texts = 4 * len("123: 0.123456789012345\n")
    assert 20 <= changed(operation) <= 20 * in_two_lines_of_both_texts


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_and_repeated_lines_come_out_right(seed: int) -> None:
    random = Random(seed)
    lines = [f"{'x' * random.randint(0, 3)}\n" for _ in range(4)] + ["unique 😀\n", "e\u0301\r\n"]
    old = "".join(random.choices(lines, k=60))
    new = "".join(random.choices(lines, k=60))
    assert diff(old, new).apply(old) == new


def nested_in_gaps(count: int) -> tuple[str, str]:
    """Return texts of which each anchor shows only when the one before it is found."""
    old = "".join(f"c{number + 1}\nc{number}\n" for number in range(count))
    new = "".join(f"y{number}\nc{number}\n" for number in range(count))
    return old, new


class Lines(Sequence[str]):
    """The lines of a text, and how often one has been looked at."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.looks = 0

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, where: Any) -> Any:
        self.looks += 1
        return self.lines[where]


def test_no_pair_of_texts_makes_it_quadratic() -> None:
    for count in (500, 2000):
        old, new = nested_in_gaps(count)
        assert diff(old, new).apply(old) == new
        old_lines, new_lines = Lines(old), Lines(new)
        assert sum(1 for _ in _matches(old_lines, new_lines)) > 1
        assert old_lines.looks + new_lines.looks <= 6 * DEEPEST * (len(old_lines) + len(new_lines))


def test_a_lone_surrogate_is_refused_where_the_texts_differ() -> None:
    with pytest.raises(InvalidOperation, match="lone surrogate"):
        diff("a", "a\ud800")

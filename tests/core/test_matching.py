"""`matching`: what it finds is equal and in order, and the shortest edit is the shortest."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - its profile says how often a property runs
from ot_core.matching import Budget, Run, common_head, common_tail, joined, matches, shortest

ITEMS = st.lists(st.sampled_from("abcd"), max_size=14)
PLENTY = 1_000_000


def longest_common(old: list[str], new: list[str]) -> int:
    """Return the length of the longest common subsequence, by the textbook algorithm."""
    row = [0] * (len(new) + 1)
    for item in old:
        above, row = row, [0]
        for at, other in enumerate(new):
            row.append(above[at] + 1 if item == other else max(row[at], above[at + 1]))
    return row[-1]


def hold(runs: list[Run], old: list[str], new: list[str]) -> None:
    """Assert that runs are equal, ascend, and don't touch."""
    at = (-1, -1)
    for i, j, count in runs:
        assert count > 0
        assert old[i : i + count] == new[j : j + count]
        assert i >= at[0]
        assert j >= at[1]
        assert (i, j) != at
        at = (i + count, j + count)


@given(ITEMS, ITEMS)
def test_the_shortest_edit_keeps_the_longest_common_subsequence(
    old: list[str], new: list[str]
) -> None:
    runs = joined(shortest(old, new, Budget(PLENTY)))
    hold(runs, old, new)
    assert sum(count for _, _, count in runs) == longest_common(old, new)


@given(ITEMS, ITEMS, st.integers(0, 12))
def test_an_edit_that_is_longer_than_asked_for_is_not_found(
    old: list[str], new: list[str], most: int
) -> None:
    needed = len(old) + len(new) - 2 * longest_common(old, new)
    found = shortest(old, new, Budget(PLENTY), most)
    kept = sum(count for _, _, count in found)
    assert kept == (longest_common(old, new) if needed <= most else 0)


@given(ITEMS, ITEMS, st.integers(0, 120))
def test_no_more_is_spent_than_there_is(old: list[str], new: list[str], steps: int) -> None:
    for search in (matches, shortest):
        budget = Budget(steps)
        runs = joined(search(old, new, budget))
        hold(runs, old, new)
        assert 0 <= budget.left <= steps


@pytest.mark.parametrize("edits", [20, 60, 200])
def test_an_edit_costs_half_the_square_of_its_length(edits: int) -> None:
    rest = [str(number) for number in range(1000)]
    old, new = [*"a" * (edits // 2), *rest], [*"b" * (edits // 2), *rest]
    assert shortest(old, new, Budget(int(1.2 * (edits + 2) ** 2 / 2) + 100))
    assert not shortest(old, new, Budget(int(0.8 * edits**2 / 2)))


@given(ITEMS, ITEMS)
def test_matches_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    hold(matches(old, new, Budget(PLENTY)), old, new)


@given(ITEMS, ITEMS)
def test_without_a_budget_the_common_ends_are_left(old: list[str], new: list[str]) -> None:
    most = min(len(old), len(new))
    head = common_head(old, 0, new, 0, most)
    tail = common_tail(old, len(old), new, len(new), most - head)
    ends = [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
    assert matches(old, new, Budget(0)) == joined(ends)


def test_items_that_are_alone_anchor_those_that_repeat() -> None:
    old, new = list("..a..b...c."), list(".x.a..y.b..c..")
    assert matches(old, new, Budget(PLENTY)) == [
        (0, 0, 1),
        (1, 2, 4),
        (5, 8, 3),
        (9, 11, 1),
        (10, 13, 1),
    ]


def test_an_anchor_is_worth_more_than_many_that_repeat() -> None:
    old, new = list("A......B"), list("B......A")
    assert sum(n for _, _, n in matches(old, new, Budget(PLENTY))) == 1
    assert sum(n for _, _, n in shortest(old, new, Budget(PLENTY))) == 6


def test_small_gaps_are_served_before_large_ones() -> None:
    random = Random(4)
    large = random.choices("ab", k=200), random.choices("ab", k=200)
    old, new = [*large[0], "|", *"xyxy"], [*large[1], "|", *"yxyx"]
    runs = matches(old, new, Budget(700))
    assert sum(count for i, _, count in runs if i > 200) == 3


@pytest.mark.parametrize("count", range(40))
def test_common_ends_are_counted_up_to_what_is_asked_for(count: int) -> None:
    same = "".join(Random(count).choices("ab", k=count))
    assert common_head(f"--{same}c", 2, f"{same}d", 0, count + 1) == count
    assert common_tail(f"c{same}--", count + 1, f"d{same}", count + 1, count + 1) == count
    for most in range(count):
        assert common_head(same, 0, same, 0, most) == most
        assert common_tail(same, count, same, count, most) == most


def test_runs_that_touch_are_joined() -> None:
    assert joined([(4, 5, 2), (0, 0, 3), (3, 3, 1), (9, 9, 0), (7, 7, 1)]) == [
        (0, 0, 4),
        (4, 5, 2),
        (7, 7, 1),
    ]
    assert joined([(6, 7, 1), (4, 5, 2), (8, 8, 1), (7, 9, 1)]) == [(4, 5, 3), (7, 9, 1), (8, 8, 1)]

"""`diff`: it is right, it looks like what a person did, and it can't be made slow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given

from ot_core import Component, InvalidOperation, Operation
from ot_core.diff import STEPS, _kept, diff
from ot_core.matching import Budget
from tests.core.cases import random_edit, random_operation, random_text
from tests.strategies import TEXTS


def changed(operation: Operation) -> int:
    """Return how many code points an operation inserts and deletes."""
    return sum(len(c) if isinstance(c, str) else max(-c, 0) for c in operation.components)


def retained(operation: Operation) -> int:
    return sum(c for c in operation.components if isinstance(c, int) and c > 0)


def words(random: Random, count: int) -> list[str]:
    return ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 9))) for _ in range(count)]


def lines(random: Random, count: int) -> list[str]:
    return [" ".join(words(random, 7)) + "\n" for _ in range(count)]


@given(TEXTS, TEXTS)
def test_it_turns_old_into_new(old: str, new: str) -> None:
    operation = diff(old, new)
    assert operation.apply(old) == new
    assert operation.is_noop is (old == new)
    # `diff` uses `Operation.sound`: check that its components are merged and counted.
    assert operation == Operation(operation.components)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_common_ends_are_kept(head: str, old: str, new: str, tail: str) -> None:
    operation = diff(f"{head}\n{old}\n{tail}", f"{head}\n{new}\n{tail}")
    assert retained(operation) >= len(head) + 2 + len(tail)


@pytest.mark.seeds(30, soak=1000)
def test_it_is_never_larger_than_what_was_done_by_much_nor_than_replacing_all(seed: int) -> None:
    random = Random(seed)
    old = "".join(random_text(random, 12) + "\n" for _ in range(random.randint(0, 6)))
    done = random_operation(random, len(old))
    new = done.apply(old)
    operation = diff(old, new)
    assert operation.apply(old) == new
    assert changed(operation) <= len(old) + len(new)


EDITS: list[tuple[str, str, list[Component]]] = [
    # within a line
    ("let x = 1;", "let y = 1;", [4, -1, "y", 5]),
    ("foo(bar, baz)", "fop(bar, baq)", [2, -1, "p", 8, -1, "q", 1]),
    ("abcdefgh", "aXcdefYh", [1, -1, "X", 4, -1, "Y", 1]),
    ("colour", "color", [4, -1, 1]),
    ("f(x)", "f((x))", [2, "(", 1, ")", 1]),
    ("a b c d e f", "a c d x f g", [2, -2, 4, -1, "x", 2, " g"]),
    # repeated letters and words: at their end
    ("aaa", "aa", [2, -1]),
    ("abab", "ab", [2, -2]),
    ("x", "xx", [1, "x"]),
    # neighbouring lines
    ("int a = 1;\nint b = 2;\n", "int a = 3;\nint b = 4;\n", [8, -1, "3", 10, -1, "4", 2]),
    ("one\ntwo\nthree\n", "one\n2\nthree\n", [4, -3, "2", 7]),
    ("import os\nimport sys\n", "import os\nimport re\nimport sys\n", [10, "import re\n", 11]),
    ("{\n  a,\n  b,\n}\n", "{\n  a,\n  c,\n  b,\n}\n", [7, "  c,\n", 7]),
    ("one\n", "one", [3, -1]),
    # other indentation
    ("a\nb\nc\n", "    a\n    b\n    c\n", ["    ", 2, "    ", 2, "    ", 2]),
    ("  a\n  b\n", "    a\n    b\n", [2, "  ", 4, "  ", 2]),
    ("\t\ta\n\t\tb\n", "\ta\n\tb\n", [1, -1, 3, -1, 2]),
]


@pytest.mark.parametrize(("old", "new", "components"), EDITS)
def test_it_finds_the_edit_that_a_person_made(
    old: str, new: str, components: list[Component]
) -> None:
    assert diff(old, new) == Operation(components)


REWRITTEN: list[tuple[str, str, list[Component]]] = [
    ("Hello World", "Goodbye Moon", [-11, "Goodbye Moon"]),
    ("the old house", "the new cottage", [4, -9, "new cottage"]),
    ("quick the brown", "lazy the green", [-5, "lazy", 5, -5, "green"]),
    ("that it is", "that this is", [5, -2, "this", 3]),
    ("(house)", "(cottage)", [1, -5, "cottage", 1]),
    ("kitten", "sitting", [-1, "s", 3, -2, "ing"]),
    ("alpha\nend", "beta\nend", [-5, "beta", 4]),
    ("alpha beta gamma\nend\n", "one two three four\nend\n", [-16, "one two three four", 5]),
    (
        "a = first(b)\n\nreturn a\n",
        "while some:\n\n    thing += 1\n",
        [-22, "while some:\n\n    thing += 1", 1],
    ),
]


@pytest.mark.parametrize(("old", "new", "components"), REWRITTEN)
def test_what_was_written_anew_is_replaced_in_whole_words(
    old: str, new: str, components: list[Component]
) -> None:
    assert diff(old, new) == Operation(components)


@pytest.mark.parametrize(
    ("head", "tail", "components"),
    [
        ("eightoct", "octeight", [-56, "eightoct" + "y" * 40 + "octeight"]),
        ("nineletre", "octeight", [9, -48, "y" * 40 + "octeight"]),
        ("eightoct", "ninetails", [-48, "eightoct" + "y" * 40, 9]),
    ],
)
def test_of_a_word_that_was_written_anew_only_a_long_end_is_kept(
    head: str, tail: str, components: list[Component]
) -> None:
    assert diff(head + "x" * 40 + tail, head + "y" * 40 + tail) == Operation(components)


@pytest.mark.parametrize("short", range(4))
def test_a_word_stays_unless_twice_as_much_was_replaced_on_either_side(short: int) -> None:
    lengths = [8, 8, 8, 8]

    def is_kept() -> bool:
        a, b, c, d = (letter * (n - 1) for letter, n in zip("abcd", lengths, strict=True))
        old, new = f"{a} mid {b} ", f"{c} mid {d} "
        return retained(diff(old, new)) >= 4

    assert not is_kept()
    lengths[short] -= 1
    assert is_kept()


@pytest.mark.parametrize(("count", "is_kept"), [(7, False), (8, True)])
def test_more_than_eight_letters_are_never_equal_by_chance(count: int, is_kept: bool) -> None:
    middle = "m" * count + " "
    old, new = f"{'a' * 40} {middle}{'b' * 40}", f"{'c' * 40} {middle}{'d' * 40}"
    assert (retained(diff(old, new)) > count) == is_kept


def test_a_single_letter_stays_where_all_around_it_was_deleted_or_inserted() -> None:
    assert diff("bab", "a") == Operation([-1, 1, -1])
    assert diff("a", "bab") == Operation(["b", 1, "b"])


@pytest.mark.seeds(30, soak=1000)
def test_two_letters_on_neighbouring_lines_are_two_small_edits(seed: int) -> None:
    random = Random(seed)
    text = lines(random, 20)
    at = random.randint(0, 18)
    new = list(text)
    for line in (at, at + 1):
        column = random.randrange(len(text[line]) - 1)
        new[line] = text[line][:column] + "#" + text[line][column + 1 :]
    assert changed(diff("".join(text), "".join(new))) == 4


@pytest.mark.seeds(30, soak=1000)
def test_two_edits_in_one_line_keep_what_lies_between(seed: int) -> None:
    random = Random(seed)
    line = " ".join(words(random, 12))
    first, second = random.randint(0, 10), random.randint(20, len(line) - 1)
    new = f"{line[:first]}#{line[first:second]}#{line[second + 1 :]}"
    assert changed(diff(line, new)) == 3


def test_a_moved_line_is_deleted_here_and_inserted_there() -> None:
    text = [f"line number {number}\n" for number in range(200)]
    moved = [*text[:20], *text[21:150], text[20], *text[150:]]
    assert changed(diff("".join(text), "".join(moved))) == 2 * len(text[20])


def test_swapped_halves_keep_one_of_them() -> None:
    first = [f"first {number}\n" for number in range(50)]
    second = [f"second {number}\n" for number in range(80)]
    operation = diff("".join(first + second), "".join(second + first))
    assert changed(operation) == 2 * len("".join(first))


def test_a_block_that_is_indented_is_kept() -> None:
    text = lines(Random(3), 300)
    indented = [*text[:50], *(f"    {line}" for line in text[50:250]), *text[250:]]
    operation = diff("".join(text), "".join(indented))
    assert operation.components.count("    ") == 200
    assert changed(operation) == 200 * 4


def test_lines_that_repeat_are_told_apart_by_their_neighbours() -> None:
    random = Random(7)
    body = random.choices(["    }\n", "\n", "    return x\n", "if a:\n", "run(a, b)\n"], k=2000)
    new = list(body)
    for at in sorted(random.sample(range(2000), 40), reverse=True):
        new[at : at + 1] = random.choice(([], ["fresh()\n", body[at]], ["other()\n"]))
    operation = diff("".join(body), "".join(new))
    assert operation.apply("".join(body)) == "".join(new)
    assert changed(operation) <= 40 * 2 * len("    return x\n")


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_and_repeated_lines_come_out_right(seed: int) -> None:
    random = Random(seed)
    some = [f"{'x' * random.randint(0, 3)}\n" for _ in range(4)] + ["unique 😀\n", "e\u0301\r\n"]
    old = "".join(random.choices(some, k=60))
    new = "".join(random.choices(some, k=60))
    assert diff(old, new).apply(old) == new


def test_fifty_edits_in_ten_thousand_lines_cost_little_more_than_they_did() -> None:
    random = Random(11)
    old = new = "".join(lines(random, 10_000))
    done = 0
    for _ in range(50):
        edit = random_edit(random, len(new))
        done += changed(edit)
        new = edit.apply(new)
    operation = diff(old, new)
    assert operation.apply(old) == new
    # Here and there a letter more: one of a run of equal ones, or two edits in one word.
    assert done / 2 <= changed(operation) <= 1.2 * done


def test_fifty_edits_in_a_line_of_a_hundred_thousand_words() -> None:
    random = Random(12)
    old = new = " ".join(words(random, 100_000))
    for _ in range(50):
        at = random.randrange(len(new))
        new = f"{new[:at]}#{new[at + 1 :]}"
    assert changed(diff(old, new)) <= 110


def unlike_words(size: int) -> tuple[str, str]:
    random = Random(1)
    return " ".join(words(random, size // 6)), " ".join(words(random, size // 6))


def unlike_lines(size: int) -> tuple[str, str]:
    random = Random(2)
    few = [f"{letter}\n" for letter in "abcdefghij"]
    return "".join(random.choices(few, k=size // 2)), "".join(random.choices(few, k=size // 2))


def unlike_letters(size: int) -> tuple[str, str]:
    random = Random(3)
    return "".join(random.choices("ab", k=size)), "".join(random.choices("ab", k=size))


def half_of_them_more(size: int) -> tuple[str, str]:
    return "a" * size, "ab" * (size // 2)


def every_second_word(size: int) -> tuple[str, str]:
    old = words(Random(4), size // 6)
    return " ".join(old), " ".join(word[::-1] if at % 2 else word for at, word in enumerate(old))


def nested_in_gaps(size: int) -> tuple[str, str]:
    """Return texts in which each anchor is only found after the one before it."""
    old = "".join(f"c{number + 1}\nc{number}\n" for number in range(size // 8))
    new = "".join(f"y{number}\nc{number}\n" for number in range(size // 8))
    return old, new


def lines_run(function: Callable[[], object]) -> int:
    """Count the lines of the engine that a call runs; in the compiled build, none are seen."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "ot_core" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


UNLIKE = [
    unlike_words,
    unlike_lines,
    unlike_letters,
    half_of_them_more,
    every_second_word,
    nested_in_gaps,
]
LINES_A_STEP = 10


@pytest.mark.parametrize("texts", UNLIKE)
def test_no_pair_of_texts_makes_it_do_more_than_its_budget(
    texts: Callable[[int], tuple[str, str]],
) -> None:
    old, new = texts(20_000)
    budget = Budget(20_000)
    count = lines_run(lambda: _kept(old, new, budget))
    assert budget.left >= 0
    assert count <= LINES_A_STEP * (20_000 + len(old) + len(new))


@pytest.mark.parametrize("steps", [*range(0, 400, 9), *range(400, 4000, 200)])
def test_with_any_budget_what_is_kept_is_equal_and_in_order(steps: int) -> None:
    random = Random(steps)
    old = "".join(lines(random, 12))
    new = random_operation(random, len(old)).apply(old)
    old_at = new_at = 0
    for i, j, count in _kept(old, new, Budget(steps)):
        assert i >= old_at
        assert j >= new_at
        assert old[i : i + count] == new[j : j + count]
        old_at, new_at = i + count, j + count
    assert old_at <= len(old)
    assert new_at <= len(new)


def test_the_budget_of_a_diff_is_linear_in_the_size_of_its_texts() -> None:
    old, new = unlike_letters(50_000)
    operations: list[Operation] = []
    count = lines_run(lambda: operations.append(diff(old, new)))
    assert operations[0].apply(old) == new
    assert count <= LINES_A_STEP * (STEPS + len(old) + len(new))


def test_a_lone_surrogate_is_refused_where_the_texts_differ() -> None:
    with pytest.raises(InvalidOperation, match="lone surrogate"):
        diff("a", "a\ud800")
    assert diff("a\ud800", "ba\ud800") == Operation(["b", 2])

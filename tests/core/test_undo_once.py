"""`UndoManager`: what others have put in already isn't put in a second time, and stays theirs."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from ot_core import Operation
from tests.core.cases import random_operation
from tests.core.editor import Editor, Table

ORDERS = [[0, 1], [1, 0]]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("text", ["", "that ", "THIS ", "x"])
def test_two_who_delete_or_replace_alike_get_it_once(
    text: str, first: int, order: list[int]
) -> None:
    table = Table("keep this line", people=2)
    table.all_replace(5, 10, text, order)
    assert table.undo(first)
    assert table.text == f"keep this {text}line"
    # Of a deletion nothing is left to take back; of a replacement, what was put in.
    assert table.undo(1 - first) is bool(text)
    assert table.text == "keep this line"
    assert not table.undo(first)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_who_replace_a_word_alike_get_it_once(order: tuple[int, ...]) -> None:
    table = Table("if found:", people=3)
    table.all_replace(3, 8, "got", order)
    for number in order:
        assert table.undo(number)
    assert table.text == "if found:"


def test_two_who_press_the_same_fix_of_two_edits_get_all_of_it_once() -> None:
    table = Table("import os\nprint(x)\n", people=2)
    for person in table.people:
        person.edit(Operation([-10, 6, -1, "y", 2]))
    table.settle()
    table.undo(1)
    table.undo(0)
    assert table.text == "import os\nprint(x)\n"
    # It is done again once, too.
    assert table.redo(1)
    assert not table.redo(0)
    assert table.text == "print(y)\n"


def test_what_is_typed_on_at_the_text_that_is_back_makes_no_difference() -> None:
    for typed_at in (5, 10):
        table = Table("keep this line", people=2)
        table.all_replace(5, 10, "")
        table.undo(0)
        table.people[0].type(typed_at, "very ")
        table.settle()
        assert not table.undo(1)
        assert table.text.count("this ") == 1


def test_it_may_come_back_in_pieces() -> None:
    table = Table("keep this line", people=2)
    for stop in range(10, 5, -1):
        table.people[0].replace(stop - 1, stop, "")
    table.people[1].replace(5, 10, "")
    table.settle()
    while table.undo(0):
        pass
    assert not table.undo(1)
    assert table.text == "keep this line"


def test_what_was_deleted_beside_it_makes_no_difference() -> None:
    for start, stop, left in ((5, 9, "keep this "), (0, 5, "this line")):
        table = Table("keep this line", people=3)
        table.all_replace(5, 10, "")
        table.people[2].replace(start, stop, "")
        table.settle()
        table.undo(0)
        assert not table.undo(1)
        assert table.text == left


def test_a_step_that_is_empty_is_passed_over() -> None:
    table = Table("keep this line", people=2)
    table.people[1].type(14, "!")
    table.settle()
    table.all_replace(5, 10, "")
    table.undo(0)
    assert table.undo(1)
    assert table.text == "keep this line"


# What must come back all the same.


@pytest.mark.parametrize(
    ("deleted", "typed"),
    [
        ("a", "apple"),  # it begins alike by chance
        ("in", "again"),  # it ends alike by chance
        ("this", "th"),  # a part of it is there, not all
        ("this", "thus"),
        ("    ", "    if x:\n"),  # white space is always alike
        ("this", "This"),
        ("é", "e\u0301"),  # other code points
        ("line", "a line of it"),
    ],
)
def test_another_text_in_its_place_is_no_reason(deleted: str, typed: str) -> None:
    editor = Editor(f"[{deleted}]")
    editor.replace(1, 1 + len(deleted), "")
    editor.others(1, 1, typed)
    assert editor.undo()
    assert editor.text == f"[{deleted}{typed}]"
    assert editor.redo()
    assert editor.text == f"[{typed}]"


def test_the_same_text_in_another_place_is_no_reason() -> None:
    for place in (0, 2):
        editor = Editor("[this]")
        editor.replace(1, 5, "")
        editor.others(place, place, "this")
        assert editor.undo()
        assert "[this]" in editor.text
        assert editor.text.count("this") == 2


def test_the_same_text_that_was_there_before_is_no_reason() -> None:
    editor = Editor("[this]")
    editor.others(1, 1, "this")
    editor.replace(1, 5, "")
    assert editor.undo()
    assert editor.text == "[thisthis]"


def test_the_same_text_that_is_gone_again_is_no_reason() -> None:
    editor = Editor("[this]")
    editor.replace(1, 5, "")
    editor.others(1, 1, "this")
    editor.others(1, 5, "")
    assert editor.undo()
    assert editor.text == "[this]"


def test_what_others_put_in_stays_theirs() -> None:
    editor = Editor("[]")
    editor.type(1, "this")
    editor.replace(1, 5, "")
    editor.others(1, 1, "this")
    assert not editor.undo()
    assert editor.text == "[this]"
    assert not editor.redo()


def test_what_others_put_in_for_a_text_that_was_undone_stays_theirs() -> None:
    editor = Editor("[]")
    editor.type(1, "this")
    editor.undo()
    editor.others(1, 1, "this")
    assert not editor.redo()
    assert not editor.undo()
    assert editor.text == "[this]"


class Owned:
    """A text whose letters know whether others have put them in."""

    def __init__(self, text: str) -> None:
        self.letters = [(letter, False) for letter in text]

    def apply(self, operation: Operation, by_others: bool, may_take_all: bool = True) -> None:
        letters: list[tuple[str, bool]] = []
        at = 0
        for component in operation.components:
            if isinstance(component, str):
                letters += [(letter, by_others) for letter in component]
                continue
            piece = self.letters[at : at + abs(component)]
            at += abs(component)
            if component > 0:
                letters += piece
            else:
                assert may_take_all or not any(of_others for _, of_others in piece)
        self.letters = letters

    @property
    def text(self) -> str:
        return "".join(letter for letter, _ in self.letters)


def few_letters(random: Random, length: int) -> Operation:
    """Return a random operation whose inserts are very often alike."""
    operation = random_operation(random, length)
    return Operation(
        random.choice(["a", "b", "aa", "ab"]) if isinstance(component, str) else component
        for component in operation.components
    )


@pytest.mark.seeds(30, soak=1000)
def test_no_undo_and_no_redo_takes_what_others_have_put_in(seed: int) -> None:
    random = Random(seed)
    owned = Owned("abab")
    editor = Editor(owned.text, group_seconds=random.choice([0, 15]))
    for _ in range(25):
        operation = few_letters(random, len(editor.text))
        match random.randrange(6):
            case 0 | 1:
                editor.edit(operation)
                owned.apply(operation, by_others=False)
            case 2 | 3:
                editor.others_do(operation)
                owned.apply(operation, by_others=True)
            case number:
                go = editor.manager.undo if number == 4 else editor.manager.redo
                made = go(editor.text)
                editor.show(made)
                if made is not None:
                    owned.apply(made, by_others=False, may_take_all=False)
        assert owned.text == editor.text


@pytest.mark.seeds(30, soak=1000)
def test_it_makes_no_difference_how_the_work_of_others_is_divided(seed: int) -> None:
    random = Random(seed)
    one, other = Editor("abab"), Editor("abab")
    for _ in range(12):
        match random.randrange(4):
            case 0 | 1:
                operation = few_letters(random, len(one.text))
                one.edit(operation)
                other.edit(operation)
            case 2:
                together = Operation.noop(len(one.text))
                for _ in range(random.randint(1, 4)):
                    operation = few_letters(random, len(one.text))
                    one.others_do(operation)
                    together = together.compose(operation)
                other.others_do(together)
            case _:
                assert one.undo() is other.undo()
        assert one.text == other.text
    assert one.undo_all() == other.undo_all()


@pytest.mark.seeds(30, soak=700)
def test_people_who_do_the_same_get_their_text_back_once(seed: int) -> None:
    """Two delete some passages and replace one, or up to four do one of that; each undoes all."""
    random = Random(seed)
    words = ["alpha", "beta\n", "gamma", "delta ", "x = 12", "éclair", "😀😀😀", "omega"]
    text = "".join(f"{word}." for word in random.sample(words, 4))
    rounds = random.randint(1, 4)
    table = Table(text, people=2 if rounds > 1 else random.randint(2, 4))
    numbers = range(len(table.people))
    for left in reversed(range(rounds)):
        start = random.randint(0, len(table.text))
        stop = random.randint(start, min(len(table.text), start + 8))
        # So little may be alike by chance.
        if len(set(table.text[start:stop]) - set(" \n")) >= 3:
            passage = "" if left else random.choice(["", "this ", "1234"])
            table.all_replace(start, stop, passage, random.sample(numbers, k=len(numbers)))
        else:
            rounds -= 1
    for _ in range(rounds):
        for number in random.sample(numbers, k=len(numbers)):
            table.undo(number)
    assert table.text == text

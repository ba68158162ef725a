"""`UndoManager`: a person's own text goes and comes back; what others wrote stays."""

from __future__ import annotations

from random import Random

import pytest

from ot_core import LengthMismatch, Operation, UndoManager
from tests.core.cases import random_edit
from tests.core.editor import Editor


def test_what_others_wrote_into_my_text_stays() -> None:
    editor = Editor()
    editor.type(0, "hello")
    editor.others(2, 2, "XY")
    assert editor.undo()
    assert editor.text == "XY"
    assert editor.redo()
    assert editor.text == "heXYllo"


def test_what_others_have_deleted_leaves_nothing_to_take_back() -> None:
    editor = Editor("ab")
    editor.type(2, "first")
    editor.type(0, "second")
    editor.others(0, 6, "")
    assert editor.undo()  # of the first: the second is gone already
    assert editor.text == "ab"
    assert not editor.undo()


def test_typing_on_is_one_step_until_a_pause_or_a_jump() -> None:
    editor = Editor()
    for index, letter in enumerate("word"):
        editor.type(index, letter, after=0.2)
    editor.type(4, "!", after=2)
    editor.type(0, ">", after=0.1)
    editor.undo()
    assert editor.text == "word!"
    editor.undo()
    assert editor.text == "word"
    editor.undo()
    assert editor.text == ""
    assert not editor.manager.can_undo


def test_a_slip_that_is_mended_at_once_is_part_of_the_step() -> None:
    editor = Editor()
    editor.type(0, "wrod", after=0.1)
    editor.replace(1, 4, "", after=0.1)
    editor.type(1, "ord", after=0.1)
    editor.undo()
    assert editor.text == ""
    editor.redo()
    assert editor.text == "word"


def test_others_may_write_elsewhere_within_a_step() -> None:
    editor = Editor("....")
    editor.type(2, "a", after=0.1)
    editor.others(0, 0, "new ")
    editor.type(7, "b", after=0.1)
    editor.others(0, 4, "")
    assert editor.text == "..ab.."
    editor.undo()
    assert editor.text == "...."
    editor.redo()
    assert editor.text == "..ab.."


def test_others_may_write_before_a_step_that_stands_at_the_start() -> None:
    editor = Editor()
    editor.type(0, "a", after=0.1)
    editor.others(0, 0, "new ")
    editor.type(5, "b", after=0.1)
    editor.undo()
    assert editor.text == "new "


def test_a_thousand_steps_and_half_a_second_are_what_one_gets_unasked() -> None:
    editor = Editor()
    editor.manager = UndoManager()
    for _ in range(1001):
        editor.type(len(editor.text), "a", after=0.75)
        editor.type(len(editor.text), "b", after=0.5)
    for _ in range(1000):
        assert editor.undo()
    assert not editor.undo()
    assert editor.text == "ab"


def test_a_new_edit_forgets_what_could_be_done_again() -> None:
    editor = Editor()
    editor.type(0, "a")
    editor.undo()
    could_redo = editor.manager.can_redo
    editor.type(0, "b")
    assert (could_redo, editor.manager.can_redo) == (True, False)
    assert not editor.redo()


def test_only_so_many_steps_are_kept() -> None:
    editor = Editor(depth=3)
    for letter in "abcde":
        editor.type(0, letter)
    while editor.undo():
        pass
    assert editor.text == "ba"


def test_no_steps_are_kept_where_none_are_wanted() -> None:
    editor = Editor(depth=0)
    editor.type(0, "a")
    assert not editor.undo()


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    editor = Editor()
    editor.type(0, "a")
    editor.undo()
    editor.type(0, "")
    assert editor.redo()
    assert editor.text == "a"


def test_typing_after_an_undo_begins_a_step_of_its_own() -> None:
    editor = Editor()
    editor.type(0, "a")
    editor.type(1, "b")
    editor.undo()
    editor.type(1, "c", after=0.1)
    editor.undo()
    assert editor.text == "a"


def test_an_operation_for_another_text_is_refused() -> None:
    editor = Editor()
    editor.type(0, "abc")
    with pytest.raises(LengthMismatch, match=r"^an operation on 7 .* can't follow 3 of them$"):
        editor.manager.receive(Operation([7]))
    with pytest.raises(LengthMismatch, match=r"^the text has 2 code points, not 3$"):
        editor.manager.undo("ab")
    with pytest.raises(LengthMismatch, match=r"^an operation on 7 .* can't follow 3 of them$"):
        editor.manager.record(Operation([7]), "abc", 0.0)
    # What others typed was not noted.
    with pytest.raises(LengthMismatch, match=r"^the text has 4 code points, not 3$"):
        editor.manager.record(Operation([4, "d"]), "abc-", editor.clock)
    assert editor.undo()
    assert editor.text == ""


@pytest.mark.seeds(30, soak=700)
def test_undoing_everything_leaves_what_others_wrote(seed: int) -> None:
    """My letters are capitals, theirs small; nobody deletes the other's letters."""
    random = Random(seed)
    editor = Editor(group_seconds=random.choice([0, 5, 100]))
    for _ in range(30):
        index = random.randint(0, len(editor.text))
        match random.randrange(6):
            case 0:
                editor.undo()
            case 1:
                editor.redo()
            case 2 | 3:
                editor.type(index, random.choice("ABC"), after=random.choice([1, 20]))
            case _:
                editor.others(index, index, random.choice("abc"))
    before = editor.text
    undone = 0
    while editor.undo():
        undone += 1
    assert editor.text == "".join(letter for letter in before if letter.islower())
    for _ in range(undone):
        assert editor.redo()
    assert "".join(filter(str.islower, editor.text)) == "".join(filter(str.islower, before))


@pytest.mark.seeds(30, soak=1000)
def test_undo_and_redo_are_inverse_while_nobody_else_writes(seed: int) -> None:
    random = Random(seed)
    editor = Editor("some text", group_seconds=0)
    texts = [editor.text]
    for _ in range(20):
        editor.clock += 1
        operation = random_edit(random, len(editor.text))
        editor.manager.record(operation, editor.text, editor.clock)
        editor.text = operation.apply(editor.text)
        if not operation.is_noop:
            texts.append(editor.text)
    for text in texts[-2::-1]:
        editor.undo()
        assert editor.text == text
    for text in texts[1:]:
        editor.redo()
        assert editor.text == text

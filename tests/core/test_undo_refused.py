"""`UndoManager`: what was refused is no step, and a reset keeps the steps that make sense.

In the random cases every letter is another one, so that two of a kind in a text mean that
something was put in twice.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import count
from random import Random

import pytest

from ot_core import Acknowledgement, Client, LengthMismatch, Operation
from tests.core.editor import Editor


class Author(Editor):
    """An editor whose edits wait for a server that confirms or refuses them."""

    def __init__(self, text: str, group_seconds: float = 0.5) -> None:
        super().__init__(text, group_seconds=group_seconds)
        self.client = Client(text)

    def edit(self, operation: Operation, after: float = 10.0) -> None:
        super().edit(operation, after)
        self.client.edit(operation)

    def show(self, operation: Operation | None) -> bool:
        if operation is not None:
            self.client.edit(operation)
        return super().show(operation)

    def hear(self, operation: Operation) -> None:
        for shown in self.client.receive([operation], 0).operations:
            self.others_do(shown)

    @property
    def confirmed_length(self) -> int:
        outstanding = self.client.outstanding
        return self.client.length if outstanding is None else outstanding.base_length

    def confirm(self) -> None:
        while self.client.outstanding is not None:
            self.client.receive([Acknowledgement()], 0)

    def be_refused(self) -> None:
        """All that is unconfirmed is refused."""
        self.refuse(self.client.give_up())

    def be_refused_in_part(self) -> None:
        """What was sent first is refused."""
        self.refuse(self.client.reject())


def test_what_was_refused_is_no_step() -> None:
    author = Author("hello")
    author.type(5, "!")
    author.type(0, "> ")
    author.confirm()
    for start, stop, text in ((3, 6, ""), (0, 2, "pasted"), (4, 4, "in it")):
        author.replace(start, stop, text)
    author.be_refused()
    assert author.text == "> hello!"
    assert author.undo_all() == ["hello!", "hello"]


def test_what_followed_a_refusal_is_a_step() -> None:
    author = Author("hello")
    author.type(0, "pasted")
    author.be_refused()
    author.type(5, "!")
    assert author.undo_all() == ["hello"]


def test_edits_before_it_and_after_it_stay_steps() -> None:
    author = Author("keep this line")
    author.type(0, "> ")
    author.confirm()
    author.replace(7, 12, "THAT ")
    author.type(16, "!")
    assert author.text == "> keep THAT line!"
    author.be_refused_in_part()
    assert author.text == "> keep this line!"
    assert author.undo_all() == ["> keep this line", "keep this line"]


def test_a_part_of_a_step_may_be_refused() -> None:
    author = Author("keep this line")
    author.replace(9, 10, "", after=0.1)
    author.confirm()
    author.replace(5, 9, "", after=0.1)
    author.be_refused()
    assert author.text == "keep thisline"
    assert author.undo_all() == ["keep this line"]


def test_a_deletion_of_many_steps_may_be_refused_as_a_whole() -> None:
    author = Author("keep this line")
    author.type(5, "all ")
    author.confirm()
    for stop in range(14, 5, -1):
        author.replace(stop - 1, stop, "")
    author.be_refused()
    assert author.undo_all() == ["keep this line"]


def test_a_refused_deletion_comes_back_around_what_others_put_in() -> None:
    author = Author("one two three")
    author.replace(4, 13, "")
    author.hear(Operation([8, "AND ", 5]))
    author.be_refused()
    assert author.text == "one two AND three"
    assert not author.undo()


def test_what_others_put_in_is_theirs_though_its_deletion_was_refused() -> None:
    author = Author("an x-ray")
    author.replace(2, 8, "")
    author.confirm()
    author.hear(Operation([2, "x"]))
    author.replace(0, 3, "")
    author.be_refused()
    assert author.text == "anx"
    assert author.undo_all() == ["an x-rayx"]


def test_what_one_had_typed_is_known_again_after_its_deletion_was_refused() -> None:
    author = Author("")
    author.type(0, "this")
    author.confirm()
    author.replace(0, 4, "that")
    author.be_refused()
    assert author.text == "this"
    assert author.undo_all() == [""]
    assert author.redo()
    assert author.text == "this"


def test_an_undo_that_is_refused_can_be_undone_again() -> None:
    author = Author("")
    author.type(0, "this")
    author.type(4, " that")
    author.confirm()
    author.undo()
    author.undo()
    author.be_refused()
    assert author.text == "this that"
    assert not author.manager.can_redo
    assert author.undo_all() == ["this", ""]


def test_an_edit_that_was_taken_back_before_it_was_refused_leaves_no_trace() -> None:
    author = Author("")
    author.type(0, "this")
    author.confirm()
    author.replace(0, 4, "pasted")
    author.undo()
    author.be_refused()
    assert author.text == "this"
    assert author.undo_all() == [""]


def test_a_text_beside_what_was_refused_comes_back_all_the_same() -> None:
    author = Author("[the cat]")
    author.replace(1, 5, "")
    author.confirm()
    author.replace(1, 4, "")
    author.be_refused()
    assert author.text == "[cat]"
    assert author.undo_all() == ["[the cat]"]


def test_a_reset_brings_a_deletion_back_once() -> None:
    lines = "alpha\nbeta\ngamma\n"
    editor = Editor(lines)
    editor.type(0, "first ")
    editor.replace(12, 17, "")
    editor.become("first alpha\nbeta\ngamma\ndelta\n")
    assert editor.undo_all() == ["alpha\nbeta\ngamma\ndelta\n"]
    assert editor.redo()
    assert editor.text == "first alpha\nbeta\ngamma\ndelta\n"


def test_a_reset_keeps_the_steps_that_still_make_sense() -> None:
    editor = Editor("one\ntwo\nthree\n")
    editor.replace(4, 7, "TWO")
    editor.type(0, "zero\n")
    editor.type(len(editor.text), "four\n")
    editor.become("one\nTWO\nthree, yes\nfour\n")
    # The second step is gone from the text; the others are moved.
    assert editor.undo_all() == ["one\nTWO\nthree, yes\n", "one\ntwo\nthree, yes\n"]


def test_a_reset_to_an_older_text_makes_a_deletion_undone_and_an_undo_done_again() -> None:
    editor = Editor("")
    editor.type(0, "this line\n")
    editor.undo()
    editor.become("this line\nanother line\n")
    assert not editor.manager.can_redo
    assert editor.undo_all() == ["another line\n"]


def test_a_reset_swallows_no_letters_by_chance() -> None:
    editor = Editor("[the]")
    editor.replace(1, 4, "")
    editor.become("[another theory of it]")
    assert editor.undo()
    assert sorted(editor.text) == sorted("[another theory of it]" + "the")


def test_a_wrong_text_or_operation_is_refused_and_changes_nothing() -> None:
    editor = Editor()
    editor.type(0, "abc")
    for note in (editor.manager.reject, editor.manager.reset):
        with pytest.raises(LengthMismatch, match=r"^an operation on 4 .* can't follow 3 of them$"):
            note(Operation([-4]), "abc")
        with pytest.raises(LengthMismatch, match=r"^the text has 4 code points, not 3$"):
            note(Operation([-4]), "abcd")
    assert editor.undo_all() == [""]


def test_typing_after_a_refusal_begins_a_step_of_its_own() -> None:
    editor = Editor()
    editor.type(0, "ab", after=0.1)
    editor.refuse(Operation([1, -1]))
    editor.type(1, "c", after=0.1)
    assert editor.undo_all() == ["a", ""]


class World:
    """A person and the others, at random; no letter is ever used twice.

    What the person typed stays until it is confirmed, and others delete nothing: else what is
    refused leaves no trace of some of it.
    """

    def __init__(self, seed: int, group_seconds: float) -> None:
        self.random = Random(seed)
        self.unused = count(0x4E00)
        self.author = Author(self.letters(8), group_seconds)

    def letters(self, most: int) -> str:
        return "".join(chr(next(self.unused)) for _ in range(self.random.randint(0, most)))

    def operation(self, length: int, kept: set[int] | None = None) -> Operation:
        """Return a random operation that keeps what is at some indexes."""
        operation = Operation.noop(length)
        for _ in range(self.random.randint(1, 3)):
            start = self.random.randint(0, operation.target_length)
            stop = min(operation.target_length, start + self.random.choice([0, 0, 1, 5]))
            operation = operation.compose(
                Operation.replace(operation.target_length, start, stop, self.letters(3))
            )
        if not kept:
            return operation
        marks: list[int | str] = []
        at = 0
        for component in operation.components:
            if isinstance(component, str):
                marks.append(component)
                continue
            indexes = range(at, at + abs(component))
            marks += [1 if index in kept or component > 0 else -1 for index in indexes]
            at = indexes.stop
        return Operation(marks)

    def edit(self) -> None:
        unsaved = self.author.client.unsaved
        typed = unsaved.components if unsaved is not None else ()
        fresh = {letter for part in typed if isinstance(part, str) for letter in part}
        kept = {at for at, letter in enumerate(self.author.text) if letter in fresh}
        operation = self.operation(len(self.author.text), kept)
        self.author.edit(operation, self.random.choice([0.1, 1]))

    def hear(self) -> Operation:
        length = self.author.confirmed_length
        operation = self.operation(length, set(range(length)))
        self.author.hear(operation)
        return operation

    def act(self) -> None:
        match self.random.choices(("edit", "hear", "undo", "redo"), (5, 4, 3, 2))[0]:
            case "edit":
                self.edit()
            case "hear":
                self.hear()
            case "undo":
                self.author.undo()
            case _:
                self.author.redo()
        self.author.confirm()


@pytest.mark.seeds(30, soak=700)
def test_after_a_refusal_undo_does_what_it_would_do_without_the_refused_edits(seed: int) -> None:
    world = World(seed, group_seconds=0)
    for _ in range(world.random.randint(0, 8)):
        world.act()
    author, before = world.author, deepcopy(world.author)
    for _ in range(world.random.randint(1, 6)):
        if world.random.random() < 0.6:
            world.edit()
        else:
            before.hear(world.hear())
    author.be_refused()
    assert author.text == before.text
    assert author.undo_all() == before.undo_all()


@pytest.mark.seeds(30, soak=700)
def test_nothing_is_ever_put_in_twice(seed: int) -> None:
    world = World(seed, group_seconds=0)
    author = world.author
    for _ in range(30):
        match world.random.randrange(7):
            case 0:
                author.be_refused()
            case 1 | 2:
                world.edit()
            case 3:
                world.hear()
            case _:
                world.act()
        assert len(set(author.text)) == len(author.text)
    author.undo_all()
    assert len(set(author.text)) == len(author.text)

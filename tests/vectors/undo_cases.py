"""Cases for ``undo.json``: a person's edits, what others do meanwhile, undo and redo.

Some edits are refused, some texts are replaced by others, and others often put in what the
person has deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random

from ot_core import Acknowledgement, Client, Operation, UndoManager, diff
from tests.core.cases import random_edit, random_operation, random_text

Case = dict[str, object]

CASES = 200


class Person:
    """Somebody with a text, and what came of each step."""

    def __init__(self, text: str, depth: int = 1000, group_seconds: float = 0.5) -> None:
        self.text = text
        self.manager = UndoManager(depth, group_seconds)
        self.clock = 0.0
        self.case: Case = {"text": text, "depth": depth, "group_seconds": group_seconds}
        self.steps: list[Case] = []

    def record(self, operation: Operation, after: float = 1) -> None:
        self.clock += after
        self.manager.record(operation, self.text, self.clock)
        self._take("record", operation, at=self.clock)

    def receive(self, operation: Operation) -> None:
        self.manager.receive(operation)
        self._take("receive", operation)

    def reject(self, operation: Operation) -> None:
        self.manager.reject(operation, self.text)
        self._take("reject", operation)

    def reset(self, operation: Operation) -> None:
        self.manager.reset(operation, self.text)
        self._take("reset", operation)

    def undo(self) -> Operation | None:
        return self._take("undo", self.manager.undo(self.text))

    def redo(self) -> Operation | None:
        return self._take("redo", self.manager.redo(self.text))

    def result(self) -> Case:
        return {
            **self.case,
            "steps": self.steps,
            "result": self.text,
            "can_undo": self.manager.can_undo,
            "can_redo": self.manager.can_redo,
        }

    def _take(self, kind: str, operation: Operation | None, **more: object) -> Operation | None:
        if operation is not None:
            self.text = operation.apply(self.text)
        self.steps.append({kind: None if operation is None else operation.to_wire(), **more})
        return operation


class Chance:
    """What happens to a person at random; what they edit waits to be confirmed or refused."""

    def __init__(self, random: Random, person: Person) -> None:
        self.random = random
        self.person = person
        self.client = Client(person.text)
        self.caret = 0

    def step(self) -> None:
        person, length = self.person, len(self.person.text)
        if self.random.random() < 0.3:
            self.confirm()
        kinds = ("type", "jump", "receive", "same", "reject", "reset", "undo", "redo")
        match self.random.choices(kinds, (9, 5, 6, 3, 2, 1, 6, 4))[0]:
            case "type":
                start = min(self.caret, length)
                self.caret = start + 1
                self.record(Operation.replace(length, start, start, "x"))
            case "jump":
                make = self.random.choice((random_edit, random_operation))
                self.record(make(self.random, length))
            case "receive":
                self.receive(random_operation(self.random, len(self.client.confirmed)))
            case "same":
                # Somebody else does first what an undo would do.
                self.confirm()
                undone = deepcopy(person.manager).undo(person.text)
                self.receive(undone or Operation.noop(length))
            case "reject":
                refused = self.random.choice((self.client.reject, self.client.give_up))
                person.reject(refused())
            case "reset":
                near = random_edit(self.random, length).apply(person.text)
                person.reset(diff(person.text, near))
                self.client = Client(near)
            case "undo":
                self.wait(person.undo())
            case _:
                self.wait(person.redo())

    def record(self, operation: Operation) -> None:
        # Quarters and halves are exact in binary, so a pause of just the limit is one everywhere.
        self.person.record(operation, self.random.choice((0, 0.25, 0.25, 0.5, 1)))
        self.wait(operation)

    def receive(self, committed: Operation) -> None:
        for operation in self.client.receive([committed], 0).operations:
            self.person.receive(operation)

    def wait(self, operation: Operation | None) -> None:
        if operation is not None and not operation.is_noop:
            self.client.edit(operation)

    def confirm(self) -> None:
        while self.client.outstanding is not None:
            self.client.receive([Acknowledgement()], 0)


def _deleted_alike() -> Person:
    """Two delete the same; the other one has it back already, and types on."""
    person = Person("keep 😀this line")
    person.record(Operation([5, -6, 4]))
    person.receive(Operation([5, "😀this ", 4]))
    person.receive(Operation([11, "very ", 4]))
    person.undo()
    return person


def _replaced_alike() -> Person:
    """Two replace the same alike; the other one has it back already."""
    person = Person("keep this line")
    person.record(Operation([5, -5, "that ", 4]))
    person.receive(Operation([10, "that ", 4]))
    person.receive(Operation([5, "this ", 5, -5, 4]))
    person.undo()
    return person


def _deleted_in_pieces() -> Person:
    """Three short deletions in a row; somebody else has it all back already."""
    person = Person("to be or")
    for left in (5, 2, 0):
        person.record(Operation([left, left - len(person.text)] if left else [-2]))
    person.receive(Operation(["to be or"]))
    person.undo()
    return person


def _alike_by_chance() -> Person:
    """What others type where something was deleted is not that, though it begins so."""
    person = Person("a")
    person.record(Operation([-1]))
    person.receive(Operation(["apple"]))
    person.undo()
    return person


def _stays_theirs() -> Person:
    """What others put in isn't taken out as if the person had typed it."""
    person = Person("")
    person.record(Operation(["this"]))
    person.record(Operation([-4]))
    person.receive(Operation(["this"]))
    person.undo()
    return person


def _refused_paste() -> Person:
    """A paste is refused; undo goes on with the steps before it."""
    person = Person("")
    person.record(Operation(["one"]))
    person.record(Operation([3, " two"]))
    person.record(Operation([3, -4, "pasted"]))
    person.reject(Operation([3, " two", -6]))
    for _ in range(4):
        person.undo()
    return person


def _refused_deletions() -> Person:
    """Deletions are refused together, around what somebody else put in."""
    person = Person("keep this line")
    for length in (14, 9, 6):
        person.record(Operation([length - 5, -5] if length > 6 else [1, -3]))
    person.receive(Operation([1, "!"]))
    person.reject(Operation([1, "eep this", 1, " line"]))
    person.undo()
    return person


def _refused_undo() -> Person:
    """An undo is refused, and done once more."""
    person = Person("")
    person.record(Operation(["this"]))
    person.undo()
    person.reject(Operation(["this"]))
    person.undo()
    return person


def _reset() -> Person:
    """A line that was deleted is back in another text; an earlier step still makes sense."""
    person = Person("alpha\nbeta\ngamma\n")
    person.record(Operation(["first ", 17]))
    person.record(Operation([12, -5, 6]))
    person.reset(diff(person.text, "first alpha\nbeta\ngamma\ndelta\n"))
    person.undo()
    person.undo()
    return person


KNOWN = (
    _deleted_alike,
    _replaced_alike,
    _deleted_in_pieces,
    _alike_by_chance,
    _stays_theirs,
    _refused_paste,
    _refused_deletions,
    _refused_undo,
    _reset,
)


def undo_cases(random: Random) -> Iterator[Case]:
    for known in KNOWN:
        yield known().result()
    for _ in range(CASES):
        depth, group_seconds = random.choice((1, 2, 5, 1000, 1000)), random.choice((0, 0.5, 0.5))
        person = Person(random_text(random, 6), depth, group_seconds)
        chance = Chance(random, person)
        for _ in range(random.randint(2, 16)):
            chance.step()
        yield person.result()

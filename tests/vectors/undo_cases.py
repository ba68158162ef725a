"""Cases for ``undo.json``: a person's edits, what others do meanwhile, undo and redo."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ot_core import Operation, UndoManager
from tests.core.cases import random_edit, random_operation, random_text

Case = dict[str, object]

CASES = 200


class Person:
    """Somebody with a text, who acts at random and tells what came of it."""

    def __init__(self, random: Random, depth: int, group_seconds: float) -> None:
        self.random = random
        self.text = random_text(random, 6)
        self.manager = UndoManager(depth, group_seconds)
        self.clock = 0.0
        self.caret = 0

    def step(self) -> Case:
        match self.random.choices(("type", "jump", "receive", "undo", "redo"), (5, 2, 4, 3, 2))[0]:
            case "type":
                length = len(self.text)
                start = min(self.caret, length)
                self.caret = start + 1
                return self.record(Operation.replace(length, start, start, "x"))
            case "jump":
                make = self.random.choice((random_edit, random_operation))
                return self.record(make(self.random, len(self.text)))
            case "receive":
                operation = random_operation(self.random, len(self.text))
                self.manager.receive(operation)
                self.text = operation.apply(self.text)
                return {"receive": operation.to_wire()}
            case "undo":
                return {"undo": self.show(self.manager.undo(self.text))}
            case _:
                return {"redo": self.show(self.manager.redo(self.text))}

    def record(self, operation: Operation) -> Case:
        # Quarters and halves are exact in binary, so a pause of just the limit is one everywhere.
        self.clock += self.random.choice((0, 0.25, 0.25, 0.5, 1))
        self.manager.record(operation, self.text, self.clock)
        self.text = operation.apply(self.text)
        return {"record": operation.to_wire(), "at": self.clock}

    def show(self, operation: Operation | None) -> object:
        if operation is None:
            return None
        self.text = operation.apply(self.text)
        return operation.to_wire()


def undo_cases(random: Random) -> Iterator[Case]:
    for _ in range(CASES):
        depth, group_seconds = random.choice((1, 2, 5, 1000, 1000)), random.choice((0, 0.5, 0.5))
        person = Person(random, depth, group_seconds)
        text = person.text
        steps = [person.step() for _ in range(random.randint(2, 14))]
        yield {
            "text": text,
            "depth": depth,
            "group_seconds": group_seconds,
            "steps": steps,
            "result": person.text,
            "can_undo": person.manager.can_undo,
            "can_redo": person.manager.can_redo,
        }

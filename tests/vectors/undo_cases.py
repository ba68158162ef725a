"""Cases for ``undo.json``: a person's edits, what others do meanwhile, undo and redo.

Some of the edits are confirmed, some are refused and taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ot_core import Acknowledgement, Client, Operation, UndoManager
from tests.core.cases import random_edit, random_operation, random_text

Case = dict[str, object]

CASES = 200


class Person:
    """Somebody with a text, who acts at random and tells what came of it."""

    def __init__(self, random: Random, depth: int, group_seconds: float) -> None:
        self.random = random
        self.text = random_text(random, 6)
        self.manager = UndoManager(depth, group_seconds)
        self.client = Client(self.text)
        self.clock = 0.0
        self.caret = 0

    def step(self) -> Case:
        kinds = ("type", "jump", "receive", "undo", "redo", "confirm", "reject", "reset")
        match self.random.choices(kinds, (10, 4, 8, 6, 4, 4, 3, 1))[0]:
            case "type":
                length = len(self.text)
                start = min(self.caret, length)
                self.caret = start + 1
                return self.record(Operation.replace(length, start, start, "x"))
            case "jump":
                make = self.random.choice((random_edit, random_operation))
                return self.record(make(self.random, len(self.text)))
            case "receive":
                committed = random_operation(self.random, len(self.client.text))
                received = self.client.receive([committed], self.client.revision + 1)
                [operation] = received.operations
                self.manager.receive(operation)
                self.text = operation.apply(self.text)
                return {"receive": operation.to_wire()}
            case "confirm" if self.client.outstanding:
                self.client.receive([Acknowledgement()], self.client.revision + 1)
                self.manager.confirm()
                return {"confirm": True}
            case "reject":
                return self.reject(self.client.reject())
            case "reset":
                operation = random_edit(self.random, len(self.text))
                self.client = Client(operation.apply(self.text))
                return self.reject(operation)
            case "redo":
                return {"redo": self.show(self.manager.redo(self.text))}
            case _:
                return {"undo": self.show(self.manager.undo(self.text))}

    def record(self, operation: Operation) -> Case:
        # Quarters and halves are exact in binary, so a pause of just the limit is one everywhere.
        self.clock += self.random.choice((0, 0.25, 0.25, 0.5, 1))
        self.manager.record(operation, self.text, self.clock)
        self.edit(operation)
        return {"record": operation.to_wire(), "at": self.clock}

    def reject(self, operation: Operation) -> Case:
        self.manager.reject(operation, self.text)
        self.text = operation.apply(self.text)
        return {"reject": operation.to_wire()}

    def edit(self, operation: Operation) -> None:
        if not operation.is_noop:
            self.client.edit(operation)
        self.text = operation.apply(self.text)

    def show(self, operation: Operation | None) -> object:
        if operation is None:
            return None
        self.edit(operation)
        return operation.to_wire()


def undo_cases(random: Random) -> Iterator[Case]:
    for _ in range(CASES):
        depth, group_seconds = random.choice((1, 2, 5, 1000, 1000)), random.choice((0, 0.5, 0.5))
        person = Person(random, depth, group_seconds)
        text = person.text
        steps = [person.step() for _ in range(random.randint(2, 18))]
        yield {
            "text": text,
            "depth": depth,
            "group_seconds": group_seconds,
            "steps": steps,
            "result": person.text,
            "can_undo": person.manager.can_undo,
            "can_redo": person.manager.can_redo,
        }

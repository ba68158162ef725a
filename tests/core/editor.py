"""People who edit one text, each with an undo of their own, for tests of `UndoManager`."""

from __future__ import annotations

from collections.abc import Iterable

from ot_core import Acknowledgement, Client, Document, Operation, UndoManager, diff


class Editor:
    """A text that one person edits, and others edit too."""

    def __init__(self, text: str = "", depth: int = 1000, group_seconds: float = 0.5) -> None:
        self.text = text
        self.manager = UndoManager(depth, group_seconds)
        self.clock = 0.0

    def type(self, index: int, text: str, after: float = 10.0) -> None:
        self.replace(index, index, text, after)

    def replace(self, start: int, stop: int, text: str, after: float = 10.0) -> None:
        self.edit(Operation.replace(len(self.text), start, stop, text), after)

    def edit(self, operation: Operation, after: float = 10.0) -> None:
        self.clock += after
        self.manager.record(operation, self.text, self.clock)
        self.text = operation.apply(self.text)

    def others(self, start: int, stop: int, text: str) -> None:
        self.others_do(Operation.replace(len(self.text), start, stop, text))

    def others_do(self, operation: Operation) -> None:
        self.manager.receive(operation)
        self.text = operation.apply(self.text)

    def refuse(self, operation: Operation) -> None:
        self.manager.reject(operation, self.text)
        self.text = operation.apply(self.text)

    def become(self, text: str) -> None:
        operation = diff(self.text, text)
        self.manager.reset(operation, self.text)
        self.text = operation.apply(self.text)

    def undo(self) -> bool:
        return self.show(self.manager.undo(self.text))

    def redo(self) -> bool:
        return self.show(self.manager.redo(self.text))

    def undo_all(self) -> list[str]:
        """Undo all steps; return the texts on the way."""
        texts: list[str] = []
        while self.undo():
            texts.append(self.text)
        return texts

    def show(self, operation: Operation | None) -> bool:
        self.text = self.text if operation is None else operation.apply(self.text)
        return operation is not None


class Person(Editor):
    """An editor with a connection; what was edited here waits in `client` until it is sent."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.text)
        self.client = Client(document.text, document.revision)

    def edit(self, operation: Operation, after: float = 10.0) -> None:
        super().edit(operation, after)
        self.client.edit(operation)

    def show(self, operation: Operation | None) -> bool:
        if operation is not None:
            self.client.edit(operation)
        return super().show(operation)


class Table:
    """Some people at one text.  They edit at once; `settle` sends it all, in their order."""

    def __init__(self, text: str, people: int) -> None:
        self.document = Document(text)
        self.people = [Person(self.document) for _ in range(people)]

    def all_replace(self, start: int, stop: int, text: str, order: Iterable[int] = ()) -> None:
        for person in self.people:
            person.replace(start, stop, text)
        self.settle(order)

    def undo(self, number: int) -> bool:
        undone = self.people[number].undo()
        self.settle()
        return undone

    def redo(self, number: int) -> bool:
        redone = self.people[number].redo()
        self.settle()
        return redone

    def settle(self, order: Iterable[int] = ()) -> None:
        for number in list(order) or range(len(self.people)):
            sender = self.people[number]
            while sender.client.outstanding is not None:
                committed = sender.client.outstanding
                self.document.apply(committed)
                for person in self.people:
                    self._deliver(person, person is sender, committed)

    def _deliver(self, person: Person, is_own: bool, committed: Operation) -> None:
        change = Acknowledgement() if is_own else committed
        for shown in person.client.receive([change], self.document.revision).operations:
            person.others_do(shown)

    @property
    def text(self) -> str:
        """The text that everybody has."""
        texts = {self.document.text, *(person.text for person in self.people)}
        assert len(texts) == 1, texts
        return texts.pop()

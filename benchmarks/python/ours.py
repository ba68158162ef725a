"""ot_core, plain or compiled: whichever comes first on the path."""

from __future__ import annotations

from functools import cached_property, reduce

from benchmarks.python.serve import Data, serve
from benchmarks.python.worst import WORST
from ot_core import Document, History, Operation, transform

__all__: list[str] = []


class Keystrokes:
    """Whole traces through a `Document`, text and history, with operations made beforehand."""

    def __init__(self, data: Data) -> None:
        self._operations = []
        length = len(data["start"])
        for position, deleted, inserted in data["patches"]:
            operation = Operation.replace(length, position, position + deleted, inserted)
            self._operations.append(operation)
            length = operation.target_length
        self._start = data["start"]

    def fresh(self) -> None:
        self._document = Document(self._start)

    def run(self) -> None:
        apply = self._document.apply
        for operation in self._operations:
            apply(operation)

    def text(self) -> str:
        return self._document.text


class Memory:
    """A `Document` with its whole history."""

    def __init__(self, data: Data) -> None:
        self._document = Document(data["start"])
        self._patches = data["patches"]

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        document = self._document
        for position, deleted, inserted in self._patches:
            stop = position + deleted
            document.apply(Operation.replace(document.length, position, stop, inserted))

    def text(self) -> str:
        return self._document.text


class MemoryOfBlocks(Memory):
    """The same, after somebody came late for half of it: with all the blocks for that."""

    def run(self) -> None:
        super().run()
        self._document.history.since(self._document.revision // 2)
        self._document.history.since(0)


class Transform:
    """Pairs, both sides; no result outlives the next, so that none is the collector's work."""

    def __init__(self, data: Data) -> None:
        self._text = data["text"]
        self._pairs = [(Operation(a), Operation(b)) for a, b in data["pairs"]]

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        for a, b in self._pairs:
            transform(a, b)

    def text(self) -> str:
        texts = []
        for a, b in self._pairs:
            a_, b_ = transform(a, b)
            texts.append(b_.apply(a.apply(self._text)))
            assert a_.apply(b.apply(self._text)) == texts[-1]
        return "\n".join(texts)


class Rebase:
    """An offline operation moved over the later ones, one after the other."""

    def __init__(self, data: Data) -> None:
        self._operation = Operation(data["operation"])
        self._later = [Operation(components) for components in data["later"]]
        text = data["text"]
        self._history = History(len(text))
        document = Document(text)
        for operation in self._later:
            self._history.append(operation)
            document.apply(operation)
        self._head = document.text

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        self._rebased = self._stepwise()

    def text(self) -> str:
        assert self._rebased == self._expected, "not the components of one after the other"
        return self._rebased.apply(self._head)

    def _stepwise(self) -> Operation:
        return reduce(lambda moved, later: transform(later, moved)[1], self._later, self._operation)

    @cached_property
    def _expected(self) -> Operation:
        return self._stepwise()


class RebaseFirst(Rebase):
    """The same by `History.rebase`, which composes its blocks on the way."""

    def fresh(self) -> None:
        self._history.evict()

    def run(self) -> None:
        self._rebased = self._history.rebase(self._operation, self._history.start)


class RebaseAgain(RebaseFirst):
    """The same, where somebody was as late before."""

    def fresh(self) -> None:
        self._history.rebase(self._operation, self._history.start)


class Compose:
    """All operations as one, by blocks."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._history = History(len(self._start))
        for position, deleted, inserted in data["patches"]:
            length = self._history.length
            self._history.append(Operation.replace(length, position, position + deleted, inserted))

    def fresh(self) -> None:
        self._history.evict()

    def run(self) -> None:
        self._composed = self._history.since(self._history.start)

    def text(self) -> str:
        return self._composed.apply(self._start)


if __name__ == "__main__":
    serve(
        {
            "keystrokes": Keystrokes,
            "transform": Transform,
            "rebase": Rebase,
            "rebase first": RebaseFirst,
            "rebase again": RebaseAgain,
            "compose": Compose,
            "memory": Memory,
            "memory of blocks": MemoryOfBlocks,
            **WORST,
        }
    )

"""The worst that can be asked of ot_core: large, unlike, contrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.python.serve import Data, Task
from ot_core import Operation, TextBuffer, diff, transform

__all__ = ["WORST"]


class Diff:
    """`diff` of two texts."""

    def __init__(self, data: Data) -> None:
        self._old, self._new = data["old"], data["new"]

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        self._operation = diff(self._old, self._new)

    def text(self) -> str:
        return self._operation.apply(self._old)


class Pair:
    """Two operations on one text."""

    def __init__(self, data: Data) -> None:
        self._text = data["text"]
        self._a, self._b = (Operation(wire) for wire in data["pair"])

    def fresh(self) -> None:
        pass


class TransformPair(Pair):
    """The two are concurrent."""

    def run(self) -> None:
        self._a_, self._b_ = transform(self._a, self._b)

    def text(self) -> str:
        text: str = self._b_.apply(self._a.apply(self._text))
        assert self._a_.apply(self._b.apply(self._text)) == text
        return text


class ComposePair(Pair):
    """One follows the other."""

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._b = transform(self._a, self._b)[1]

    def run(self) -> None:
        self._composed = self._a.compose(self._b)

    def text(self) -> str:
        return self._composed.apply(self._text)


class ApplyWide(Pair):
    """A `TextBuffer` takes one of them."""

    def fresh(self) -> None:
        self._buffer = TextBuffer(self._text)

    def run(self) -> None:
        self._buffer.apply(self._a)

    def text(self) -> str:
        assert self._buffer.text == self._a.apply(self._text)
        return self._buffer.text


class FromWire:
    """An operation that anybody may have sent is read and checked."""

    def __init__(self, data: Data) -> None:
        self._text, self._wire = data["text"], data["wire"]

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        self._operation = Operation.from_wire(self._wire)

    def text(self) -> str:
        return self._operation.apply(self._text)


class Buffered:
    """Edits, positions or lines of a long text, all over it."""

    def __init__(self, data: Data) -> None:
        self._text = data["text"]
        self._places: list[int] = data["places"]
        length = len(self._text)
        self._operations = [
            Operation.replace(length + at, place, place, "x")
            for at, place in enumerate(self._places)
        ]

    def fresh(self) -> None:
        self._buffer = TextBuffer(self._text)

    def text(self) -> str:
        return self._buffer.text


class Edits(Buffered):
    """A letter at each place."""

    def run(self) -> None:
        for operation in self._operations:
            self._buffer.apply(operation)


class Positions(Buffered):
    """The line and column of each place, and back."""

    def run(self) -> None:
        buffer = self._buffer
        for place in self._places:
            assert buffer.index(*buffer.position(place)) == place


class EditsAndPositions(Buffered):
    """A letter at each place, then where it is: no count of lines is ever still good."""

    def run(self) -> None:
        for operation, place in zip(self._operations, self._places, strict=True):
            self._buffer.apply(operation)
            self._buffer.position(place)


WORST: Final[Mapping[str, Callable[[Data], Task]]] = {
    "diff": Diff,
    "transform pair": TransformPair,
    "compose pair": ComposePair,
    "apply wide": ApplyWide,
    "from wire": FromWire,
    "edits": Edits,
    "positions": Positions,
    "edits and positions": EditsAndPositions,
}

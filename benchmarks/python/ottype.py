"""python-ottype: the ot-text family in Python, in Cython unless OTTYPE_NO_EXTENSIONS is set."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import Any

from benchmarks.python.serve import Data, halves, serve

__all__: list[str] = []

# It is installed beside the benchmarks, where mypy doesn't look.
ottype = import_module("ottype")

Native = list[Any]
"""Skips, inserts, and deletes with the text that they delete."""


def native(components: list[int | str], text: str) -> Native:
    operation: Native = []
    position = 0
    for component in components:
        if isinstance(component, str):
            operation.append(component)
        elif component > 0:
            operation.append(component)
            position += component
        else:
            operation.append({"d": text[position : position - component]})
            position -= component
    if operation and isinstance(operation[-1], int):
        operation.pop()
    return operation


def from_patch(position: int, deleted: int, inserted: str, text: str) -> Native:
    walk = [position, {"d": text[position : position + deleted]} if deleted else "", inserted]
    return [component for component in walk if component]


def from_patches(data: Data) -> list[Native]:
    text = data["start"]
    operations = []
    for position, deleted, inserted in data["patches"]:
        operations.append(from_patch(position, deleted, inserted, text))
        text = text[:position] + inserted + text[position + deleted :]
    return operations


class Keystrokes:
    """Each operation made beforehand and applied to the text."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._operations = from_patches(data)

    def fresh(self) -> None:
        self._text: str = self._start

    def run(self) -> None:
        text, apply = self._text, ottype.apply
        for operation in self._operations:
            text = apply(text, operation)
        self._text = text

    def text(self) -> str:
        return self._text


class Memory:
    """A text and the list of its operations."""

    def __init__(self, data: Data) -> None:
        self._text: str = data["start"]
        self._patches = data["patches"]
        self._history: list[Native] = []

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        for position, deleted, inserted in self._patches:
            operation = from_patch(position, deleted, inserted, self._text)
            self._history.append(operation)
            self._text = ottype.apply(self._text, operation)

    def text(self) -> str:
        return self._text


class Transform:
    """Pairs, one side and then the other."""

    def __init__(self, data: Data) -> None:
        self._text = data["text"]
        self._pairs = [(native(a, self._text), native(b, self._text)) for a, b in data["pairs"]]

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        move = ottype.transform
        for a, b in self._pairs:
            move(a, b, "right")
            move(b, a, "left")

    def text(self) -> str:
        texts = []
        for a, b in self._pairs:
            a_, b_ = ottype.transform(a, b, "right"), ottype.transform(b, a, "left")
            texts.append(ottype.apply(ottype.apply(self._text, a), b_))
            assert ottype.apply(ottype.apply(self._text, b), a_) == texts[-1]
        return "\n".join(texts)


class Rebase:
    """The offline operation moved over the later ones, one after the other; that side only."""

    def __init__(self, data: Data) -> None:
        text = data["text"]
        self._operation = native(data["operation"], text)
        self._later = []
        for components in data["later"]:
            self._later.append(native(components, text))
            text = ottype.apply(text, self._later[-1])
        self._head = text

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        move = ottype.transform
        self._rebased = reduce(
            lambda moved, later: move(moved, later, "left"), self._later, self._operation
        )

    def text(self) -> str:
        return str(ottype.apply(self._head, self._rebased))


class Compose:
    """All operations as one, by halves."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._operations = from_patches(data)

    def fresh(self) -> None:
        pass

    def run(self) -> None:
        self._composed = halves(self._operations, ottype.compose)

    def text(self) -> str:
        return str(ottype.apply(self._start, self._composed))


if __name__ == "__main__":
    serve(
        {
            "keystrokes": Keystrokes,
            "transform": Transform,
            "rebase": Rebase,
            "compose": Compose,
            "memory": Memory,
        }
    )

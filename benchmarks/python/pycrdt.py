"""pycrdt: Yjs' algorithm in Rust, called from Python."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.python.serve import Data, serve

__all__: list[str] = []

# It is installed beside the benchmarks, where mypy doesn't look.
pycrdt = import_module("pycrdt")


def empty() -> tuple[Any, Any]:
    """Return a document and its text."""
    doc = pycrdt.Doc()
    return doc, doc.get("text", type=pycrdt.Text)


def walk(text: Any, components: list[int | str]) -> None:
    """Do what an operation says."""
    position = 0
    for component in components:
        if isinstance(component, str):
            text.insert(position, component)
            position += len(component)
        elif component > 0:
            position += component
        else:
            del text[position : position - component]


def in_bytes(data: Data) -> list[Any]:
    """Return the patches as pycrdt counts: in bytes of UTF-8."""
    if all(inserted.isascii() for _, _, inserted in data["patches"]):
        return list(data["patches"])
    text, patches = data["start"], []
    for position, deleted, inserted in data["patches"]:
        head, gone = text[:position], text[position : position + deleted]
        patches.append((len(head.encode()), len(gone.encode()), inserted))
        text = head + inserted + text[position + deleted :]
    return patches


class Memory:
    """A document, and with it its history; the patches must be ASCII."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._patches = data["patches"]

    def fresh(self) -> None:
        self._doc, self._text = empty()
        self._text += self._start

    def run(self) -> None:
        text = self._text
        for position, deleted, inserted in self._patches:
            if deleted:
                del text[position : position + deleted]
            if inserted:
                text.insert(position, inserted)

    def text(self) -> str:
        return str(self._text)


class Keystrokes(Memory):
    """Each patch is typed: a transaction of its own, as an editor makes them."""

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._patches = in_bytes(data)


class Rebase:
    """The later updates merged into the replica that was offline."""

    def __init__(self, data: Data) -> None:
        doc, text = empty()
        text += data["text"]
        base = doc.get_update()
        self._updates: list[bytes] = []
        watch = doc.observe(lambda event: self._updates.append(event.update))
        for components in data["later"]:
            walk(text, components)
        doc.unobserve(watch)
        offline, text = empty()
        offline.apply_update(base)
        with offline.transaction():
            walk(text, data["operation"])
        self._offline = offline.get_update()

    def fresh(self) -> None:
        self._doc, self._text = empty()
        self._doc.apply_update(self._offline)

    def run(self) -> None:
        apply = self._doc.apply_update
        for update in self._updates:
            apply(update)

    def text(self) -> str:
        return str(self._text)


if __name__ == "__main__":
    serve({"keystrokes": Keystrokes, "rebase": Rebase, "memory": Memory})

"""loro: a CRDT in Rust, called from Python."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.python.serve import Data, serve

__all__: list[str] = []

# It is installed beside the benchmarks, where mypy doesn't look.
loro = import_module("loro")


def empty() -> tuple[Any, Any]:
    """Return a document and its text."""
    doc = loro.LoroDoc()
    return doc, doc.get_text("text")


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
            text.delete(position, -component)


class Keystrokes:
    """Each patch is typed and committed."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._patches = data["patches"]

    def fresh(self) -> None:
        self._doc, self._text = empty()
        self._text.insert(0, self._start)
        self._doc.commit()

    def run(self) -> None:
        text, commit = self._text, self._doc.commit
        for position, deleted, inserted in self._patches:
            if deleted:
                text.delete(position, deleted)
            if inserted:
                text.insert(position, inserted)
            commit()

    def text(self) -> str:
        return str(self._text.to_string())


class Rebase:
    """The later updates merged into the replica that was offline."""

    def __init__(self, data: Data) -> None:
        doc, text = empty()
        text.insert(0, data["text"])
        doc.commit()
        base = doc.export(loro.ExportMode.Snapshot())
        self._updates: list[bytes] = []
        watch = doc.subscribe_local_update(self._note)
        for components in data["later"]:
            walk(text, components)
            doc.commit()
        watch()
        offline, text = empty()
        offline.import_(base)
        walk(text, data["operation"])
        offline.commit()
        self._offline = offline.export(loro.ExportMode.Snapshot())

    def _note(self, update: bytes) -> bool:
        self._updates.append(update)
        return True

    def fresh(self) -> None:
        self._doc, self._text = empty()
        self._doc.import_(self._offline)

    def run(self) -> None:
        self._doc.import_batch(self._updates)  # one by one it takes hundreds of times as long

    def text(self) -> str:
        return str(self._text.to_string())


if __name__ == "__main__":
    serve({"keystrokes": Keystrokes, "rebase": Rebase, "memory": Keystrokes})

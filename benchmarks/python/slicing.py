"""str slicing: what a Python programmer would write first."""

from __future__ import annotations

from benchmarks.python.serve import Data, serve

__all__: list[str] = []


class Keystrokes:
    """Each patch is cut into the text; no length is checked and no history kept."""

    def __init__(self, data: Data) -> None:
        self._start = data["start"]
        self._patches = [tuple(patch) for patch in data["patches"]]

    def fresh(self) -> None:
        self._text: str = self._start

    def run(self) -> None:
        text = self._text
        for position, deleted, inserted in self._patches:
            text = text[:position] + inserted + text[position + deleted :]
        self._text = text

    def text(self) -> str:
        return self._text


if __name__ == "__main__":
    serve({"keystrokes": Keystrokes})

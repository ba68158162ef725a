"""Makes texts, operations and rubbish out of bytes, for a fuzzer that mutates bytes.

Every sequence of bytes is an example.  When the bytes have run out, everything drawn is zero
or empty, so an example can be shortened, extended and crossed with another at any byte.
`Bytes` is a `Source`: the laws can draw from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from ot_core import Component, Operation
from ot_core.components import MAX_LENGTH

__all__ = ["Bytes"]

T = TypeVar("T")

LETTERS: Final = "ab \n\r\0\x0b\u2028é\u0301漢😀\U0010ffff"
"""Characters that some part of the engine treats differently, and some that none does."""

SURROGATES: Final = "\ud800\udfff"

REPEATS: Final = (1, 1, 1, 1, 2, 3, 40, 400)
"""How often a piece of text is repeated: what costs too much shows in long texts."""

NUMBERS: Final = (0, 1, -1, MAX_LENGTH, -MAX_LENGTH, MAX_LENGTH + 1, -MAX_LENGTH - 1, 2**63, 10**30)

NO_COMPONENTS: Final[tuple[object, ...]] = (
    *(None, True, False, 0.0, 1.0, float("nan"), float("inf"), "", b"a", {}, {"a": 1}),
    *([], [1], (), ("a",)),
)


class Bytes:
    """Draws from bytes.  `size` counts the code points and components drawn so far."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.size = 0

    def number(self, least: int, most: int) -> int:
        """A number, ``least <= number <= most``; without bytes, the least."""
        width = ((most - least).bit_length() + 7) // 8
        drawn = int.from_bytes(self._data[self._at : self._at + width], "little")
        self._at += width
        return least + drawn % (most - least + 1)

    def one_of(self, values: Sequence[T]) -> T:
        return values[self.number(0, len(values) - 1)]

    def text(self) -> str:
        """A text of Unicode scalar values: up to five pieces, each once or repeated."""
        return self._text(LETTERS)

    def any_text(self) -> str:
        """A text that may hold halves of surrogate pairs."""
        return self._text(LETTERS + SURROGATES)

    def length(self) -> int:
        """The length of a text, short or as long as one can be."""
        return self.one_of((0, 1, 2, 5, 12, MAX_LENGTH - 9, MAX_LENGTH))

    def operation(self, length: int) -> Operation:
        """An operation on `length` code points.

        Raises:
            InvalidOperation: the text that it makes would be too long.
        """
        components: list[Component] = []
        for _ in range(self.number(0, 15)):
            if self.number(0, 2) == 0:
                components.append(self.text() or "x")
            elif length:
                step = self.number(1, min(length, self.one_of((3, 3, 3, 500, MAX_LENGTH))))
                components.append(step if self.number(0, 1) else -step)
                length -= step
        if length:
            components.append(length)
        self.size += len(components)
        return Operation(components)

    def untrusted(self) -> object:
        """Something sent as an operation: more or less a run of components."""
        components = [self._untrusted_component() for _ in range(self.number(0, 15))]
        self.size += len(components)
        match self.number(0, 7):
            case 0:
                return self._untrusted_component()
            case 1:
                return tuple(components)
            case _:
                return components

    def untrusted_compact(self) -> object:
        """Something sent as a compact form: more or less that of an operation."""
        parts: list[str] = []
        for _ in range(self.number(0, 15)):
            kind = self.one_of("=-+")
            text = self.any_text() if kind == "+" else ""
            count = str(len(text) or self.number(1, 128))
            wrong = self.number(0, 15)
            if wrong == 1:
                count = str(self.one_of(NUMBERS))
            elif wrong == 2:
                count = self.any_text()
            elif wrong == 3:
                kind = self.any_text()
            elif wrong == 4:
                count = f"0{count}"
            parts.append(count + kind + text)
        self.size += len(parts)
        return "".join(parts) if self.number(0, 31) < 31 else self._untrusted_component()

    def _untrusted_component(self) -> object:
        match self.number(0, 7):
            case 0:
                return self.one_of(NO_COMPONENTS)
            case 1:
                return self.any_text()
            case 2:
                return self.one_of(NUMBERS)
            case 3 | 4:
                return self.text() or "x"
            case _:
                return self.number(-127, 128)

    def _text(self, letters: str) -> str:
        pieces: list[str] = []
        for _ in range(self.number(0, 4)):
            piece = "".join([self.one_of(letters) for _ in range(self.number(0, 7))])
            pieces.append(piece * self.one_of(REPEATS))
        text = "".join(pieces)
        self.size += len(text)
        return text

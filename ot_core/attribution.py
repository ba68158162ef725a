"""`Attribution`: who wrote which part of a text, kept up by operations.

It is a text of the same length in which every code point, here called a sign, stands for
an author.  An insert writes its author's sign once per code point, and a delete takes
signs away.  So it costs as much as a `TextBuffer`, and at most two bytes per code point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, final

from ot_core.components import MAX_LENGTH, Component
from ot_core.errors import InvalidOperation
from ot_core.operation import Operation
from ot_core.text_buffer import TextBuffer

__all__ = ["Attribution", "Author", "Range"]

Author = str | int | None
"""Whatever tells one writer from another: a participant, or the revision that wrote it."""

# Written in place, a union of types would be built again for every stretch.
ARRAY: Final = (list, tuple)
AUTHOR: Final = (str, int, type(None))

SURROGATES: Final = range(0xD800, 0xE000)
MOST_AUTHORS: Final = 0x110000 - len(SURROGATES)
GLANCE: Final = 16
"""How many signs are searched for the end of a range; doubled until the end is found."""


class Range(NamedTuple):
    """Somebody's text, from `start` up to `stop`, in code points."""

    start: int
    stop: int
    author: Author


@final
class Attribution:
    """Who wrote what, in the text as it is now.

    >>> attribution = Attribution()
    >>> attribution.apply(Operation(["hello"]), "ann")
    >>> attribution.apply(Operation([2, "--", -1, 2]), "bob")
    >>> [tuple(part) for part in attribution.ranges()]
    [(0, 2, 'ann'), (2, 4, 'bob'), (4, 6, 'ann')]
    """

    __slots__ = ("_authors", "_signs", "_text")

    def __init__(self, length: int = 0, author: Author = None) -> None:
        """Begin with a text of `length` code points, all by one author."""
        self._authors: list[Author] = []
        self._signs: dict[Author, str] = {}
        self._text = TextBuffer(self._sign(author) * length)

    @classmethod
    def from_log(
        cls, log: Iterable[tuple[Operation, Author]], length: int = 0, author: Author = None
    ) -> Attribution:
        """Replay operations with their authors, from a text of `length` all by `author`.

        Raises:
            LengthMismatch: an operation doesn't follow the one before it.
        """
        attribution = cls(length, author)
        for operation, by in log:
            attribution.apply(operation, by)
        return attribution

    def __len__(self) -> int:
        return len(self._text)

    def apply(self, operation: Operation, author: Author) -> None:
        """Apply an operation, and note who made it.

        Raises:
            LengthMismatch: it was not made for the text as it is now.
            InvalidOperation: there are more authors than signs, about a million.
        """
        sign = self._sign(author)
        signs: list[Component] = [
            sign * len(component) if isinstance(component, str) else component
            for component in operation.components
        ]
        self._text.apply(Operation.sound(signs, operation.base_length, operation.target_length))

    def author(self, index: int) -> Author:
        """Return the author of the code point at `index`.

        Raises:
            IndexError: the text has no such index.
        """
        if not 0 <= index < len(self._text):
            raise IndexError(f"no index {index} in {len(self._text)} code points")
        return self._author(self._text[index : index + 1])

    def ranges(self, start: int = 0, stop: int | None = None) -> Iterator[Range]:
        """Yield who wrote what between `start` and `stop`, in order, each range at its longest."""
        start, stop, _ = slice(start, stop).indices(len(self._text))
        signs = self._text[start:stop]
        at = 0
        while at < len(signs):
            end = _run(signs, at)
            yield Range(start + at, start + end, self._author(signs[at]))
            at = end

    def to_wire(self) -> list[tuple[int, Author]]:
        """Return the JSON form: stretches, each a count of code points and their author."""
        return [(stop - start, author) for start, stop, author in self.ranges()]

    @classmethod
    def from_wire(cls, untrusted: object) -> Attribution:
        """Read what `to_wire` wrote, as tuples or as the lists that JSON turns them into.

        Raises:
            InvalidOperation: it is something else, or longer than a text can be.
        """
        if not isinstance(untrusted, ARRAY):
            raise InvalidOperation(f"an attribution is an array, not {type(untrusted).__name__}")
        attribution = cls()
        signs: list[str] = []
        length = 0
        for stretch in untrusted:
            if not isinstance(stretch, ARRAY) or len(stretch) != 2:
                raise InvalidOperation("a stretch is a count and an author")
            count, author = stretch
            if not isinstance(count, int) or not 0 < count <= MAX_LENGTH - length:
                raise InvalidOperation(f"counts are above 0, and {MAX_LENGTH} at most together")
            if not isinstance(author, AUTHOR):
                raise InvalidOperation(f"{type(author).__name__} is no author")
            length += count
            signs.append(attribution._sign(author) * count)
        attribution._text = TextBuffer("".join(signs))
        return attribution

    def _sign(self, author: Author) -> str:
        sign = self._signs.get(author)
        if sign is None:
            code = len(self._authors)
            if code >= MOST_AUTHORS:
                raise InvalidOperation(f"more than {MOST_AUTHORS} authors")
            # Skip the surrogates: no operation can hold half of a pair.
            sign = chr(code if code < SURROGATES.start else code + len(SURROGATES))
            self._signs[author] = sign
            self._authors.append(author)
        return sign

    def _author(self, sign: str) -> Author:
        code = ord(sign)
        return self._authors[code if code < SURROGATES.start else code - len(SURROGATES)]


def _run(signs: str, start: int) -> int:
    """Return where the run of one sign that begins at `start` ends, in few steps."""
    sign, end, glance = signs[start], start, GLANCE
    while True:
        piece = signs[end : end + glance]
        alike = len(piece) - len(piece.lstrip(sign))
        end += alike
        if alike < len(piece) or end == len(signs):
            return end
        glance *= 2

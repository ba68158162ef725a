"""`TextBuffer`: a text in which an edit costs far less than the text's length.

The text lies in chunks of bounded size.  People's edits tend to be close together,
so the buffer keeps a finger on the chunk of the last edit and walks from there, or
from either end where that is nearer.

Invariant: the chunks are non-empty, or there is a single empty one.  None is longer
than `_limit` code points, and two adjacent ones together are longer than a quarter of
it.  The finger names a chunk and where it starts.  `_breaks` has the number of line
breaks in each chunk, or -1 if they were not counted since it changed.

The limit grows with the square root of the length, and so does what an edit, a
position or a line costs.
"""

from __future__ import annotations

from math import isqrt
from typing import Final, NamedTuple, final

from ot_core.errors import LengthMismatch
from ot_core.operation import Operation

__all__ = ["Position", "TextBuffer"]

CHUNK: Final = 1024
"""The lowest limit.  A higher one makes a keystroke copy more; a lower one makes jumps slower."""


class Position(NamedTuple):
    """A place as editors show it: both numbers start at 0; columns are code points."""

    line: int
    column: int


@final
class TextBuffer:
    """A text that operations are applied to in place.

    >>> buffer = TextBuffer("hi")
    >>> buffer.apply(Operation([2, "!"]))
    >>> buffer.text
    'hi!'
    """

    __slots__ = ("_breaks", "_chunks", "_finger", "_finger_start", "_length", "_limit")

    def __init__(self, text: str = "") -> None:
        self._length = len(text)
        self._limit = max(CHUNK, isqrt(self._length))
        self._chunks = _split(text, self._limit)
        self._breaks = [-1] * len(self._chunks)
        self._finger = 0
        self._finger_start = 0

    @property
    def text(self) -> str:
        """The whole text; costs O(length)."""
        return "".join(self._chunks)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, where: slice) -> str:
        """Return a part of the text, by code points; a step is refused.

        >>> TextBuffer("hello")[1:3]
        'el'
        """
        start, stop, step = where.indices(self._length)
        if step != 1:
            raise ValueError("a part of a text has no step")
        if start >= stop:
            return ""
        chunk = self._seek(start)
        start -= self._finger_start
        stop -= self._finger_start
        parts: list[str] = []
        while stop > 0:
            part = self._chunks[chunk]
            parts.append(part[start:stop])
            stop -= len(part)
            start = 0
            chunk += 1
        return "".join(parts)

    def copy(self) -> TextBuffer:
        """Return an independent copy; costs O(√length)."""
        twin = TextBuffer()
        twin._chunks = self._chunks.copy()
        twin._breaks = self._breaks.copy()
        twin._length = self._length
        twin._limit = self._limit
        return twin

    @property
    def lines(self) -> int:
        """How many lines there are: one more than line breaks, ``"\\n"``."""
        return self._breaks_before(len(self._chunks)) + 1

    def position(self, index: int) -> Position:
        """Return the line and column of an index.

        >>> TextBuffer("to\\nbe").position(4)
        Position(line=1, column=1)

        Raises:
            LengthMismatch: the index lies outside of the text.
        """
        if not 0 <= index <= self._length:
            raise LengthMismatch(f"no index {index} in {self._length} code points")
        chunk = self._seek(index)
        offset = index - self._finger_start
        line = self._breaks_before(chunk) + self._chunks[chunk].count("\n", 0, offset)
        # Back to the line break before it, or to the text's start.
        begin = self._chunks[chunk].rfind("\n", 0, offset)
        column = offset
        while begin < 0 and chunk:
            chunk -= 1
            column += len(self._chunks[chunk])
            begin = self._chunks[chunk].rfind("\n")
        return Position(line, column - begin - 1)

    def index(self, line: int, column: int = 0) -> int:
        """Return the index of a line and column; a column past the line's end means its end.

        >>> TextBuffer("to\\nbe").index(1, 1)
        4

        Raises:
            LengthMismatch: there is no such line, or the column is negative.
        """
        if not 0 <= line < self.lines or column < 0:
            raise LengthMismatch(f"no line {line}, column {column} in {self.lines} lines")
        start = self._after_break(line)
        end = self._after_break(line + 1) - 1 if line + 1 < self.lines else self._length
        return min(start + column, end)

    def apply(self, operation: Operation) -> None:
        """Change the text; all of the operation takes effect, or none of it.

        Raises:
            LengthMismatch: the text doesn't have the operation's base length.
        """
        if operation.base_length != self._length:
            raise LengthMismatch(
                f"an operation on {operation.base_length} code points can't follow "
                f"{self._length} of them"
            )
        chunks = self._chunks
        position = 0
        for component in operation.components:
            if isinstance(component, str):
                chunk = chunks[self._finger]
                offset = position - self._finger_start
                count = len(component)
                if 0 <= offset <= len(chunk) <= self._limit - count:
                    # Most edits are where the finger is: nothing else has to move.
                    chunks[self._finger] = chunk[:offset] + component + chunk[offset:]
                    self._breaks[self._finger] = -1
                    self._length += count
                else:
                    self._insert(position, component)
                position += count
            elif component < 0:
                chunk = chunks[self._finger]
                offset = position - self._finger_start
                stop = offset - component
                if offset >= 0 and stop <= len(chunk) > (self._limit >> 2) - component:
                    chunks[self._finger] = chunk[:offset] + chunk[stop:]
                    self._breaks[self._finger] = -1
                    self._length += component
                else:
                    self._delete(position, -component)
            else:
                position += component

    def _insert(self, position: int, text: str) -> None:
        finger = self._seek(position)
        chunk = self._chunks[finger]
        offset = position - self._finger_start
        chunk = chunk[:offset] + text + chunk[offset:]
        self._length += len(text)
        self._replace(finger, finger, chunk)

    def _delete(self, position: int, count: int) -> None:
        first = last = self._seek(position)
        chunks = self._chunks
        start = position - self._finger_start
        stop = start + count
        while stop > len(chunks[last]):
            stop -= len(chunks[last])
            last += 1
        left = chunks[first][:start] + chunks[last][stop:]
        # Join what is left with the chunks beside it where they are small, so that deletes
        # all over the text don't leave it in crumbs.
        half = self._limit // 2
        if last + 1 < len(chunks) and len(left) + len(chunks[last + 1]) <= half:
            last += 1
            left += chunks[last]
        if first and len(left) + len(chunks[first - 1]) <= half:
            first -= 1
            self._finger = first
            self._finger_start -= len(chunks[first])
            left = chunks[first] + left
        # The finger was left of the deletion, or at the text's start, so it is still right.
        self._length -= count
        self._replace(first, last, left)

    def _replace(self, first: int, last: int, text: str) -> None:
        """Replace chunks by a text; an empty text becomes a chunk only if no other is left."""
        if len(text) > self._limit:
            self._limit = max(self._limit, isqrt(self._length))
        pieces = _split(text, self._limit)
        if not text and len(self._chunks) > last - first + 1:
            pieces = []
        self._chunks[first : last + 1] = pieces
        self._breaks[first : last + 1] = [-1] * len(pieces)
        if self._finger >= len(self._chunks):
            self._finger = self._finger_start = 0

    def _seek(self, position: int) -> int:
        """Put the finger on the chunk that holds `position` or ends at it."""
        chunks, finger, start = self._chunks, self._finger, self._finger_start
        if position < start - position:
            finger = start = 0
        elif self._length - position < position - start:
            finger = len(chunks) - 1
            start = self._length - len(chunks[finger])
        while position < start:
            finger -= 1
            start -= len(chunks[finger])
        while position > start + len(chunks[finger]):
            start += len(chunks[finger])
            finger += 1
        self._finger = finger
        self._finger_start = start
        return finger

    def _breaks_before(self, chunk: int) -> int:
        """Count the line breaks in the chunks before one."""
        breaks = self._breaks
        for index in range(chunk):
            if breaks[index] < 0:
                breaks[index] = self._chunks[index].count("\n")
        return sum(breaks[:chunk])

    def _after_break(self, count: int) -> int:
        """Return the index after the `count`-th line break; all chunks must have been counted."""
        index = chunk = 0
        while count > self._breaks[chunk]:
            count -= self._breaks[chunk]
            index += len(self._chunks[chunk])
            chunk += 1
        offset = 0
        for _ in range(count):
            offset = self._chunks[chunk].index("\n", offset) + 1
        return index + offset


def _split(text: str, limit: int) -> list[str]:
    """Cut a text into chunks of equal size that have room to grow."""
    length = len(text)
    if length <= limit:
        return [text]
    count = -(-2 * length // limit)
    return [text[i * length // count : (i + 1) * length // count] for i in range(count)]

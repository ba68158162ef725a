"""`TextBuffer`: a text that takes edit after edit in well under its length each.

The text lies in chunks of bounded size.  Edits of real people come close to each
other, so the buffer keeps a finger on the chunk of the last one and walks from
there, or from either end where that is nearer.

Invariant: the chunks are non-empty, or there is a single empty one; none is longer
than `CHUNK`, in code points, and two neighbours are together longer than a quarter of
it; the finger names a chunk and where it starts.
"""

from __future__ import annotations

from typing import Final

from ot_core.errors import LengthMismatch
from ot_core.operation import Operation

__all__ = ["TextBuffer"]

CHUNK: Final = 1024
"""The longest chunk.  Longer makes a keystroke copy more, shorter makes a jump walk further."""

QUARTER: Final = CHUNK // 4
"""What two neighbours are longer than, together."""

HALF: Final = CHUNK // 2
"""What a chunk is cut to, and what small neighbours are joined up to."""


class TextBuffer:
    """A text that operations are applied to in place.

    >>> buffer = TextBuffer("hi")
    >>> buffer.apply(Operation([2, "!"]))
    >>> buffer.text
    'hi!'
    """

    __slots__ = ("_chunks", "_finger", "_finger_start", "_length")

    def __init__(self, text: str = "") -> None:
        self._chunks = _split(text)
        self._length = len(text)
        self._finger = 0
        self._finger_start = 0

    @property
    def text(self) -> str:
        """The whole text, in one join."""
        return "".join(self._chunks)

    def __len__(self) -> int:
        return self._length

    def copy(self) -> TextBuffer:
        """Return a buffer that goes its own way from here; costs O(length / `CHUNK`)."""
        twin = TextBuffer()
        twin._chunks = self._chunks.copy()
        twin._length = self._length
        return twin

    def apply(self, operation: Operation) -> None:
        """Change the text; all of the operation takes effect, or none of it.

        Raises:
            LengthMismatch: the text has not the operation's base length.
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
                if 0 <= offset <= len(chunk) <= CHUNK - count:
                    # Where the finger is, as most edits are: nothing else has to move.
                    chunks[self._finger] = chunk[:offset] + component + chunk[offset:]
                    self._length += count
                else:
                    self._insert(position, component)
                position += count
            elif component < 0:
                chunk = chunks[self._finger]
                offset = position - self._finger_start
                stop = offset - component
                if offset >= 0 and stop <= len(chunk) > QUARTER - component:
                    chunks[self._finger] = chunk[:offset] + chunk[stop:]
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
        if len(chunk) <= CHUNK:
            self._chunks[finger] = chunk
        else:
            self._chunks[finger : finger + 1] = _split(chunk)

    def _delete(self, position: int, count: int) -> None:
        first = last = self._seek(position)
        chunks = self._chunks
        start = position - self._finger_start
        stop = start + count
        while stop > len(chunks[last]):
            stop -= len(chunks[last])
            last += 1
        left = chunks[first][:start] + chunks[last][stop:]
        # What is left is joined with its neighbours where they are small, so that deleting
        # all over the text doesn't leave it in crumbs.
        if last + 1 < len(chunks) and len(left) + len(chunks[last + 1]) <= HALF:
            last += 1
            left += chunks[last]
        if first and len(left) + len(chunks[first - 1]) <= HALF:
            first -= 1
            self._finger = first
            self._finger_start -= len(chunks[first])
            left = chunks[first] + left
        # The finger was left of the deletion, or at the text's start: it still holds.
        chunks[first : last + 1] = _split(left) if left else []
        self._length -= count
        if not chunks:
            chunks.append("")

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


def _split(text: str) -> list[str]:
    """Cut a text into chunks of one size that have room to grow."""
    length = len(text)
    if length <= CHUNK:
        return [text]
    count = -(-length // HALF)
    return [text[i * length // count : (i + 1) * length // count] for i in range(count)]

"""What is said between the server and a process that completes Python.

A frame is its length, in `LENGTH_BYTES` bytes, and that many bytes of JSON.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ot_server.codehelp.completions import Completion

__all__ = ["LENGTH_BYTES", "Answer", "Question"]

LENGTH_BYTES: Final = 4


class Question(Struct):
    """What may be meant at an offset of a text?"""

    text: str
    offset: int


class Answer(Struct):
    """What may be meant, the likeliest first; or None where that can't be told."""

    items: list[Completion] | None

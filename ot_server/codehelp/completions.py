"""What a completion is, which word is being completed, and how a process is asked for it.

A frame between the server and such a process is its length, in `LENGTH_BYTES` bytes, and that
many bytes of JSON.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct

__all__ = ["LENGTH_BYTES", "MOST_ITEMS", "Answer", "Completion", "Kind", "Question", "word_before"]

LENGTH_BYTES: Final = 4

MOST_ITEMS: Final = 200
"""How many completions an answer has at most, the likeliest first."""

WORD_BEFORE: Final = re.compile(r"[^\W\d][\w$]*\Z|\$[\w$]*\Z")
LONGEST_WORD: Final = 200
"""In code points."""

Kind = Literal[
    "module", "class", "function", "property", "parameter", "variable", "keyword", "builtin", "word"
]
"""What it names; `word` is anything else that the text mentions."""


class Completion(Struct, omit_defaults=True, frozen=True):
    """Something that may be meant by what has been typed."""

    text: str
    kind: Kind
    signature: str | None = None
    """How it is called, where that is known."""
    documentation: str | None = None
    """The beginning of what its author says of it."""


class Question(Struct):
    """What may be meant at an offset of a text?"""

    text: str
    offset: int


class Answer(Struct):
    """What may be meant, the likeliest first; or None where that can't be told."""

    items: list[Completion] | None


def word_before(text: str, offset: int) -> str:
    """Return the part of a word that stands before an offset; empty where none does."""
    match = WORD_BEFORE.search(text[max(0, offset - LONGEST_WORD) : offset])
    return match.group() if match else ""

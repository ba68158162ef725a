"""What a completion is, and which word is being completed."""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct

__all__ = ["MOST_ITEMS", "Completion", "Kind", "word_before"]

MOST_ITEMS: Final = 200
"""How many completions are told of at most, the likeliest first."""

WORD_BEFORE: Final = re.compile(r"[^\W\d][\w$]*\Z|\$[\w$]*\Z")
LONGEST_WORD: Final = 200
"""In code points."""

Kind = Literal[
    "module", "class", "function", "property", "parameter", "variable", "keyword", "builtin", "word"
]
"""What it names; `word` stands for whatever else the text mentions."""


class Completion(Struct, omit_defaults=True, frozen=True):
    """Something that may be meant by what has been typed."""

    text: str
    kind: Kind
    signature: str | None = None
    """How it is called, where that is known."""
    documentation: str | None = None
    """The beginning of what its author says of it."""


def word_before(text: str, offset: int) -> str:
    """Return the part of a word that stands before an offset; empty where none does."""
    match = WORD_BEFORE.search(text[max(0, offset - LONGEST_WORD) : offset])
    return match.group() if match else ""

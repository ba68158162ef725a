"""Completions that need no understanding: words of the text, and of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ot_server.codehelp.completions import MOST_ITEMS, Completion, word_before
from ot_server.languages import Language

__all__ = ["complete_words", "words_of"]

WORD: Final = re.compile(r"[^\W\d][\w$]{1,99}|\$[\w$]{1,99}")
NEAR: Final = 20_000
"""How far from the place words are looked for, in code points."""


def complete_words(language: Language, text: str, offset: int) -> list[Completion]:
    """Return the words that begin with what stands before an offset.

    Those of the text come first, the nearest first.  After a dot stands what
    something has, so the words of the language are not among them.
    """
    word = word_before(text, offset)
    start = offset - len(word)
    found = {other: Completion(other, "word") for other in _near(text, start, word)}
    if not text[:start].endswith("."):
        found |= {one.text: one for one in words_of(language, word)}
    return list(found.values())[:MOST_ITEMS]


def words_of(language: Language, query: str) -> list[Completion]:
    """Return the keywords and the builtins that begin so, the case that was typed first."""
    found = [
        *(Completion(word, "keyword") for word in language.keywords),
        *(Completion(word, "builtin") for word in language.builtins),
    ]
    begin = query.lower()
    matching = [one for one in found if one.text.lower().startswith(begin)]
    return sorted(matching, key=lambda one: not one.text.startswith(query))


def _near(text: str, start: int, word: str) -> Iterator[str]:
    """Yield the words around an offset that begin with `word`, the nearest first."""
    begin = word.lower()
    first = max(0, start - NEAR)
    places: dict[str, int] = {}
    for match in WORD.finditer(text, first, start + NEAR):
        other = match.group()
        if match.start() == start or not other.lower().startswith(begin):
            continue
        distance = abs(match.start() - start)
        places[other] = min(distance, places.get(other, distance))
    yield from sorted(places, key=lambda other: places[other])

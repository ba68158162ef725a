"""The languages that the server knows: one table, a row each.

A session may be in any language; in one that isn't here its text is plain.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["LANGUAGES", "PLAIN", "Language", "language_of"]


class Language(NamedTuple):
    """What a language is called, and how files in it end."""

    name: str
    extension: str
    """With its dot."""


PLAIN: Final = Language("Plain text", ".txt")

LANGUAGES: Final = {
    "python": Language("Python", ".py"),
    "javascript": Language("JavaScript", ".js"),
    "typescript": Language("TypeScript", ".ts"),
    "java": Language("Java", ".java"),
    "cpp": Language("C++", ".cpp"),
    "plain": PLAIN,
}


def language_of(id_: str) -> Language:
    """Return a language; an unknown one is plain text."""
    return LANGUAGES.get(id_, PLAIN)

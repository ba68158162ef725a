"""`Completer`: what may be meant at a place of a text: by its meaning, else by words."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from msgspec import Struct

from ot_server.codehelp.completions import Completion, word_before
from ot_server.codehelp.pool import NotCompleted, Workers
from ot_server.codehelp.words import complete_words
from ot_server.languages import language_of
from ot_server.settings import Settings

__all__ = ["Completer", "Completions"]

LONGEST_TEXT: Final = 200_000
"""In code points: a longer one would take its whole time for nothing."""


class Completions(Struct):
    """What may stand in the place of ``[start, stop)``."""

    start: int
    """In code points of the text that was asked about, like `stop`, which is the place itself."""
    stop: int
    items: list[Completion]
    """The likeliest first."""


class Completer:
    """Completes Python by what names mean, everything else by words."""

    def __init__(self, settings: Settings) -> None:
        self._workers = Workers(settings) if settings.completion else None

    def expect(self, language: str) -> None:
        """Get ready: somebody has opened a text in this language, and may ask soon."""
        if language == "python" and self._workers is not None:
            self._workers.begin()

    async def complete(self, language: str, text: str, offset: int) -> Completions:
        """Return what may be meant at an offset of a text; what takes too long is left out."""
        start = offset - len(word_before(text, offset))
        items: list[Completion] = []
        if language == "python" and self._workers is not None and len(text) <= LONGEST_TEXT:
            with suppress(NotCompleted):
                items = await self._workers.complete(text, offset)
        return Completions(
            start, offset, items or complete_words(language_of(language), text, offset)
        )

    async def close(self) -> None:
        """End what it has begun."""
        if self._workers is not None:
            await self._workers.close()

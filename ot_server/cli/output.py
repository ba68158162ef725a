"""What is printed: progress for people at a terminal, and others' text made harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Advance", "count", "day", "plain", "progress"]

Advance = Callable[[str, int, int], None]
"""What it works on, how much of it is done, and how much there is."""


@contextmanager
def progress(quiet: bool) -> Iterator[Advance]:
    """Show how far something has come, on standard error, if that is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    is_shown = console.is_terminal and not quiet
    with Progress(*columns, console=console, transient=True, disable=not is_shown) as bars:
        bar = bars.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            bars.update(bar, description=plain(what), completed=done, total=total)

        yield advance


def count(number: int, thing: str) -> str:
    """Return how many of a thing there are, in English."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def plain(text: str) -> str:
    """Return a text without what could move a terminal's caret or colour its words."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def day(seconds: float) -> str:
    """Return a moment, given in seconds since 1970, to the minute, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")

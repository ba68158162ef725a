"""Numbered SQL files, a folder per dialect; each runs once, in order, and is never changed."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from ot_server.errors import StoreUnavailable

__all__ = ["Migration", "migrations", "refuse_newer"]


class Migration(NamedTuple):
    """One step from a version of the tables to the next."""

    version: int
    script: str


def migrations(dialect: str) -> list[Migration]:
    """Return the steps of a dialect, in order."""
    folder = files(__name__) / dialect
    steps = [
        Migration(int(file.name.partition("_")[0]), file.read_text())
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(steps)


def refuse_newer(found: int, steps: list[Migration]) -> None:
    """Refuse tables that are newer than these steps.

    Raises:
        StoreUnavailable: they are.
    """
    known = steps[-1].version
    if found > known:
        raise StoreUnavailable(
            f"its tables are of version {found}, written by a newer ot-server;"
            f" this one knows them up to version {known}"
        )

"""`blame`: who wrote which part of a text, when, and in which revision."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Final, NamedTuple

from ot_core.attribution import Range
from ot_server.errors import Corrupt
from ot_server.log.past import Moment, moment_at
from ot_server.store.contract import SessionStore

__all__ = ["MOST_RANGES", "Blamed", "blame"]

MOST_RANGES: Final = 1_000
"""How many revisions are looked up at a time."""


class Blamed(NamedTuple):
    """A part of a text, in code points, that one revision wrote."""

    start: int
    stop: int
    revision: int | None
    """None if too many revisions have text to distinguish them; then the rest is unknown too."""
    participant_id: str | None
    committed_at: float | None
    """Seconds since 1970."""


async def blame(
    store: SessionStore, session_id: str, revision: int, start: int, limit: int
) -> tuple[list[Blamed], int | None]:
    """Return who wrote the text at a revision from `start` on, in at most `limit` ranges.

    Also returns where the next range starts, or None after the last one.

    Raises:
        Corrupt: the log doesn't lead to the revision.
        StoreUnavailable: the store can't be read.
    """
    moment = await moment_at(store, session_id, revision, attributed=True)
    ranges = await asyncio.to_thread(_ranges, moment, start, limit + 1)
    following = ranges.pop().start if len(ranges) > limit else None
    revisions = {part.author for part in ranges if isinstance(part.author, int)}
    authors = await store.authors(session_id, revisions)
    if len(authors) < len(revisions):
        raise Corrupt("a revision that wrote some of the text is missing")
    return [_blamed(part, authors) for part in ranges], following


def _ranges(moment: Moment, start: int, limit: int) -> list[Range]:
    assert moment.attribution is not None
    return list(islice(moment.attribution.ranges(start), limit))


def _blamed(part: Range, authors: dict[int, tuple[str, float]]) -> Blamed:
    if not isinstance(part.author, int):
        return Blamed(part.start, part.stop, None, None, None)
    participant_id, committed_at = authors[part.author]
    return Blamed(part.start, part.stop, part.author, participant_id, committed_at)

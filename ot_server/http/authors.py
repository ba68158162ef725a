"""`Author`: whoever wrote something, as history shows it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ot_server.access.participant import color
from ot_server.store.base import Store

__all__ = ["Author", "authors_of"]


class Author(Struct):
    """A participant, by the name that holds now, whether still in the session or not."""

    id: str
    name: str
    color: str


class _Authors(dict[str, Author]):
    """By participant id; one whom no row knows has no name."""

    def __missing__(self, participant_id: str) -> Author:
        return Author(participant_id, "", color(0))


async def authors_of(store: Store, session_id: str) -> Mapping[str, Author]:
    """Return everybody who may have written something in a session, by participant id."""
    return _Authors(
        (row.id, Author(row.id, row.name, color(row.ordinal)))
        for row, _ in await store.participants(session_id)
    )

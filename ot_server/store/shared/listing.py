"""The list of a user's sessions.

Invariant: a page is one query, for any number of sessions.
"""

from __future__ import annotations

from typing import Final

from ot_server.store.columns import INFO
from ot_server.store.rows import MOST_OTHERS, OwnSessionRow
from ot_server.store.transactions import JSON_LIST, Shared, Statement, read, rows

__all__ = ["SharedListing"]


class SharedListing(Shared):
    """See `ot_server.store.contract.listing.ListingStore` for what it does."""

    @read
    def sessions_of(
        self, user_id: str, query: str, limit: int, after: tuple[float, str] | None
    ) -> Statement[list[OwnSessionRow]]:
        at, session_id = after or (float("inf"), "")
        return rows(OwnSessionRow, LIST, user_id, _pattern(query), at, session_id, limit)


def _pattern(query: str) -> str:
    """Return the LIKE pattern for keys that contain what a user searches for."""
    key = query.casefold()
    for special in ("!", "%", "_"):
        key = key.replace(special, f"!{special}")
    return f"%{key}%"


# First all of the user's sessions, by their keys, and only then the search among them.  Otherwise
# Postgres might search everybody's sessions, because it assumes that a pattern matches few.
LIST: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT {INFO}, title_key, held_roles.role FROM held_roles
    JOIN infos ON infos.id = held_roles.session_id
    WHERE held_roles.user_id = $1 AND held_roles.role IS NOT NULL
), page AS (
    SELECT {INFO}, role FROM mine
    WHERE title_key LIKE $2 ESCAPE '!' AND (updated_at, id) < ($3, $4)
    ORDER BY updated_at DESC, id DESC LIMIT $5
)
SELECT page.*,
    (SELECT count(*) FROM held_roles AS member
        WHERE member.session_id = page.id
            AND member.user_id IS NOT NULL AND member.role IS NOT NULL),
    (SELECT coalesce({JSON_LIST}(name), '[]') FROM (
        SELECT participants.name FROM participants
        JOIN held_roles AS member ON member.participant_id = participants.id
        WHERE participants.session_id = page.id
            AND participants.user_id <> $1 AND member.role IS NOT NULL
        ORDER BY participants.ordinal LIMIT {MOST_OTHERS}
    ) AS others)
FROM page ORDER BY updated_at DESC, id DESC
"""

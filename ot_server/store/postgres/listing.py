"""The list of a user's sessions, in Postgres.

Invariant: however many sessions a page has, it is one query.
"""

from __future__ import annotations

from typing import Final

from ot_server.store.columns import INFO
from ot_server.store.postgres.database import Database
from ot_server.store.rows import MOST_OTHERS, OwnSessionRow, SessionInfoRow

__all__ = ["PostgresListing"]

LIST: Final = f"""
WITH page AS (
    SELECT {INFO}, held_roles.role FROM held_roles
    JOIN session_info ON session_info.id = held_roles.session_id
    WHERE held_roles.user_id = $1 AND held_roles.role IS NOT NULL
        AND strpos(title_key, $2) > 0 AND (updated_at, id) < ($3, $4)
    ORDER BY updated_at DESC, id DESC LIMIT $5
)
SELECT page.*,
    (SELECT count(*) FROM held_roles AS member
        WHERE member.session_id = page.id
            AND member.user_id IS NOT NULL AND member.role IS NOT NULL),
    ARRAY(SELECT participants.name FROM participants
        JOIN held_roles AS member ON member.participant_id = participants.id
        WHERE participants.session_id = page.id
            AND participants.user_id <> $1 AND member.role IS NOT NULL
        ORDER BY participants.ordinal LIMIT {MOST_OTHERS})
FROM page ORDER BY updated_at DESC, id DESC
"""


class PostgresListing:
    """See `ot_server.store.base.AccessStore` for what it does."""

    _database: Database

    async def sessions_of(
        self, user_id: str, query: str, limit: int, after: tuple[float, str] | None
    ) -> list[OwnSessionRow]:
        at, session_id = after or (float("inf"), "")
        rows = await self._database.rows(LIST, user_id, query.casefold(), at, session_id, limit)
        return [
            OwnSessionRow(SessionInfoRow(*info), role, members, others)
            for *info, role, members, others in rows
        ]

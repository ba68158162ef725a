"""The list of a user's sessions, in SQLite.

Invariant: however many sessions a page has, it is one query.
"""

from __future__ import annotations

import json
from typing import Final

from ot_server.store.columns import INFO
from ot_server.store.rows import MOST_OTHERS, OwnSessionRow
from ot_server.store.sqlite.database import Database
from ot_server.store.sqlite.infos import read_info

__all__ = ["SqliteListing"]

LIST: Final = f"""
WITH page AS (
    SELECT title_of.*, held_roles.role FROM held_roles
    JOIN (SELECT {INFO} FROM session_info) AS title_of ON title_of.id = held_roles.session_id
    WHERE held_roles.user_id = :user_id AND held_roles.role IS NOT NULL
        AND instr(casefold(title_of.title), casefold(:query))
        AND (title_of.updated_at, title_of.id) < (:at, :session_id)
    ORDER BY title_of.updated_at DESC, title_of.id DESC LIMIT :limit
)
SELECT page.*,
    (SELECT count(*) FROM held_roles AS member
        WHERE member.session_id = page.id
            AND member.user_id IS NOT NULL AND member.role IS NOT NULL),
    (SELECT json_group_array(name) FROM (
        SELECT participants.name FROM participants
        JOIN held_roles AS member ON member.participant_id = participants.id
        WHERE participants.session_id = page.id
            AND participants.user_id != :user_id AND member.role IS NOT NULL
        ORDER BY participants.ordinal LIMIT {MOST_OTHERS}
    ))
FROM page ORDER BY page.updated_at DESC, page.id DESC
"""


class SqliteListing:
    """See `ot_server.store.base.AccessStore` for what it does."""

    _database: Database

    async def sessions_of(
        self, user_id: str, query: str, limit: int, after: tuple[float, str] | None
    ) -> list[OwnSessionRow]:
        at, session_id = after or (float("inf"), "")
        wanted = {
            "user_id": user_id,
            "query": query,
            "limit": limit,
            "at": at,
            "session_id": session_id,
        }
        rows = await self._database.read(lambda db: db.execute(LIST, wanted).fetchall())
        return [
            OwnSessionRow(read_info(info), role, members, json.loads(others))
            for *info, role, members, others in rows
        ]

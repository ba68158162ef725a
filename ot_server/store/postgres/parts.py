"""What several transactions in Postgres have in common: rows of access, and what they are worth."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from ot_server.errors import RoleLost
from ot_server.store.columns import INFO, LINK, PARTICIPANT, VERSION
from ot_server.store.postgres.database import Statements
from ot_server.store.postgres.locks import lock_sessions
from ot_server.store.rows import LinkRow, ParticipantRow, SessionInfoRow, VersionRow

__all__ = [
    "begin",
    "held_role",
    "insert_info",
    "insert_link",
    "insert_participant",
    "insert_version",
    "move_version",
    "remove_sessions",
]


async def begin(db: Statements, session_id: str, by: ParticipantRow | None) -> None:
    """Lock a session, and see that whoever asks still holds the role that allowed it.

    Raises:
        RoleLost: not any more.
    """
    await lock_sessions(db, [session_id])
    if by is not None and await held_role(db, by) != by.role:
        raise RoleLost(by.id)


async def held_role(db: Statements, participant: ParticipantRow) -> str | None:
    """Return what a participant's role is worth."""
    row = await db.row("SELECT role FROM held_roles WHERE participant_id = $1", participant.id)
    return row[0] if row else None


async def move_version(db: Statements, session_id: str) -> None:
    """Let no commit go through that began before."""
    await db.rows("UPDATE sessions SET version = version + 1 WHERE id = $1", session_id)


async def insert_participant(db: Statements, participant: ParticipantRow) -> ParticipantRow:
    """Add a participant, or give one who was there and has no access any more a new one.

    The session is locked: nobody else comes in between.
    """
    there = await db.row(
        f"SELECT {PARTICIPANT} FROM participants"
        " WHERE session_id = $1 AND (id = $2 OR user_id = $3)",
        participant.session_id,
        participant.id,
        participant.user_id,
    )
    if there is not None:
        return await _return(db, ParticipantRow(*there), participant)
    (row,) = await db.rows(
        f"INSERT INTO participants ({PARTICIPANT})"
        " SELECT $2, $1, $3, $4, $5, count(*), $6, $7 FROM participants WHERE session_id = $1"
        f" RETURNING {PARTICIPANT}",
        participant.session_id,
        participant.id,
        participant.name,
        participant.kind,
        participant.role,
        participant.user_id,
        participant.link,
    )
    return ParticipantRow(*row)


async def remove_sessions(db: Statements, session_ids: Collection[str]) -> bool:
    """Delete sessions, which are locked, with all that belongs to them; say whether any was."""
    ids = [*session_ids]
    await db.rows("DELETE FROM operations WHERE session_id = ANY($1)", ids)
    return bool(await db.rows("DELETE FROM sessions WHERE id = ANY($1) RETURNING id", ids))


async def insert_info(db: Statements, info: SessionInfoRow) -> None:
    """Add what lists and searches read."""
    await db.rows(
        f"INSERT INTO session_info ({INFO}, title_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *structs.astuple(info),
        info.title.casefold(),
    )


async def insert_link(db: Statements, link: LinkRow) -> None:
    """Add a share link."""
    await db.rows(f"INSERT INTO links ({LINK}) VALUES ($1, $2, $3, $4, $5)", *structs.astuple(link))


async def insert_version(db: Statements, version: VersionRow) -> None:
    """Give a revision a name."""
    await db.rows(
        f"INSERT INTO versions ({VERSION}) VALUES ($1, $2, $3, $4, $5, $6)",
        *structs.astuple(version),
    )


async def _return(db: Statements, there: ParticipantRow, again: ParticipantRow) -> ParticipantRow:
    if await held_role(db, there) is not None:
        return there
    await move_version(db, there.session_id)
    (row,) = await db.rows(
        f"UPDATE participants SET role = $2, link = $3 WHERE id = $1 RETURNING {PARTICIPANT}",
        there.id,
        again.role,
        again.link,
    )
    return ParticipantRow(*row)

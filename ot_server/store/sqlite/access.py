"""Who may do what with which session, in SQLite.

Invariant: a transaction that takes access from anybody, or changes what a role is worth,
moves the session's `version`.
"""

from __future__ import annotations

import sqlite3

from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import LastOwner, RoleLost
from ot_server.store.columns import INFO, INVITE, LINK, PARTICIPANT, VERSION
from ot_server.store.rows import (
    InviteRow,
    LinkRow,
    ParticipantRow,
    SessionInfoRow,
    VersionRow,
    Visibility,
)
from ot_server.store.sqlite.database import Database
from ot_server.store.sqlite.infos import read_info

__all__ = [
    "SqliteAccess",
    "insert_link",
    "insert_participant",
    "move_version",
    "require_held",
]


class SqliteAccess:
    """See `ot_server.store.base.AccessStore` for what each method does."""

    _database: Database

    async def change_session(
        self,
        session_id: str,
        *,
        title: str | None = None,
        language: str | None = None,
        visibility: Visibility | None = None,
        run: bool | None = None,
        by: ParticipantRow | None = None,
    ) -> SessionInfoRow | None:
        def work(db: sqlite3.Connection) -> SessionInfoRow | None:
            require_held(db, by)
            row = db.execute(
                "UPDATE session_info SET title = coalesce(?, title),"
                " language = coalesce(?, language), visibility = coalesce(?, visibility),"
                f" run = coalesce(?, run) WHERE id = ? RETURNING {INFO}",
                (title, language, visibility, run, session_id),
            ).fetchone()
            move_version(db, session_id)
            return read_info(row) if row else None

        return await self._database.write(work)

    async def delete_session(self, session_id: str, by: ParticipantRow | None = None) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            require_held(db, by)
            return _changes(db, "DELETE FROM sessions WHERE id = ?", session_id)

        return await self._database.write(work)

    async def participant_of_user(self, session_id: str, user_id: str) -> ParticipantRow | None:
        rows = await self._database.rows(
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = ? AND user_id = ?",
            session_id,
            user_id,
        )
        return ParticipantRow(*rows[0]) if rows else None

    async def participants(
        self,
        session_id: str,
        *,
        members: bool = False,
        limit: int | None = None,
        after: int | None = None,
    ) -> list[tuple[ParticipantRow, Role | None]]:
        rows = await self._database.rows(
            "SELECT who.*, held_roles.role FROM"
            f" (SELECT {PARTICIPANT} FROM participants WHERE session_id = ? AND ordinal > ?) AS who"
            " JOIN held_roles ON held_roles.participant_id = who.id"
            " WHERE NOT ? OR (who.user_id IS NOT NULL AND held_roles.role IS NOT NULL)"
            " ORDER BY who.ordinal LIMIT ?",
            session_id,
            -1 if after is None else after,
            members,
            -1 if limit is None else limit,
        )
        return [(ParticipantRow(*row), role) for *row, role in rows]

    async def add_participant(
        self, participant: ParticipantRow, by: ParticipantRow | None = None
    ) -> ParticipantRow:
        def work(db: sqlite3.Connection) -> ParticipantRow:
            require_held(db, by)
            return insert_participant(db, participant)

        return await self._database.write(work)

    async def rename_participant(self, participant_id: str, name: str) -> None:
        await self._database.write(
            lambda db: db.execute(
                "UPDATE participants SET name = ? WHERE id = ?", (name, participant_id)
            )
        )

    async def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: ParticipantRow | None = None,
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            require_held(db, by)
            if role != "owner" and _is_last_owner(db, session_id, participant_id):
                raise LastOwner(session_id)
            is_there = _changes(
                db,
                "UPDATE participants SET role = ?, link = NULL WHERE session_id = ? AND id = ?",
                role,
                session_id,
                participant_id,
            )
            if is_there:
                move_version(db, session_id)
            return is_there

        return await self._database.write(work)

    async def link(self, link: str) -> LinkRow | None:
        rows = await self._database.rows(f"SELECT {LINK} FROM links WHERE link = ?", link)
        return LinkRow(*rows[0]) if rows else None

    async def links(self, session_id: str) -> list[LinkRow]:
        rows = await self._database.rows(
            f"SELECT {LINK} FROM links WHERE session_id = ? ORDER BY created_at, link", session_id
        )
        return [LinkRow(*row) for row in rows]

    async def add_link(self, link: LinkRow, by: ParticipantRow | None = None) -> None:
        def work(db: sqlite3.Connection) -> None:
            require_held(db, by)
            insert_link(db, link)

        await self._database.write(work)

    async def delete_link(
        self, session_id: str, link: str, by: ParticipantRow | None = None
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            require_held(db, by)
            is_there = _changes(
                db, "DELETE FROM links WHERE session_id = ? AND link = ?", session_id, link
            )
            if is_there:
                move_version(db, session_id)
            return is_there

        return await self._database.write(work)

    async def invites(self, session_id: str) -> list[InviteRow]:
        rows = await self._database.rows(
            f"SELECT {INVITE} FROM invites WHERE session_id = ? ORDER BY created_at, id",
            session_id,
        )
        return [InviteRow(*row) for row in rows]

    async def add_invite(
        self, invite: InviteRow, by: ParticipantRow | None = None
    ) -> InviteRow | None:
        def work(db: sqlite3.Connection) -> InviteRow | None:
            require_held(db, by)
            key = invite.email.casefold()
            if db.execute("SELECT 1 FROM users WHERE email_key = ?", (key,)).fetchone():
                return None
            row = db.execute(
                f"INSERT INTO invites ({INVITE}, email_key) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (session_id, email_key) DO UPDATE SET role = excluded.role"
                f" RETURNING {INVITE}",
                (*structs.astuple(invite), key),
            ).fetchone()
            return InviteRow(*row)

        return await self._database.write(work)

    async def delete_invite(
        self, session_id: str, invite_id: str, by: ParticipantRow | None = None
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            require_held(db, by)
            return _changes(
                db, "DELETE FROM invites WHERE session_id = ? AND id = ?", session_id, invite_id
            )

        return await self._database.write(work)

    async def versions(self, session_id: str) -> list[VersionRow]:
        rows = await self._database.rows(
            f"SELECT {VERSION} FROM versions WHERE session_id = ?"
            " ORDER BY revision DESC, created_at DESC, id",
            session_id,
        )
        return [VersionRow(*row) for row in rows]

    async def add_version(self, version: VersionRow) -> None:
        await self._database.write(
            lambda db: db.execute(
                f"INSERT INTO versions ({VERSION}) VALUES (?, ?, ?, ?, ?, ?)",
                structs.astuple(version),
            )
        )

    async def delete_version(self, session_id: str, version_id: str) -> bool:
        return await self._database.write(
            lambda db: _changes(
                db, "DELETE FROM versions WHERE session_id = ? AND id = ?", session_id, version_id
            )
        )


def insert_participant(db: sqlite3.Connection, participant: ParticipantRow) -> ParticipantRow:
    """Add a participant, or give one who was there and has no access any more a new one."""
    there = db.execute(
        f"SELECT {PARTICIPANT} FROM participants WHERE session_id = ? AND (id = ? OR user_id = ?)",
        (participant.session_id, participant.id, participant.user_id),
    ).fetchone()
    if there is not None:
        return _return(db, ParticipantRow(*there), participant)
    row = db.execute(
        f"INSERT INTO participants ({PARTICIPANT})"
        " SELECT ?, ?, ?, ?, ?, count(*), ?, ? FROM participants WHERE session_id = ?"
        f" RETURNING {PARTICIPANT}",
        (
            participant.id,
            participant.session_id,
            participant.name,
            participant.kind,
            participant.role,
            participant.user_id,
            participant.link,
            participant.session_id,
        ),
    ).fetchone()
    return ParticipantRow(*row)


def insert_link(db: sqlite3.Connection, link: LinkRow) -> None:
    """Add a share link."""
    db.execute(f"INSERT INTO links ({LINK}) VALUES (?, ?, ?, ?, ?)", structs.astuple(link))


def _return(db: sqlite3.Connection, there: ParticipantRow, again: ParticipantRow) -> ParticipantRow:
    (held,) = db.execute(
        "SELECT role FROM held_roles WHERE participant_id = ?", (there.id,)
    ).fetchone()
    if held is not None:
        return there
    move_version(db, there.session_id)
    row = db.execute(
        f"UPDATE participants SET role = ?, link = ? WHERE id = ? RETURNING {PARTICIPANT}",
        (again.role, again.link, there.id),
    ).fetchone()
    return ParticipantRow(*row)


def require_held(db: sqlite3.Connection, by: ParticipantRow | None) -> None:
    """See that whoever asks still holds the role that allowed it.

    Raises:
        RoleLost: not any more.
    """
    if by is None:
        return
    held = db.execute("SELECT role FROM held_roles WHERE participant_id = ?", (by.id,)).fetchone()
    if held != (by.role,):
        raise RoleLost(by.id)


def _is_last_owner(db: sqlite3.Connection, session_id: str, participant_id: str) -> bool:
    owners = db.execute(
        "SELECT participant_id FROM held_roles WHERE session_id = ? AND role = 'owner'",
        (session_id,),
    ).fetchall()
    return owners == [(participant_id,)]


def move_version(db: sqlite3.Connection, session_id: str) -> None:
    """Let no commit go through that began before."""
    db.execute("UPDATE sessions SET version = version + 1 WHERE id = ?", (session_id,))


def _changes(db: sqlite3.Connection, sql: str, *parameters: object) -> bool:
    return db.execute(sql, parameters).rowcount > 0

"""Who may do what with which session, in Postgres.

Invariants: a transaction that takes access from anybody, or changes what a role is worth,
moves the session's `version`.  Whatever changes a session but by a commit locks its row first,
so that such transactions follow one another.
"""

from __future__ import annotations

from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import LastOwner
from ot_server.store.columns import INFO, INVITE, LINK, PARTICIPANT, VERSION
from ot_server.store.postgres.database import PATIENT_SECONDS, Database, Statements
from ot_server.store.postgres.locks import share_accounts
from ot_server.store.postgres.parts import (
    begin,
    insert_link,
    insert_participant,
    insert_version,
    move_version,
    remove_sessions,
)
from ot_server.store.rows import (
    InviteRow,
    LinkRow,
    ParticipantRow,
    SessionInfoRow,
    VersionRow,
    Visibility,
)

__all__ = ["PostgresAccess"]


class PostgresAccess:
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
        async def work(db: Statements) -> SessionInfoRow | None:
            await begin(db, session_id, by)
            row = await db.row(
                "UPDATE session_info SET title = coalesce($2, title),"
                " title_key = coalesce($3, title_key), language = coalesce($4, language),"
                " visibility = coalesce($5, visibility), run = coalesce($6, run)"
                f" WHERE id = $1 RETURNING {INFO}",
                session_id,
                title,
                title and title.casefold(),
                language,
                visibility,
                run,
            )
            await move_version(db, session_id)
            return SessionInfoRow(*row) if row else None

        return await self._database.transact(work)

    async def delete_session(self, session_id: str, by: ParticipantRow | None = None) -> bool:
        async def work(db: Statements) -> bool:
            await begin(db, session_id, by)
            return await remove_sessions(db, [session_id])

        return await self._database.transact(work, PATIENT_SECONDS)

    async def participant_of_user(self, session_id: str, user_id: str) -> ParticipantRow | None:
        row = await self._database.row(
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = $1 AND user_id = $2",
            session_id,
            user_id,
        )
        return ParticipantRow(*row) if row else None

    async def participants(
        self,
        session_id: str,
        *,
        members: bool = False,
        limit: int | None = None,
        after: int | None = None,
    ) -> list[tuple[ParticipantRow, Role | None]]:
        rows = await self._database.rows(
            "SELECT who.*, held_roles.role FROM (SELECT"
            f" {PARTICIPANT} FROM participants WHERE session_id = $1 AND ordinal > $2) AS who"
            " JOIN held_roles ON held_roles.participant_id = who.id"
            " WHERE NOT $3 OR (who.user_id IS NOT NULL AND held_roles.role IS NOT NULL)"
            " ORDER BY who.ordinal LIMIT $4",
            session_id,
            -1 if after is None else after,
            members,
            limit,
        )
        return [(ParticipantRow(*row), role) for *row, role in rows]

    async def add_participant(
        self, participant: ParticipantRow, by: ParticipantRow | None = None
    ) -> ParticipantRow:
        async def work(db: Statements) -> ParticipantRow:
            if participant.user_id is not None:
                await share_accounts(db)
            await begin(db, participant.session_id, by)
            return await insert_participant(db, participant)

        return await self._database.transact(work)

    async def rename_participant(self, participant_id: str, name: str) -> None:
        await self._database.write(
            "UPDATE participants SET name = $2 WHERE id = $1", participant_id, name
        )

    async def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: ParticipantRow | None = None,
    ) -> bool:
        async def work(db: Statements) -> bool:
            await begin(db, session_id, by)
            if role != "owner" and await _is_last_owner(db, session_id, participant_id):
                raise LastOwner(session_id)
            changed = await db.rows(
                "UPDATE participants SET role = $3, link = NULL WHERE session_id = $1 AND id = $2"
                " RETURNING id",
                session_id,
                participant_id,
                role,
            )
            if changed:
                await move_version(db, session_id)
            return bool(changed)

        return await self._database.transact(work)

    async def link(self, link: str) -> LinkRow | None:
        row = await self._database.row(f"SELECT {LINK} FROM links WHERE link = $1", link)
        return LinkRow(*row) if row else None

    async def links(self, session_id: str) -> list[LinkRow]:
        rows = await self._database.rows(
            f"SELECT {LINK} FROM links WHERE session_id = $1 ORDER BY created_at, link", session_id
        )
        return [LinkRow(*row) for row in rows]

    async def add_link(self, link: LinkRow, by: ParticipantRow | None = None) -> None:
        async def work(db: Statements) -> None:
            await begin(db, link.session_id, by)
            await insert_link(db, link)

        await self._database.transact(work)

    async def delete_link(
        self, session_id: str, link: str, by: ParticipantRow | None = None
    ) -> bool:
        async def work(db: Statements) -> bool:
            await begin(db, session_id, by)
            deleted = await db.rows(
                "DELETE FROM links WHERE session_id = $1 AND link = $2 RETURNING link",
                session_id,
                link,
            )
            if deleted:
                await move_version(db, session_id)
            return bool(deleted)

        return await self._database.transact(work)

    async def invites(self, session_id: str) -> list[InviteRow]:
        rows = await self._database.rows(
            f"SELECT {INVITE} FROM invites WHERE session_id = $1 ORDER BY created_at, id",
            session_id,
        )
        return [InviteRow(*row) for row in rows]

    async def add_invite(
        self, invite: InviteRow, by: ParticipantRow | None = None
    ) -> InviteRow | None:
        async def work(db: Statements) -> InviteRow | None:
            await share_accounts(db)  # else an account could come to be that misses the invite
            await begin(db, invite.session_id, by)
            key = invite.email.casefold()
            if await db.rows("SELECT FROM users WHERE email_key = $1", key):
                return None
            (row,) = await db.rows(
                f"INSERT INTO invites ({INVITE}, email_key) VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT (session_id, email_key) DO UPDATE SET role = excluded.role"
                f" RETURNING {INVITE}",
                *structs.astuple(invite),
                key,
            )
            return InviteRow(*row)

        return await self._database.transact(work)

    async def delete_invite(
        self, session_id: str, invite_id: str, by: ParticipantRow | None = None
    ) -> bool:
        async def work(db: Statements) -> bool:
            await begin(db, session_id, by)
            return bool(
                await db.rows(
                    "DELETE FROM invites WHERE session_id = $1 AND id = $2 RETURNING id",
                    session_id,
                    invite_id,
                )
            )

        return await self._database.transact(work)

    async def versions(self, session_id: str) -> list[VersionRow]:
        rows = await self._database.rows(
            f"SELECT {VERSION} FROM versions WHERE session_id = $1"
            " ORDER BY revision DESC, created_at DESC, id",
            session_id,
        )
        return [VersionRow(*row) for row in rows]

    async def add_version(self, version: VersionRow) -> None:
        await self._database.transact(lambda db: insert_version(db, version))

    async def delete_version(self, session_id: str, version_id: str) -> bool:
        return bool(
            await self._database.write(
                "DELETE FROM versions WHERE session_id = $1 AND id = $2 RETURNING id",
                session_id,
                version_id,
            )
        )


async def _is_last_owner(db: Statements, session_id: str, participant_id: str) -> bool:
    owners = await db.rows(
        "SELECT participant_id FROM held_roles WHERE session_id = $1 AND role = 'owner'", session_id
    )
    return [id_ for (id_,) in owners] == [participant_id]

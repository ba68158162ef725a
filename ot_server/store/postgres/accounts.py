"""Users in Postgres, and what becomes of their sessions."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from ot_server.errors import OwnsSessions, Taken
from ot_server.ids import new_id
from ot_server.store.base import PATIENT_SECONDS
from ot_server.store.columns import INFO, USER
from ot_server.store.postgres.database import Database, Statements
from ot_server.store.postgres.logins import PostgresLogins
from ot_server.store.rows import Departure, ParticipantRow, SessionInfoRow, UserRow
from ot_server.store.shared.access import remove_sessions
from ot_server.store.shared.locks import lock_accounts, lock_sessions
from ot_server.store.shared.participants import insert_participant

__all__ = ["PostgresAccounts"]

NAME_OF_THE_DELETED: Final = "Deleted user"

HAS_ROLE: Final = "SELECT session_id FROM held_roles WHERE user_id = $1 AND role IS NOT NULL"
OWNED: Final = "SELECT session_id FROM held_roles WHERE user_id = $1 AND role = 'owner'"
OWNED_BY_OTHERS: Final = (
    f"SELECT session_id FROM held_roles WHERE session_id IN ({OWNED})"
    " AND role = 'owner' AND user_id IS DISTINCT FROM $1"
)


class PostgresAccounts(PostgresLogins):
    """See `ot_server.store.base.AccountStore` for what each method does."""

    _database: Database

    async def add_user(self, user: UserRow) -> None:
        async def work(db: Statements) -> None:
            await db.perform(lock_accounts())
            await _require_free(db, "", user.username, user.email)
            await db.rows(
                f"INSERT INTO users ({USER}, username_key, email_key)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                *structs.astuple(user),
                user.username.casefold(),
                user.email.casefold(),
            )
            await _take_up_invites(db, user)

        await self._database.transact(work)

    async def user(self, user_id: str) -> UserRow | None:
        row = await self._database.row(f"SELECT {USER} FROM users WHERE id = $1", user_id)
        return UserRow(*row) if row else None

    async def user_by_name(self, name: str) -> UserRow | None:
        row = await self._database.row(
            f"SELECT {USER} FROM users WHERE username_key = $1 OR email_key = $1", name.casefold()
        )
        return UserRow(*row) if row else None

    async def change_user(
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> UserRow | None:
        async def work(db: Statements) -> UserRow | None:
            await db.perform(lock_accounts())
            await _require_free(db, user_id, username, email)
            await _lock_sessions_of(db, user_id)
            if username is not None:
                await db.rows(
                    "UPDATE participants SET name = $2 WHERE user_id = $1"
                    " AND name = (SELECT username FROM users WHERE id = $1)",
                    user_id,
                    username,
                )
            row = await db.row(
                "UPDATE users SET username = coalesce($2, username), email = coalesce($3, email),"
                " username_key = coalesce($4, username_key), email_key = coalesce($5, email_key)"
                f" WHERE id = $1 RETURNING {USER}",
                user_id,
                username,
                email,
                username and username.casefold(),
                email and email.casefold(),
            )
            if row is None:
                return None
            user = UserRow(*row)
            await _take_up_invites(db, user)
            return user

        return await self._database.transact(work)

    async def delete_user(self, user_id: str, *, delete_sessions: bool) -> Departure:
        async def work(db: Statements) -> Departure:
            await db.perform(lock_accounts())
            await _lock_sessions_of(db, user_id)
            deleted = await _infos(
                db, f"id IN ({OWNED}) AND id NOT IN ({OWNED_BY_OTHERS})", user_id
            )
            if deleted and not delete_sessions:
                raise OwnsSessions(deleted)
            await db.perform(remove_sessions([info.id for info in deleted]))
            left = await _infos(db, f"id IN ({HAS_ROLE})", user_id)
            await db.rows(
                "UPDATE sessions SET version = version + 1 WHERE id = ANY($1)",
                [info.id for info in left],
            )
            await db.rows(
                "UPDATE participants SET name = $2, role = NULL, link = NULL WHERE user_id = $1",
                user_id,
                NAME_OF_THE_DELETED,
            )
            await db.rows("DELETE FROM users WHERE id = $1", user_id)
            return Departure(deleted, left)

        return await self._database.transact(work, PATIENT_SECONDS)


async def _require_free(
    db: Statements, user_id: str, username: str | None, email: str | None
) -> None:
    """See that nobody else is called so.

    A username may be nobody's address either, nor the other way round: people sign in by both.
    """
    for what, value in (("username", username), ("email", email)):
        if value is not None and await db.rows(
            "SELECT FROM users WHERE (username_key = $1 OR email_key = $1) AND id <> $2",
            value.casefold(),
            user_id,
        ):
            raise Taken(what)


async def _lock_sessions_of(db: Statements, user_id: str) -> None:
    """Lock every session that a user is or was in; accounts are locked: there will be no more."""
    there = await db.rows("SELECT session_id FROM participants WHERE user_id = $1", user_id)
    await db.perform(lock_sessions([session_id for (session_id,) in there]))


async def _take_up_invites(db: Statements, user: UserRow) -> None:
    """Give a user the roles that his address was invited to; accounts are locked."""
    key = user.email.casefold()
    invited = await db.rows("SELECT session_id FROM invites WHERE email_key = $1", key)
    await db.perform(lock_sessions([session_id for (session_id,) in invited]))
    taken_up = await db.rows(
        "DELETE FROM invites WHERE email_key = $1 RETURNING session_id, role", key
    )
    for session_id, role in taken_up:
        await db.perform(
            insert_participant(
                ParticipantRow(new_id(), session_id, user.username, "user", role, user_id=user.id)
            )
        )


async def _infos(db: Statements, condition: str, user_id: str) -> list[SessionInfoRow]:
    """Return what is known of the sessions that meet a condition, by title."""
    rows = await db.rows(
        f"SELECT {INFO} FROM session_info WHERE {condition} ORDER BY title, id", user_id
    )
    return [SessionInfoRow(*row) for row in rows]

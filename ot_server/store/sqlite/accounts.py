"""Users and their logins in SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from typing import Final

from msgspec import structs

from ot_server.ids import new_id
from ot_server.store.base import Taken
from ot_server.store.rows import LoginRow, ParticipantRow, SessionInfoRow, UserRow
from ot_server.store.sqlite.access import INFO, insert_participant, move_version
from ot_server.store.sqlite.database import Database, marks

__all__ = ["SqliteAccounts"]

USER: Final = "id, username, email, password_hash, created_at"
LOGIN: Final = "id, user_id, created_at, expires_at"
NAME_OF_THE_DELETED: Final = "Deleted user"

SOLE_OWNED: Final = (
    "SELECT session_id FROM held_roles WHERE role = 'owner' GROUP BY session_id"
    " HAVING count(*) = 1 AND max(user_id) = ?"
)


class SqliteAccounts:
    """See `ot_server.store.base.AccountStore` for what each method does."""

    _database: Database

    async def add_user(self, user: UserRow) -> None:
        def work(db: sqlite3.Connection) -> None:
            _require_free(db, "", user.username, user.email)
            db.execute(
                f"INSERT INTO users ({USER}, username_key, email_key) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*structs.astuple(user), user.username.casefold(), user.email.casefold()),
            )
            invited = db.execute(
                "DELETE FROM invites WHERE email_key = ? RETURNING session_id, role",
                (user.email.casefold(),),
            ).fetchall()
            for session_id, role in invited:
                insert_participant(
                    db,
                    ParticipantRow(
                        new_id(), session_id, user.username, "user", role, user_id=user.id
                    ),
                )

        await self._database.write(work)

    async def user(self, user_id: str) -> UserRow | None:
        rows = await self._database.rows(f"SELECT {USER} FROM users WHERE id = ?", user_id)
        return UserRow(*rows[0]) if rows else None

    async def user_by_name(self, name: str) -> UserRow | None:
        key = name.casefold()
        rows = await self._database.rows(
            f"SELECT {USER} FROM users WHERE username_key = ? OR email_key = ?", key, key
        )
        return UserRow(*rows[0]) if rows else None

    async def change_user(
        self,
        user_id: str,
        *,
        username: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
    ) -> UserRow | None:
        def work(db: sqlite3.Connection) -> UserRow | None:
            _require_free(db, user_id, username, email)
            row = db.execute(
                "UPDATE users SET username = coalesce(?, username), email = coalesce(?, email),"
                " username_key = coalesce(?, username_key), email_key = coalesce(?, email_key),"
                " password_hash = coalesce(?, password_hash)"
                f" WHERE id = ? RETURNING {USER}",
                (
                    username,
                    email,
                    username and username.casefold(),
                    email and email.casefold(),
                    password_hash,
                    user_id,
                ),
            ).fetchone()
            return UserRow(*row) if row else None

        return await self._database.write(work)

    async def sole_owned(self, user_id: str) -> list[SessionInfoRow]:
        rows = await self._database.rows(
            f"SELECT {INFO} FROM session_info WHERE id IN ({SOLE_OWNED}) ORDER BY title, id",
            user_id,
        )
        return [SessionInfoRow(*row) for row in rows]

    async def delete_user(self, user_id: str) -> list[str]:
        def work(db: sqlite3.Connection) -> list[str]:
            session_ids = [
                session_id
                for (session_id,) in db.execute(
                    "SELECT session_id FROM participants WHERE user_id = ?", (user_id,)
                ).fetchall()
            ]
            db.execute(f"DELETE FROM sessions WHERE id IN ({SOLE_OWNED})", (user_id,))
            db.execute(
                "UPDATE participants SET name = ?, role = NULL, link = NULL WHERE user_id = ?",
                (NAME_OF_THE_DELETED, user_id),
            )
            for session_id in session_ids:
                move_version(db, session_id)
            db.execute("DELETE FROM users WHERE id = ?", (user_id,))
            return session_ids

        return await self._database.write(work)

    async def add_login(self, login: LoginRow, token_hash: bytes) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM logins WHERE expires_at <= ?", (login.created_at,))
            db.execute(f"INSERT INTO logins ({LOGIN}) VALUES (?, ?, ?, ?)", structs.astuple(login))
            _add_token(db, token_hash, login.id, None)

        await self._database.write(work)

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        def work(db: sqlite3.Connection) -> tuple[LoginRow, UserRow] | None:
            login = db.execute(
                f"SELECT {LOGIN} FROM logins WHERE id = ? AND expires_at > ?",
                (login_id, time.time()),
            ).fetchone()
            if login is None:
                return None
            row = LoginRow(*login)
            user = db.execute(f"SELECT {USER} FROM users WHERE id = ?", (row.user_id,)).fetchone()
            return row, UserRow(*user)

        return await self._database.read(work)

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        def work(db: sqlite3.Connection) -> LoginRow | None:
            token = db.execute(
                "SELECT login_id, used_at FROM refresh_tokens WHERE hash = ?", (token_hash,)
            ).fetchone()
            if token is None:
                return None
            login_id, used_at = token
            (ends_at,) = db.execute(
                "SELECT expires_at FROM logins WHERE id = ?", (login_id,)
            ).fetchone()
            is_good = used_at is None or (
                now - used_at <= grace and not _has_used_child(db, token_hash)
            )
            if ends_at <= now or not is_good:
                db.execute("DELETE FROM logins WHERE id = ?", (login_id,))
                return None
            db.execute(
                "UPDATE refresh_tokens SET used_at = coalesce(used_at, ?) WHERE hash = ?",
                (now, token_hash),
            )
            _add_token(db, next_hash, login_id, token_hash)
            row = db.execute(
                f"UPDATE logins SET expires_at = ? WHERE id = ? RETURNING {LOGIN}",
                (expires_at, login_id),
            ).fetchone()
            return LoginRow(*row)

        return await self._database.write(work)

    async def end_login(self, login_id: str) -> None:
        await self._database.write(
            lambda db: db.execute("DELETE FROM logins WHERE id = ?", (login_id,))
        )

    async def end_logins(self, user_id: str, but: str | None = None) -> None:
        await self._database.write(
            lambda db: db.execute(
                "DELETE FROM logins WHERE user_id = ? AND id IS NOT ?", (user_id, but)
            )
        )

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        rows = await self._database.rows(
            f"SELECT id FROM logins WHERE id IN ({marks(login_ids)}) AND expires_at > ?",
            *login_ids,
            time.time(),
        )
        return {login_id for (login_id,) in rows}


def _require_free(
    db: sqlite3.Connection, user_id: str, username: str | None, email: str | None
) -> None:
    """See that nobody else is called so.

    A username may be nobody's address either, nor the other way round: people sign in by both.
    """
    for what, value in (("username", username), ("email", email)):
        if value is None:
            continue
        key = value.casefold()
        row = db.execute(
            "SELECT 1 FROM users WHERE (username_key = ? OR email_key = ?) AND id != ?",
            (key, key, user_id),
        ).fetchone()
        if row is not None:
            raise Taken(what)


def _add_token(db: sqlite3.Connection, hash_: bytes, login_id: str, parent: bytes | None) -> None:
    db.execute(
        "INSERT INTO refresh_tokens (hash, login_id, parent) VALUES (?, ?, ?)",
        (hash_, login_id, parent),
    )


def _has_used_child(db: sqlite3.Connection, hash_: bytes) -> bool:
    row = db.execute(
        "SELECT 1 FROM refresh_tokens WHERE parent = ? AND used_at IS NOT NULL", (hash_,)
    ).fetchone()
    return row is not None

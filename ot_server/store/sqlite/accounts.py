"""Users and their logins in SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from typing import Final

from msgspec import structs

from ot_server.errors import OwnsSessions, Taken
from ot_server.ids import new_id
from ot_server.store.base import PATIENT_SECONDS
from ot_server.store.columns import INFO, LOGIN, USER
from ot_server.store.rows import Departure, LoginRow, ParticipantRow, SessionInfoRow, UserRow
from ot_server.store.shared.participants import insert_participant, move_version
from ot_server.store.sqlite.database import Database, marks, perform
from ot_server.store.sqlite.infos import read_info

__all__ = ["SqliteAccounts"]

NAME_OF_THE_DELETED: Final = "Deleted user"

HAS_ROLE: Final = "SELECT session_id FROM held_roles WHERE user_id = ? AND role IS NOT NULL"
OWNED: Final = "SELECT session_id FROM held_roles WHERE user_id = ? AND role = 'owner'"
OWNED_BY_OTHERS: Final = (
    f"SELECT session_id FROM held_roles WHERE session_id IN ({OWNED})"
    " AND role = 'owner' AND user_id IS NOT ?"
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
            _take_up_invites(db, user)

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
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> UserRow | None:
        def work(db: sqlite3.Connection) -> UserRow | None:
            _require_free(db, user_id, username, email)
            if username is not None:
                db.execute(
                    "UPDATE participants SET name = ? WHERE user_id = ?"
                    " AND name = (SELECT username FROM users WHERE id = ?)",
                    (username, user_id, user_id),
                )
            row = db.execute(
                "UPDATE users SET username = coalesce(?, username), email = coalesce(?, email),"
                " username_key = coalesce(?, username_key), email_key = coalesce(?, email_key)"
                f" WHERE id = ? RETURNING {USER}",
                (
                    username,
                    email,
                    username and username.casefold(),
                    email and email.casefold(),
                    user_id,
                ),
            ).fetchone()
            if row is None:
                return None
            user = UserRow(*row)
            _take_up_invites(db, user)
            return user

        return await self._database.write(work)

    async def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            lives = db.execute("SELECT 1 FROM logins WHERE id = ?", (login_id,)).fetchone()
            if not (lives and _replace_hash(db, user_id, old_hash, new_hash)):
                return False
            db.execute("DELETE FROM logins WHERE user_id = ? AND id != ?", (user_id, login_id))
            db.execute("DELETE FROM refresh_tokens WHERE login_id = ?", (login_id,))
            _add_token(db, token_hash, login_id, None)
            return True

        return await self._database.write(work)

    async def delete_user(self, user_id: str, *, delete_sessions: bool) -> Departure:
        def work(db: sqlite3.Connection) -> Departure:
            deleted = _infos(
                db, f"id IN ({OWNED}) AND id NOT IN ({OWNED_BY_OTHERS})", user_id, user_id, user_id
            )
            if deleted and not delete_sessions:
                raise OwnsSessions(deleted)
            db.executemany("DELETE FROM sessions WHERE id = ?", [(info.id,) for info in deleted])
            left = _infos(db, f"id IN ({HAS_ROLE})", user_id)
            for info in left:
                perform(db, move_version(info.id))
            db.execute(
                "UPDATE participants SET name = ?, role = NULL, link = NULL WHERE user_id = ?",
                (NAME_OF_THE_DELETED, user_id),
            )
            db.execute("DELETE FROM users WHERE id = ?", (user_id,))
            return Departure(deleted, left)

        return await self._database.write(work, PATIENT_SECONDS)

    async def add_login(
        self, login: LoginRow, token_hash: bytes, checked: str, rehashed: str | None = None
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            if not _replace_hash(db, login.user_id, checked, rehashed or checked):
                return False
            db.execute("DELETE FROM logins WHERE expires_at <= ?", (login.created_at,))
            db.execute(f"INSERT INTO logins ({LOGIN}) VALUES (?, ?, ?, ?)", structs.astuple(login))
            _add_token(db, token_hash, login.id, None)
            return True

        return await self._database.write(work)

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
                now - used_at <= grace and not _has_used_child(db, login_id, token_hash)
            )
            if ends_at <= now or not is_good:
                db.execute("DELETE FROM logins WHERE id = ?", (login_id,))
                return None
            db.execute(
                "DELETE FROM refresh_tokens WHERE login_id = ? AND used_at < ?",
                (login_id, now - (expires_at - now)),
            )
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


def _take_up_invites(db: sqlite3.Connection, user: UserRow) -> None:
    """Give a user the roles that his address was invited to."""
    invited = db.execute(
        "DELETE FROM invites WHERE email_key = ? RETURNING session_id, role",
        (user.email.casefold(),),
    ).fetchall()
    for session_id, role in invited:
        perform(
            db,
            insert_participant(
                ParticipantRow(new_id(), session_id, user.username, "user", role, user_id=user.id)
            ),
        )


def _infos(db: sqlite3.Connection, condition: str, *parameters: object) -> list[SessionInfoRow]:
    """Return what is known of the sessions that meet a condition, by title."""
    rows = db.execute(
        f"SELECT {INFO} FROM session_info WHERE {condition} ORDER BY title, id", parameters
    )
    return [read_info(row) for row in rows]


def _replace_hash(db: sqlite3.Connection, user_id: str, old_hash: str, new_hash: str) -> bool:
    """Replace a user's password hash if it is the old one, and say whether it was."""
    changed = db.execute(
        "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?",
        (new_hash, user_id, old_hash),
    )
    return changed.rowcount > 0


def _add_token(db: sqlite3.Connection, hash_: bytes, login_id: str, parent: bytes | None) -> None:
    db.execute(
        "INSERT INTO refresh_tokens (hash, login_id, parent) VALUES (?, ?, ?)",
        (hash_, login_id, parent),
    )


def _has_used_child(db: sqlite3.Connection, login_id: str, hash_: bytes) -> bool:
    row = db.execute(
        "SELECT 1 FROM refresh_tokens WHERE login_id = ? AND parent = ? AND used_at IS NOT NULL",
        (login_id, hash_),
    ).fetchone()
    return row is not None

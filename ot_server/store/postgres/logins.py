"""Where users are signed in, in Postgres.

Invariant: what changes a login or its tokens holds the login's row, after that of its user if
it needs both, so that a token which two use at once is used by one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from msgspec import structs

from ot_server.store.columns import LOGIN, USER
from ot_server.store.postgres.database import Database, Statements
from ot_server.store.rows import LoginRow, UserRow

__all__ = ["PostgresLogins"]


class PostgresLogins:
    """See `ot_server.store.base.AccountStore` for what each method does."""

    _database: Database

    async def add_login(
        self, login: LoginRow, token_hash: bytes, checked: str, rehashed: str | None = None
    ) -> bool:
        async def work(db: Statements) -> bool:
            if not await _replace_hash(db, login.user_id, checked, rehashed or checked):
                return False
            await db.rows(
                "DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE expires_at <= $1"
                " FOR UPDATE SKIP LOCKED)",
                login.created_at,
            )
            await db.rows(
                f"INSERT INTO logins ({LOGIN}) VALUES ($1, $2, $3, $4)", *structs.astuple(login)
            )
            await _add_token(db, token_hash, login.id, None)
            return True

        return await self._database.transact(work)

    async def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> bool:
        async def work(db: Statements) -> bool:
            await db.rows("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
            lives = await db.rows("SELECT FROM logins WHERE id = $1 FOR UPDATE", login_id)
            if not (lives and await _replace_hash(db, user_id, old_hash, new_hash)):
                return False
            await db.rows("DELETE FROM logins WHERE user_id = $1 AND id <> $2", user_id, login_id)
            await db.rows("DELETE FROM refresh_tokens WHERE login_id = $1", login_id)
            await _add_token(db, token_hash, login_id, None)
            return True

        return await self._database.transact(work)

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        row = await self._database.row(SELECT_LOGIN, login_id, time.time())
        if row is None:
            return None
        login, user = row
        return LoginRow(*login), UserRow(*user)

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        async def work(db: Statements) -> LoginRow | None:
            login = await db.row(LOCK_LOGIN_OF_TOKEN, token_hash)
            # Anew: whoever held the login before may have used the token, or ended it.
            token = await db.row("SELECT used_at FROM refresh_tokens WHERE hash = $1", token_hash)
            if login is None or token is None:
                return None
            login_id, ends_at = login
            (used_at,) = token
            is_good = used_at is None or (
                now - used_at <= grace and not await _has_used_child(db, login_id, token_hash)
            )
            if ends_at <= now or not is_good:
                await db.rows("DELETE FROM logins WHERE id = $1", login_id)
                return None
            await db.rows(
                "DELETE FROM refresh_tokens WHERE login_id = $1 AND used_at < $2",
                login_id,
                now - (expires_at - now),
            )
            await db.rows(
                "UPDATE refresh_tokens SET used_at = coalesce(used_at, $2) WHERE hash = $1",
                token_hash,
                now,
            )
            await _add_token(db, next_hash, login_id, token_hash)
            (row,) = await db.rows(
                f"UPDATE logins SET expires_at = $2 WHERE id = $1 RETURNING {LOGIN}",
                login_id,
                expires_at,
            )
            return LoginRow(*row)

        return await self._database.transact(work)

    async def end_login(self, login_id: str) -> None:
        await self._database.write("DELETE FROM logins WHERE id = $1", login_id)

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        rows = await self._database.rows(
            "SELECT id FROM logins WHERE id = ANY($1) AND expires_at > $2",
            [*login_ids],
            time.time(),
        )
        return {login_id for (login_id,) in rows}


SELECT_LOGIN = f"""
SELECT (login), (account)
FROM (SELECT {LOGIN} FROM logins WHERE id = $1 AND expires_at > $2) AS login
JOIN (SELECT {USER} FROM users) AS account ON account.id = login.user_id
"""

LOCK_LOGIN_OF_TOKEN = """
SELECT logins.id, logins.expires_at FROM logins
JOIN refresh_tokens ON refresh_tokens.login_id = logins.id
WHERE refresh_tokens.hash = $1 FOR UPDATE OF logins
"""


async def _replace_hash(db: Statements, user_id: str, old_hash: str, new_hash: str) -> bool:
    """Replace a user's password hash if it is the old one, and say whether it was."""
    changed = await db.rows(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id",
        user_id,
        old_hash,
        new_hash,
    )
    return bool(changed)


async def _add_token(db: Statements, hash_: bytes, login_id: str, parent: bytes | None) -> None:
    await db.rows(
        "INSERT INTO refresh_tokens (hash, login_id, parent) VALUES ($1, $2, $3)",
        hash_,
        login_id,
        parent,
    )


async def _has_used_child(db: Statements, login_id: str, hash_: bytes) -> bool:
    return bool(
        await db.rows(
            "SELECT FROM refresh_tokens"
            " WHERE login_id = $1 AND parent = $2 AND used_at IS NOT NULL",
            login_id,
            hash_,
        )
    )

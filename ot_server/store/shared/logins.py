"""Where users are signed in.

Invariant: a change of a login or its tokens locks the login's row, so that two uses of one token
at the same time come one after the other.  The row of the user, if it is needed, is locked first.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from ot_server.store.columns import LOGIN, USER
from ot_server.store.rows import LoginRow, UserRow
from ot_server.store.transactions import (
    ROW_LOCK,
    SKIP_LOCKED,
    Shared,
    Statement,
    Transaction,
    any_of,
    change,
    insert,
    read,
    row,
    rows,
    some,
    write,
)

__all__ = ["SharedLogins"]


class SharedLogins(Shared):
    """See `ot_server.store.contract.logins.LoginStore` for what each method does."""

    @write
    def add_login(
        self, login: LoginRow, token_hash: bytes, checked: str, rehashed: str | None = None
    ) -> Transaction[bool]:
        if not (yield from _replace_hash(login.user_id, checked, rehashed or checked)):
            return False
        yield from change(
            "DELETE FROM logins WHERE id IN"
            f" (SELECT id FROM logins WHERE expires_at <= $1 {ROW_LOCK} {SKIP_LOCKED})",
            login.created_at,
        )
        yield from insert("logins", login)
        yield from _add_token(token_hash, login.id, None)
        return True

    @write
    def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> Transaction[bool]:
        yield from change(f"SELECT id FROM users WHERE id = $1 {ROW_LOCK}", user_id)
        lives = yield from some(f"SELECT id FROM logins WHERE id = $1 {ROW_LOCK}", login_id)
        if not (lives and (yield from _replace_hash(user_id, old_hash, new_hash))):
            return False
        yield from change("DELETE FROM logins WHERE user_id = $1 AND id <> $2", user_id, login_id)
        yield from change("DELETE FROM refresh_tokens WHERE login_id = $1", login_id)
        yield from _add_token(token_hash, login_id, None)
        return True

    @read
    def login(self, login_id: str) -> Statement[tuple[LoginRow, UserRow] | None]:
        return row(
            tuple[LoginRow, UserRow],
            "SELECT login.*, account.* FROM"
            f" (SELECT {LOGIN} FROM logins WHERE id = $1 AND expires_at > $2) AS login"
            f" JOIN (SELECT {USER} FROM users) AS account ON account.id = login.user_id",
            login_id,
            time.time(),
        )

    @write
    def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> Transaction[LoginRow | None]:
        login = yield from row(
            LoginRow,
            f"SELECT {LOGIN} FROM logins WHERE id ="
            f" (SELECT login_id FROM refresh_tokens WHERE hash = $1) {ROW_LOCK}",
            token_hash,
        )
        # Read it again: whatever held the login before may have used the token, or ended it.
        token = yield from row(
            tuple[float | None], "SELECT used_at FROM refresh_tokens WHERE hash = $1", token_hash
        )
        if login is None or token is None:
            return None
        (used_at,) = token
        is_good = used_at is None or (
            now - used_at <= grace and not (yield from _has_used_child(login.id, token_hash))
        )
        if login.expires_at <= now or not is_good:
            yield from change("DELETE FROM logins WHERE id = $1", login.id)
            return None
        yield from change(
            "DELETE FROM refresh_tokens WHERE login_id = $1 AND used_at < $2",
            login.id,
            now - (expires_at - now),
        )
        yield from change(
            "UPDATE refresh_tokens SET used_at = coalesce(used_at, $2) WHERE hash = $1",
            token_hash,
            now,
        )
        yield from _add_token(next_hash, login.id, token_hash)
        return (
            yield from row(
                LoginRow,
                f"UPDATE logins SET expires_at = $2 WHERE id = $1 RETURNING {LOGIN}",
                login.id,
                expires_at,
            )
        )

    @write
    def end_login(self, login_id: str) -> Statement[None]:
        return change("DELETE FROM logins WHERE id = $1", login_id)

    @read
    def living_logins(self, login_ids: Collection[str]) -> Statement[set[str]]:
        living = rows(
            str,
            f"SELECT id FROM logins WHERE id {any_of('$1')} AND expires_at > $2",
            [*login_ids],
            time.time(),
        )
        return living.then(set)


def _replace_hash(user_id: str, old_hash: str, new_hash: str) -> Statement[bool]:
    """Replace a user's password hash if it is the old one; return whether it was."""
    return some(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id",
        user_id,
        old_hash,
        new_hash,
    )


def _add_token(hash_: bytes, login_id: str, parent: bytes | None) -> Statement[None]:
    return change(
        "INSERT INTO refresh_tokens (hash, login_id, parent) VALUES ($1, $2, $3)",
        hash_,
        login_id,
        parent,
    )


def _has_used_child(login_id: str, hash_: bytes) -> Statement[bool]:
    return some(
        "SELECT 1 FROM refresh_tokens WHERE login_id = $1 AND parent = $2 AND used_at IS NOT NULL",
        login_id,
        hash_,
    )

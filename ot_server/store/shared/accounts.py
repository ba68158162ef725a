"""Users, and what happens to their sessions.

Invariant: accounts are created, changed and deleted one at a time.
"""

from __future__ import annotations

from typing import Final

from ot_protocol.messages import Role
from ot_server.errors import EmailTaken, OwnsSessions, UsernameTaken
from ot_server.ids import new_id
from ot_server.store.columns import INFO, USER
from ot_server.store.rows import Departure, ParticipantRow, SessionInfoRow, UserRow
from ot_server.store.shared.access import remove_sessions
from ot_server.store.shared.locks import lock_accounts, lock_sessions
from ot_server.store.shared.participants import insert_participant
from ot_server.store.transactions import (
    Shared,
    Statement,
    Transaction,
    any_of,
    change,
    insert,
    long_write,
    read,
    row,
    rows,
    some,
    write,
)

__all__ = ["SharedAccounts"]

NAME_OF_THE_DELETED: Final = "Deleted user"

HAS_ROLE: Final = "SELECT session_id FROM held_roles WHERE user_id = $1 AND role IS NOT NULL"
OWNED: Final = "SELECT session_id FROM held_roles WHERE user_id = $1 AND role = 'owner'"
OWNED_BY_OTHERS: Final = (
    f"SELECT session_id FROM held_roles WHERE session_id IN ({OWNED})"
    " AND role = 'owner' AND user_id IS DISTINCT FROM $1"
)


class SharedAccounts(Shared):
    """See `ot_server.store.contract.accounts.AccountStore` for what each method does."""

    @write
    def add_user(self, user: UserRow) -> Transaction[None]:
        yield from lock_accounts()
        yield from _require_free("", user.username, user.email)
        yield from insert(
            "users", user, username_key=user.username.casefold(), email_key=user.email.casefold()
        )
        yield from _take_up_invites(user)

    @read
    def user(self, user_id: str) -> Statement[UserRow | None]:
        return row(UserRow, f"SELECT {USER} FROM users WHERE id = $1", user_id)

    @read
    def user_by_name(self, name: str) -> Statement[UserRow | None]:
        return row(
            UserRow,
            f"SELECT {USER} FROM users WHERE username_key = $1 OR email_key = $1",
            name.casefold(),
        )

    @write
    def change_user(
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> Transaction[UserRow | None]:
        yield from lock_accounts()
        yield from _require_free(user_id, username, email)
        yield from _lock_sessions_of(user_id)
        if username is not None:
            yield from change(
                "UPDATE participants SET name = $2 WHERE user_id = $1"
                " AND name = (SELECT username FROM users WHERE id = $1)",
                user_id,
                username,
            )
        user = yield from row(
            UserRow,
            "UPDATE users SET username = coalesce($2, username), email = coalesce($3, email),"
            " username_key = coalesce($4, username_key), email_key = coalesce($5, email_key)"
            f" WHERE id = $1 RETURNING {USER}",
            user_id,
            username,
            email,
            username and username.casefold(),
            email and email.casefold(),
        )
        if user is not None:
            yield from _take_up_invites(user)
        return user

    @long_write
    def delete_user(self, user_id: str, *, delete_sessions: bool) -> Transaction[Departure]:
        yield from lock_accounts()
        yield from _lock_sessions_of(user_id)
        deleted = yield from _infos(f"id IN ({OWNED}) AND id NOT IN ({OWNED_BY_OTHERS})", user_id)
        if deleted and not delete_sessions:
            raise OwnsSessions(deleted)
        yield from remove_sessions([info.id for info in deleted])
        left = yield from _infos(f"id IN ({HAS_ROLE})", user_id)
        yield from change(
            f"UPDATE sessions SET version = version + 1 WHERE id {any_of('$1')}",
            [info.id for info in left],
        )
        yield from change(
            "UPDATE participants SET name = $2, given = NULL, link = NULL WHERE user_id = $1",
            user_id,
            NAME_OF_THE_DELETED,
        )
        yield from change("DELETE FROM users WHERE id = $1", user_id)
        return Departure(deleted, left)


def _require_free(user_id: str, username: str | None, email: str | None) -> Transaction[None]:
    """Check that nobody else has this username or address.

    Nor may a username be somebody's address, or the reverse: people sign in by both.
    """
    for taken, value in ((UsernameTaken, username), (EmailTaken, email)):
        if value is not None and (
            yield from some(
                "SELECT 1 FROM users WHERE (username_key = $1 OR email_key = $1) AND id <> $2",
                value.casefold(),
                user_id,
            )
        ):
            raise taken


def _lock_sessions_of(user_id: str) -> Transaction[None]:
    """Lock every session that a user is or was in; accounts are locked, so no session is added."""
    there = yield from rows(str, "SELECT session_id FROM participants WHERE user_id = $1", user_id)
    yield from lock_sessions(there)


def _take_up_invites(user: UserRow) -> Transaction[None]:
    """Give a user the roles to which the address was invited; accounts are locked."""
    key = user.email.casefold()
    invited = yield from rows(str, "SELECT session_id FROM invites WHERE email_key = $1", key)
    yield from lock_sessions(invited)
    taken_up = yield from rows(
        tuple[str, Role], "DELETE FROM invites WHERE email_key = $1 RETURNING session_id, role", key
    )
    for session_id, role in taken_up:
        yield from insert_participant(
            ParticipantRow(new_id(), session_id, user.username, "user", role, user_id=user.id)
        )


def _infos(condition: str, user_id: str) -> Statement[list[SessionInfoRow]]:
    """Return the sessions that meet a condition, by title."""
    return rows(
        SessionInfoRow,
        f"SELECT {INFO} FROM infos WHERE {condition} ORDER BY title, id",
        user_id,
    )

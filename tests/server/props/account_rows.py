"""Users, logins and refresh tokens to fill a store with."""

from __future__ import annotations

import time
from typing import Final

from ot_server.access.tokens import hash_refresh_token
from ot_server.store.contract import Store
from ot_server.store.rows import LoginRow, UserRow

__all__ = ["DAY", "GRACE", "login", "rotate", "signed_in", "token", "user"]

DAY: Final = 86_400.0
GRACE: Final = 10.0


def user(name: str) -> UserRow:
    """Return a user of this name."""
    return UserRow(f"id of {name}", name, f"{name}@example.org", f"hash of {name}", 5.5)


def login(name: str, login_id: str) -> LoginRow:
    """Return a login of a user that lasts a day."""
    now = time.time()
    return LoginRow(login_id, f"id of {name}", now, now + DAY)


def token(number: int) -> bytes:
    """Return the hash of the n-th refresh token."""
    return hash_refresh_token(str(number))


async def signed_in(store: Store, name: str, *login_ids: str) -> UserRow:
    """Add a user with logins; the n-th has the refresh token n."""
    row = user(name)
    await store.add_user(row)
    for number, login_id in enumerate(login_ids):
        assert await store.add_login(login(name, login_id), token(number), row.password_hash)
    return row


async def rotate(
    store: Store, number: int, next_number: int, now: float | None = None
) -> LoginRow | None:
    """Use a refresh token for the next one, now or at another time."""
    now = time.time() if now is None else now
    return await store.rotate(token(number), token(next_number), now, now + DAY, GRACE)

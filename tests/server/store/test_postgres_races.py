"""The store in Postgres: what one writer at a time gives SQLite for nothing."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec import structs

from ot_server.errors import StoreUnavailable
from ot_server.store.postgres import PostgresStore
from ot_server.store.rows import Departure, InviteRow, ParticipantRow
from tests.server.props.account_rows import DAY, login, signed_in, token, user
from tests.server.props.postgres_scene import Open
from tests.server.props.rows import new_session


@pytest.fixture
async def store(open_store: Open) -> PostgresStore:
    """An open store with one empty session, "s"."""
    store = await open_store()
    await store.create_session(new_session())
    return store


async def test_an_invite_and_the_account_that_it_is_for_never_miss_each_other(
    store: PostgresStore, open_store: Open
) -> None:
    other = await open_store()
    for number in range(30):
        name = f"ben{number}"
        invite = InviteRow(f"i{number}", "s", f"{name}@example.org", "editor", 1.0)

        invited, _ = await asyncio.gather(store.add_invite(invite), other.add_user(user(name)))

        there = await store.participant_of_user("s", f"id of {name}")
        assert (there is not None) == (invited is not None)
    assert await store.invites("s") == []


async def test_nobody_is_left_behind_in_a_session_that_begins_while_its_owner_leaves(
    store: PostgresStore, open_store: Open
) -> None:
    other = await open_store()
    for number in range(30):
        id_, new = f"id of u{number}", new_session(f"t{number}")
        await store.add_user(user(f"u{number}"))
        owner = structs.replace(new.participant, kind="user", user_id=id_)

        begun, left = await asyncio.gather(
            other.create_session(structs.replace(new, participant=owner)),
            store.delete_user(id_, delete_sessions=True),
            return_exceptions=True,
        )

        assert isinstance(left, Departure)
        assert isinstance(begun, StoreUnavailable) != bool(left.deleted)
        assert await store.heads([f"t{number}"]) == {}


async def test_accounts_roles_and_sessions_change_at_once_and_nobody_waits_in_a_circle(
    store: PostgresStore, open_store: Open
) -> None:
    other = await open_store()
    for number in range(6):
        await store.create_session(new_session(f"t{number}"))
        await store.add_user(user(f"u{number}"))

    together = asyncio.Barrier(6)

    async def live(number: int, store: PostgresStore) -> None:
        name, id_ = f"u{number}", f"id of u{number}"
        for session in range(6):
            mine = ParticipantRow(f"{id_}{session}", f"t{session}", name, "user", "editor")
            await store.add_participant(
                ParticipantRow(mine.id, mine.session_id, name, "user", "editor", user_id=id_)
            )
            invite = InviteRow(
                f"{id_}{session}", f"t{session}", f"new{number}@example.org", "viewer", 1.0
            )
            await store.add_invite(invite)
            await store.set_role(f"t{session}", f"id of u{(number + 1) % 6}{session}", "viewer")
            await store.delete_invite(f"t{session}", f"id of u{(number + 2) % 6}{session}")
        await together.wait()
        await store.change_user(id_, username=f"renamed{number}", email=f"new{number}@example.org")
        await store.delete_session(f"t{number}")
        await store.delete_user(id_, delete_sessions=True)

    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(live(number, (store, other)[number % 2]))

    assert [one.info.id for one in await store.all_sessions()] == ["s"]


async def test_a_refresh_token_that_many_use_at_once_is_good_once(
    store: PostgresStore, open_store: Open
) -> None:
    ada = await signed_in(store, "ada", "a")
    other = await open_store()
    assert await store.add_login(login("ada", "b"), token(50), ada.password_hash)

    now, no_grace = time.time(), -1.0

    moved = await asyncio.gather(
        *(
            (store, other)[number % 2].rotate(
                token(0), token(100 + number), now, now + DAY, no_grace
            )
            for number in range(10)
        )
    )

    assert sum(login is not None for login in moved) == 1
    assert await store.living_logins(["a", "b"]) == {"b"}

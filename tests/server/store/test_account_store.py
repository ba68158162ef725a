"""What every `AccountStore` promises: users, their logins, and what becomes of their sessions."""

from __future__ import annotations

import time

import pytest
from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import CallersFault, EmailTaken, OwnsSessions, UsernameTaken
from ot_server.store.contract import Store
from ot_server.store.rows import InviteRow, NewSession, ParticipantRow, UserRow
from tests.server.props.account_rows import login, rotate, signed_in, token, user
from tests.server.props.rows import new_session, row_of


@pytest.fixture
def store(empty_store: Store) -> Store:
    """An open store without users."""
    return empty_store


def owned_by(name: str, session_id: str) -> NewSession:
    owner = ParticipantRow(f"{session_id}-{name}", session_id, name, "user", "owner")
    new = new_session(session_id)
    info = structs.replace(new.info, title=f"Title of {session_id}")
    owner = structs.replace(owner, user_id=f"id of {name}")
    return structs.replace(new, info=info, participant=owner)


# Users.


async def test_a_user_is_found_by_id_name_and_address_whatever_the_case(store: Store) -> None:
    ada = UserRow("u", "Ada", "Ada@Example.org", "hash", 5.5)

    await store.add_user(ada)

    assert await store.user("u") == ada
    for name in ("Ada", "ADA", "ada@example.org"):
        assert await store.user_by_name(name) == ada
    assert await store.user("v") is None
    assert await store.user_by_name("Ben") is None


@pytest.mark.parametrize(
    ("username", "email", "taken"),
    [("ADA", "new@example.org", UsernameTaken), ("new", "ADA@example.ORG", EmailTaken)],
)
async def test_name_and_address_are_one_user_s_whatever_the_case(
    store: Store, username: str, email: str, taken: type[CallersFault]
) -> None:
    await store.add_user(user("ada"))
    await store.add_user(user("ben"))

    with pytest.raises(taken):
        await store.add_user(UserRow("v", username, email, "hash", 5.5))
    with pytest.raises(taken):
        await store.change_user("id of ben", username=username, email=email)

    assert await store.user("v") is None
    assert await store.user("id of ben") == user("ben")


async def test_what_is_changed_of_a_user_is_that_and_nothing_else(store: Store) -> None:
    await store.add_user(user("ada"))

    named = await store.change_user("id of ada", username="ADA")
    assert named == structs.replace(user("ada"), username="ADA")
    moved = await store.change_user("id of ada", email="a@example.org")
    assert moved == structs.replace(named, email="a@example.org")

    assert await store.user_by_name("a@example.org") == moved
    assert await store.user_by_name("ada@example.org") is None
    assert await store.change_user("nobody", username="nobody") is None


async def test_who_is_called_by_the_username_is_called_by_the_next_one(store: Store) -> None:
    await store.add_user(user("ada"))
    await store.create_session(owned_by("ada", "s"))
    await store.create_session(owned_by("ada", "t"))
    await store.rename_participant("t-ada", "The boss")

    await store.change_user("id of ada", username="lovelace")

    renamed, other = await store.participant("s", "s-ada"), await store.participant("t", "t-ada")
    assert renamed is not None
    assert other is not None
    assert (renamed.name, other.name) == ("lovelace", "The boss")


@pytest.mark.parametrize("way", ["register", "change"])
async def test_an_address_brings_the_roles_that_it_was_invited_to(store: Store, way: str) -> None:
    await store.create_session(new_session("s"))
    await store.create_session(new_session("t"))
    await store.add_invite(InviteRow("i", "s", "Ben@Example.org", "viewer", 5.5))
    await store.add_invite(InviteRow("j", "t", "cleo@example.org", "viewer", 5.5))

    if way == "register":
        await store.add_user(user("ben"))
    else:
        await store.add_user(structs.replace(user("ben"), email="old@example.org"))
        await store.change_user("id of ben", email="ben@example.org")

    there = await store.participant_of_user("s", "id of ben")
    assert there is not None
    assert (there.name, there.given, there.kind) == ("ben", "viewer", "user")
    assert await store.invites("s") == []
    assert await store.participant_of_user("t", "id of ben") is None
    assert len(await store.invites("t")) == 1


# Who leaves.


async def test_who_owns_sessions_alone_does_not_leave_unless_they_may_go(store: Store) -> None:
    await store.add_user(user("ada"))
    await store.create_session(owned_by("ada", "s"))

    with pytest.raises(OwnsSessions) as refused:
        await store.delete_user("id of ada", delete_sessions=False)
    assert [info.id for info in refused.value.sessions] == ["s"]
    assert await store.user("id of ada") == user("ada")
    assert (await row_of(store)).version == 1

    departure = await store.delete_user("id of ada", delete_sessions=True)
    assert [info.title for info in departure.deleted] == ["Title of s"]
    assert departure.left == []
    assert await store.standing("s", (), ()) is None
    assert await store.user("id of ada") is None


async def test_a_session_with_another_owner_stays_and_the_one_who_left_has_no_name_in_it(
    store: Store,
) -> None:
    await store.add_user(user("ada"))
    for session_id in ("by a guest", "by a user", "read"):
        await store.create_session(new_session(session_id))
        role: Role = "viewer" if session_id == "read" else "owner"
        await store.add_participant(
            ParticipantRow(
                f"{session_id}-ada", session_id, "ada", "user", role, user_id="id of ada"
            )
        )
    await store.create_session(new_session("left long ago"))
    await store.add_participant(
        ParticipantRow("x", "left long ago", "ada", "user", None, user_id="id of ada")
    )

    departure = await store.delete_user("id of ada", delete_sessions=False)

    assert departure.deleted == []
    assert {info.id for info in departure.left} == {"by a guest", "by a user", "read"}
    for session_id in ("by a guest", "by a user", "read"):
        row = await store.participant(session_id, f"{session_id}-ada")
        assert row is not None
        assert (row.name, row.given, row.user_id) == ("Deleted user", None, None)
        assert (await row_of(store, session_id)).version == 2, "a commit under way is fenced off"
    anonymous = await store.participant("left long ago", "x")
    assert anonymous is not None
    assert anonymous.name == "Deleted user"


async def test_logins_go_with_their_user(store: Store) -> None:
    await signed_in(store, "ada", "a")

    await store.delete_user("id of ada", delete_sessions=False)

    assert await store.login("a") is None
    assert await store.living_logins(["a"]) == set()
    assert await rotate(store, 0, 1) is None


# Logins.


async def test_a_login_lives_until_it_is_ended_and_no_longer_than_it_was_to(store: Store) -> None:
    ada = await signed_in(store, "ada", "a", "b")
    old = structs.replace(login("ada", "old"), expires_at=time.time() - 1)
    assert await store.add_login(old, token(9), ada.password_hash)

    found = await store.login("a")
    assert found is not None
    assert (found[0].user_id, found[1]) == (ada.id, ada)
    assert await store.login("old") is None
    assert await store.living_logins(["a", "b", "old", "none"]) == {"a", "b"}

    await store.end_login("a")
    assert await store.login("a") is None
    assert await store.living_logins(["a", "b"]) == {"b"}
    assert await store.living_logins([]) == set()


async def test_only_who_knows_the_password_that_holds_signs_in(store: Store) -> None:
    ada = await signed_in(store, "ada")

    assert not await store.add_login(login("ada", "a"), token(0), "hash of another")
    assert not await store.add_login(login("nobody", "b"), token(1), ada.password_hash)

    assert await store.living_logins(["a", "b"]) == set()


async def test_a_password_is_rehashed_only_by_a_login_that_is_let_in(store: Store) -> None:
    await signed_in(store, "ada")

    assert not await store.add_login(login("ada", "a"), token(0), "hash of another", "stolen")
    assert await store.user("id of ada") == user("ada")
    assert await store.add_login(login("ada", "b"), token(1), "hash of ada", "dearer hash")

    changed = await store.user("id of ada")
    assert changed is not None
    assert changed.password_hash == "dearer hash"


async def test_a_new_password_ends_all_logins_but_one_and_its_tokens_too(store: Store) -> None:
    await signed_in(store, "ada", "a", "b")
    ben = await signed_in(store, "ben")
    assert await store.add_login(login("ben", "c"), token(3), ben.password_hash)

    assert await store.change_password("id of ada", "hash of ada", "new", "a", token(7))

    assert await store.living_logins(["a", "b", "c"]) == {"a", "c"}
    assert await rotate(store, 1, 2) is None
    assert await store.living_logins(["a"]) == {"a"}
    assert await rotate(store, 7, 8) is not None


@pytest.mark.parametrize(("old_hash", "login_id"), [("hash of ben", "a"), ("hash of ada", "ended")])
async def test_a_password_is_not_changed_by_who_has_signed_out_or_knows_an_older_one(
    store: Store, old_hash: str, login_id: str
) -> None:
    await signed_in(store, "ada", "a", "b")

    assert not await store.change_password("id of ada", old_hash, "new", login_id, token(7))

    assert await store.user("id of ada") == user("ada")
    assert await store.living_logins(["a", "b"]) == {"a", "b"}
    assert await rotate(store, 7, 8) is None

"""What every `AccessStore` promises: roles, links and invites, and the version that fences them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import LastOwner, RoleLost
from ot_server.store.contract import Store
from ot_server.store.rows import Holder, InviteRow, LinkRow, ParticipantRow, UserRow
from tests.server.props.rows import commit_of, log_of, new_session, row_of

Change = Callable[[Store, Holder | None], Awaitable[object]]
OWNER = Holder(ParticipantRow("s-owner", "s", "Ada", "guest", "owner"), "owner")


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """An open store with one session, "s", that a guest owns and that has a link."""
    await empty_store.create_session(new_session())
    return empty_store


async def add(store: Store, id_: str, role: Role = "editor", **more: str) -> ParticipantRow:
    return await store.add_participant(
        structs.replace(ParticipantRow(id_, "s", id_.title(), "guest", role), **more)
    )


async def add_user(store: Store, name: str) -> UserRow:
    user = UserRow(f"{name}-id", name, f"{name}@example.org", "hash", 1.0)
    await store.add_user(user)
    return user


async def held(store: Store, id_: str) -> Role | None:
    """Return what a participant's role is worth, as a commit sees it and as a list shows it."""
    standing = await store.standing("s", [id_], ())
    assert standing is not None
    (listed,) = [role for row, role in await store.participants("s") if row.id == id_]
    assert listed == standing.roles.get(id_)
    return listed


# Participants


async def test_participants_are_numbered_in_the_order_in_which_they_came(store: Store) -> None:
    added = [await add(store, f"p{n}") for n in range(3)]
    await store.rename_participant("p1", "Ben")
    await store.set_role("s", "p0", None)

    assert [row.ordinal for row in added] == [1, 2, 3]
    assert (await add(store, "p3")).ordinal == 4
    assert await store.participant("s", "p1") == structs.replace(added[1], name="Ben")
    assert await store.participant("another", "p1") is None


async def test_those_who_come_at_once_have_numbers_of_their_own(store: Store) -> None:
    rows = await asyncio.gather(*(add(store, f"p{n}") for n in range(20)))
    assert sorted(row.ordinal for row in rows) == list(range(1, 21))


async def test_participants_are_read_a_page_at_a_time_and_members_alone(store: Store) -> None:
    for name in ("ben", "cem", "dan"):
        await add(store, name, user_id=(await add_user(store, name)).id)
        await add(store, f"guest of {name}")
    await store.set_role("s", "cem", None)

    everybody = await store.participants("s")
    page = await store.participants("s", limit=3)
    rest = await store.participants("s", after=page[-1][0].ordinal)
    members = await store.participants("s", members=True)

    assert [row.ordinal for row, _ in everybody] == list(range(7))
    assert page + rest == everybody
    assert [row.id for row, _ in members] == ["ben", "dan"]
    assert [row.id for row, _ in await store.participants("s", members=True, after=1)] == ["dan"]


async def test_a_user_is_one_participant_and_keeps_a_role_that_is_held(store: Store) -> None:
    user = await add_user(store, "ben")
    first = await add(store, "ben", "viewer", user_id=user.id)
    version = (await row_of(store)).version

    again = await add(store, "ben-again", "owner", user_id=user.id)

    assert again == first
    assert await store.participant_of_user("s", user.id) == first
    assert await store.participant_of_user("s", "nobody") is None
    assert (await row_of(store)).version == version


async def test_who_was_put_out_is_given_the_new_role_and_stays_who_he_was(store: Store) -> None:
    user = await add_user(store, "ben")
    ben = await add(store, "ben", user_id=user.id)
    gus = await add(store, "gus", link="s-link")
    await store.set_role("s", "ben", None)
    await store.delete_link("s", "s-link")
    version = (await row_of(store)).version

    assert await add(store, "x", "viewer", user_id=user.id) == structs.replace(ben, given="viewer")
    await store.add_link(LinkRow("new", "s", "viewer", 1.0))
    assert await add(store, "gus", "viewer", link="new") == structs.replace(
        gus, given="viewer", link="new"
    )
    assert (await row_of(store)).version == version + 2
    assert (await held(store, "ben"), await held(store, "gus")) == ("viewer", "viewer")


# What roles are worth


async def test_a_role_that_came_by_link_holds_while_the_link_lets_people_in(store: Store) -> None:
    now = time.time()
    await store.add_link(LinkRow("past", "s", "viewer", 1.0, now - 1))
    await store.add_link(LinkRow("future", "s", "viewer", 1.0, now + 3600))
    await add(store, "late", link="past")
    await add(store, "early", link="future")
    await add(store, "gus", link="s-link")
    assert [await held(store, id_) for id_ in ("late", "early", "gus")] == [
        None,
        "editor",
        "editor",
    ]

    await store.change_session("s", visibility="private")
    assert [await held(store, id_) for id_ in ("early", "gus", "s-owner")] == [None, None, "owner"]
    await store.change_session("s", visibility="link")
    assert [await held(store, id_) for id_ in ("early", "gus")] == ["editor", "editor"]

    await store.delete_link("s", "s-link")
    assert [await held(store, id_) for id_ in ("early", "gus")] == ["editor", None]


async def test_a_role_of_ones_own_needs_no_link(store: Store) -> None:
    await add(store, "gus", link="s-link")
    await store.set_role("s", "gus", "viewer")
    await store.delete_link("s", "s-link")
    assert await held(store, "gus") == "viewer"


async def test_the_standing_says_when_the_first_role_ends_by_itself(store: Store) -> None:
    soon = time.time() + 60
    for name, ends in (("past", soon - 120), ("soon", soon), ("later", soon + 60)):
        await store.add_link(LinkRow(name, "s", "viewer", 1.0, ends))
        await add(store, f"by {name}", link=name)
    await add(store, "for good", link="s-link")

    async def until(*ids: str) -> float | None:
        standing = await store.standing("s", ids, ())
        assert standing is not None
        return standing.until

    assert await until("s-owner", "for good", "by past") is None
    assert await until("s-owner", "by later") == soon + 60
    assert await until("by later", "by soon", "by past") == soon
    await store.set_role("s", "by soon", "viewer")
    assert await until("by later", "by soon") == soon + 60


# The version


CHANGES: dict[str, Change] = {
    "a title": lambda store, by: store.change_session("s", title="New", by=by),
    "a language": lambda store, by: store.change_session("s", language="java", by=by),
    "visibility": lambda store, by: store.change_session("s", visibility="private", by=by),
    "a role": lambda store, by: store.set_role("s", "gus", "viewer", by=by),
    "no role": lambda store, by: store.set_role("s", "gus", None, by=by),
    "a deleted link": lambda store, by: store.delete_link("s", "s-link", by=by),
}
OTHER_CHANGES: dict[str, Change] = {
    "a participant": lambda store, by: store.add_participant(
        ParticipantRow("new", "s", "New", "guest", "editor"), by=by
    ),
    "a link": lambda store, by: store.add_link(LinkRow("new", "s", "viewer", 1.0), by=by),
    "an invite": lambda store, by: store.add_invite(
        InviteRow("new", "s", "zoe@example.org", "viewer", 1.0), by=by
    ),
    "no invite": lambda store, by: store.delete_invite("s", "i", by=by),
    "no session": lambda store, by: store.delete_session("s", by=by),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_commit_that_began_before_a_change_does_not_go_through_after(
    store: Store, change: Change
) -> None:
    await add(store, "gus", link="s-link")
    commit, version = await commit_of(store, "late"), (await row_of(store)).version

    await change(store, None)

    assert (await row_of(store)).version == version + 1
    assert not await store.commit(commit)
    assert await log_of(store) == []
    assert await store.commit(await commit_of(store, "in time"))


@pytest.mark.parametrize("lost", ["viewer", "no role"])
@pytest.mark.parametrize(
    "change", [*CHANGES.values(), *OTHER_CHANGES.values()], ids=[*CHANGES, *OTHER_CHANGES]
)
async def test_who_has_lost_the_role_that_allowed_a_change_changes_nothing(
    store: Store, change: Change, lost: str
) -> None:
    await add(store, "gus", link="s-link")
    await add(store, "second", "owner")
    await store.add_invite(InviteRow("i", "s", "cem@example.org", "viewer", 1.0))
    await store.set_role("s", "s-owner", "viewer" if lost == "viewer" else None)
    before = await everything(store)

    with pytest.raises(RoleLost):
        await change(store, OWNER)

    assert await everything(store) == before
    await change(store, Holder(structs.replace(OWNER.participant, id="second"), "owner"))
    assert await everything(store) != before


async def everything(store: Store) -> list[object]:
    return [
        await store.standing("s", ["gus", "s-owner"], ()),
        await store.participants("s"),
        await store.links("s"),
        await store.invites("s"),
    ]


async def test_what_nobody_has_is_not_changed(store: Store) -> None:
    await store.create_session(new_session("t"))
    before = await everything(store)

    assert not await store.set_role("s", "nobody", "viewer")
    assert not await store.delete_link("t", "s-link")
    assert not await store.delete_invite("s", "none")
    assert not await store.delete_session("none")
    assert await store.change_session("none", title="New") is None

    now = await everything(store)
    assert now[1:] == before[1:]


# Owners


async def test_a_session_keeps_an_owner(store: Store) -> None:
    await add(store, "gus", "editor")
    for role in ("viewer", "editor", None):
        with pytest.raises(LastOwner):
            await store.set_role("s", "s-owner", role)
    assert await store.set_role("s", "s-owner", "owner")

    await store.set_role("s", "gus", "owner")
    assert await store.set_role("s", "s-owner", None)
    with pytest.raises(LastOwner):
        await store.set_role("s", "gus", None)


async def test_owners_who_all_leave_at_once_leave_one_behind(store: Store) -> None:
    owners = ["s-owner", *(f"p{n}" for n in range(9))]
    for owner in owners[1:]:
        await add(store, owner, "owner")

    ends = await asyncio.gather(
        *(store.set_role("s", owner, None) for owner in owners), return_exceptions=True
    )

    (last,) = [at for at, end in enumerate(ends) if isinstance(end, LastOwner)]
    assert [end for end in ends if end is not ends[last]] == [True] * 9
    roles = [role for _, role in await store.participants("s")]
    assert [at for at, role in enumerate(roles) if role] == [last]


# Sessions, links and invites


async def test_a_users_sessions_are_those_with_a_role_that_is_held(store: Store) -> None:
    user = await add_user(store, "ben")
    await add(store, "ben", "viewer", user_id=user.id, link="s-link")
    (listed,) = await store.sessions_of(user.id, "", 9, None)
    assert (listed.info.id, listed.role) == ("s", "viewer")

    await store.delete_link("s", "s-link")
    assert await store.sessions_of(user.id, "", 9, None) == []


async def test_sessions_updated_at_one_moment_are_paged_without_a_gap(store: Store) -> None:
    user = await add_user(store, "ben")
    for name in "abcde":
        new = new_session(name)
        owner = structs.replace(new.participant, user_id=user.id, kind="user")
        await store.create_session(structs.replace(new, participant=owner))

    seen: list[str] = []
    after = None
    while page := await store.sessions_of(user.id, "TITLE", 2, after):
        seen += [row.info.id for row in page]
        after = (page[-1].info.updated_at, page[-1].info.id)

    assert seen == ["e", "d", "c", "b", "a"]


async def test_two_edits_within_a_second_bring_a_session_to_the_top_twice(store: Store) -> None:
    user = await add_user(store, "ben")
    for name in "abc":
        new = new_session(name)
        owner = structs.replace(new.participant, user_id=user.id, kind="user")
        await store.create_session(structs.replace(new, participant=owner))

    for edited, at, expected in (("a", 9.25, "acb"), ("b", 9.5, "bac"), ("a", 9.75, "abc")):
        commit = await commit_of(store, "x", session_id=edited, committed_at=at)
        assert await store.commit(commit)

        first, *_ = page = await store.sessions_of(user.id, "", 2, None)
        rest = await store.sessions_of(user.id, "", 2, (page[-1].info.updated_at, page[-1].info.id))
        assert "".join(row.info.id for row in page + rest) == expected
        assert first.info.updated_at == at


@pytest.mark.parametrize("wish", [{"title": "New"}, {"language": "java"}, {"run": False}])
async def test_a_change_of_title_or_settings_updates_a_session(
    store: Store, wish: dict[str, Any]
) -> None:
    before = time.time() - 1
    changed = await store.change_session("s", **wish)
    standing = await store.standing("s", (), ())

    assert changed is not None
    assert standing is not None
    assert changed == standing.info
    assert changed.updated_at > before


async def test_a_deleted_session_leaves_nothing_behind(store: Store) -> None:
    user = await add_user(store, "ben")
    await add(store, "ben", user_id=user.id)
    await store.commit(await commit_of(store, "a"))
    await store.add_invite(InviteRow("i", "s", "cem@example.org", "viewer", 1.0))

    assert await store.delete_session("s")

    assert await store.standing("s", ["ben"], ()) is None
    assert (await store.participants("s"), await store.links("s")) == ([], [])
    assert (await store.invites("s"), await store.operations("s", 0, 9)) == ([], [])
    assert await store.sessions_of(user.id, "", 9, None) == []
    await add_user(store, "cem")


async def test_links_are_found_by_themselves_and_by_session(store: Store) -> None:
    link = LinkRow("l", "s", "viewer", 8.0, 9.0)
    await store.add_link(link)
    assert await store.link("l") == link
    assert [row.link for row in await store.links("s")] == ["s-link", "l"]
    assert await store.delete_link("s", "l")
    assert await store.link("l") is None


async def test_an_address_has_one_invite_which_it_takes_up_when_it_registers(store: Store) -> None:
    await store.add_invite(InviteRow("i", "s", "Cem@example.org", "viewer", 1.0))
    changed = await store.add_invite(InviteRow("j", "s", "cem@EXAMPLE.org", "editor", 2.0))
    assert changed == InviteRow("i", "s", "Cem@example.org", "editor", 1.0)
    assert await store.invites("s") == [changed]

    cem = await add_user(store, "cem")

    assert await store.invites("s") == []
    row = await store.participant_of_user("s", cem.id)
    assert row is not None
    assert (row.name, row.kind, await held(store, row.id)) == ("cem", "user", "editor")
    assert await store.add_invite(InviteRow("k", "s", "CEM@example.org", "owner", 3.0)) is None
    assert await store.invites("s") == []

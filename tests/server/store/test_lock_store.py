"""Locks in every store: who gets one, how long it holds, and that it serialises with commits."""

from __future__ import annotations

import asyncio
import time

import pytest

from ot_server.errors import RoleLost
from ot_server.store.contract import Store
from ot_server.store.rows import Holder, LockRow, NewSession, ParticipantRow
from tests.server.props.rows import commit_of, new_session, row_of


@pytest.fixture
async def new(empty_store: Store) -> NewSession:
    """A session in the store."""
    new = new_session()
    await empty_store.create_session(new)
    return new


async def lock(store: Store, new: NewSession, id_: str, seconds: float = 30) -> LockRow | None:
    return await store.set_lock(
        "s", id_, "helper", "busy", seconds, Holder(new.participant, "owner")
    )


async def held(store: Store) -> tuple[str | None, float]:
    """Return the id of the lock that holds, and for how many seconds yet."""
    standing = await store.standing("s", (), ())
    assert standing is not None
    return (standing.lock.id if standing.lock else None), standing.lock_seconds


async def test_a_lock_is_seen_with_all_that_is_known_of_it(
    empty_store: Store, new: NewSession
) -> None:
    assert await held(empty_store) == (None, 0.0)
    before = time.time()
    set_ = await lock(empty_store, new, "run 1")
    standing = await empty_store.standing("s", (), ())
    after = time.time()
    assert standing is not None
    assert standing.lock == set_
    assert set_ is not None
    assert (set_.id, set_.by, set_.reason) == ("run 1", "helper", "busy")
    assert before + 29 <= set_.until <= after + 31
    assert 29 - (after - before) <= standing.lock_seconds <= 31


async def test_one_holds_at_a_time_and_only_its_holder_renews_and_releases_it(
    empty_store: Store, new: NewSession
) -> None:
    assert await lock(empty_store, new, "run 1")
    assert await lock(empty_store, new, "run 2") is None
    assert not await empty_store.renew_lock("s", "run 2", 90)
    assert not await empty_store.release_lock("s", "run 2")
    assert await empty_store.renew_lock("s", "run 1", 90)
    assert (await held(empty_store))[1] == pytest.approx(90, abs=5)
    assert await empty_store.release_lock("s", "run 1")
    assert await held(empty_store) == (None, 0.0)
    assert not await empty_store.release_lock("s", "run 1")
    assert not await empty_store.renew_lock("s", "run 1", 90)
    assert await lock(empty_store, new, "run 2")


async def test_of_many_who_want_it_at_once_one_gets_it(empty_store: Store, new: NewSession) -> None:
    got = await asyncio.gather(*(lock(empty_store, new, f"run {number}") for number in range(10)))
    assert len([one for one in got if one is not None]) == 1


async def test_one_that_nobody_renews_ends_by_itself(empty_store: Store, new: NewSession) -> None:
    assert await lock(empty_store, new, "run 1", seconds=-1)
    assert await held(empty_store) == (None, 0.0)
    assert not await empty_store.renew_lock("s", "run 1", 30)
    assert not await empty_store.release_lock("s", "run 1")
    assert await lock(empty_store, new, "run 2")


async def test_whatever_happens_to_a_lock_no_commit_goes_through_that_began_before(
    empty_store: Store, new: NewSession
) -> None:
    for change in (
        lambda: lock(empty_store, new, "run 1"),
        lambda: empty_store.renew_lock("s", "run 1", 30),
        lambda: empty_store.release_lock("s", "run 1"),
    ):
        begun = await commit_of(empty_store, "x")
        assert await change()
        assert not await empty_store.commit(begun)
    version = (await row_of(empty_store)).version
    assert not await empty_store.release_lock("s", "run 1")
    assert (await row_of(empty_store)).version == version


async def test_who_has_lost_the_role_locks_nothing(empty_store: Store, new: NewSession) -> None:
    guest = ParticipantRow("g", "s", "Ben", "guest", "editor")
    await empty_store.add_participant(guest)
    await empty_store.set_role("s", "g", "viewer")
    with pytest.raises(RoleLost):
        await empty_store.set_lock("s", "run 1", "helper", "busy", 30, Holder(guest, "editor"))
    assert await held(empty_store) == (None, 0.0)

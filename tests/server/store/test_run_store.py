"""What every `RunStore` promises: runs are numbered, the newest kept, and a switch ends them."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ot_server.errors import RoleLost
from ot_server.store.contract import Store
from ot_server.store.rows import KEPT_RUNS, Holder, ParticipantRow, RunRow
from tests.server.props.rows import new_session, row_of

OWNER = Holder(ParticipantRow("s-owner", "s", "Ada", "guest", "owner"), "owner")
RUN = RunRow("s", 0, "s-owner", 3, True, "python", "ended", 7, 1500, 12.5)


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """An open store with one session, "s", that a guest owns."""
    await empty_store.create_session(new_session())
    return empty_store


async def runs_in_all(store: Store) -> int:
    standing = await store.standing("s", (), ())
    assert standing is not None
    return standing.info.runs


async def test_a_run_is_read_as_it_was_kept_with_its_number(store: Store) -> None:
    body = b'{"input":"\\u0000"}'
    kept = await store.add_run(RUN, body, by=OWNER)
    assert kept == structs.replace(RUN, number=1)
    assert await store.runs("s") == [kept]
    assert await store.run("s", 1) == (kept, body)
    assert await store.run("s", 2) is None
    assert await store.run("another", 1) is None
    stopped = structs.replace(RUN, how="stopped", exit=None, edited=False)
    assert await store.add_run(stopped, b"{}") == structs.replace(stopped, number=2)


async def test_each_run_moves_the_version_so_that_every_node_hears_of_it(store: Store) -> None:
    before = (await row_of(store)).version
    await store.add_run(RUN, b"{}")
    await store.add_run(RUN, b"{}")
    assert (await row_of(store)).version == before + 2
    assert await runs_in_all(store) == 2


async def test_the_newest_are_kept_and_no_number_is_given_twice(store: Store) -> None:
    await asyncio.gather(*(store.add_run(RUN, b"{}") for _ in range(KEPT_RUNS + 3)))
    numbers = [run.number for run in await store.runs("s")]
    assert numbers == list(range(KEPT_RUNS + 3, 3, -1))
    assert await runs_in_all(store) == KEPT_RUNS + 3


async def test_where_code_may_not_be_run_nothing_is_kept(store: Store) -> None:
    await store.add_run(RUN, b"{}")
    info = await store.change_session("s", run=False, by=OWNER)
    assert info is not None
    assert info.run is False
    version = (await row_of(store)).version
    assert await store.add_run(RUN, b"{}") is None
    assert await store.add_run(structs.replace(RUN, session_id="no such"), b"{}") is None
    assert (await row_of(store)).version == version
    assert [run.number for run in await store.runs("s")] == [1]
    info = await store.change_session("s", run=True)
    assert info is not None
    assert info.run is True


async def test_who_has_lost_the_role_shows_nothing(store: Store) -> None:
    with pytest.raises(RoleLost):
        await store.add_run(RUN, b"{}", by=structs.replace(OWNER, role="editor"))
    assert await store.runs("s") == []


async def test_runs_go_with_their_session(store: Store) -> None:
    await store.add_run(RUN, b"{}")
    await store.delete_session("s")
    assert await store.runs("s") == []

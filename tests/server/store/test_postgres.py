"""The store in Postgres: commits of many writers, its tables, and who may use it together."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from ot_server.errors import StoreUnavailable
from ot_server.store.migrations import Migration, migrations
from ot_server.store.postgres import PostgresStore
from ot_server.store.rows import ClientRow, ParticipantRow
from tests.postgres import Postgres
from tests.server.props.postgres_scene import Open, locking, waiting_for
from tests.server.props.rows import commit_of, log_of, new_session, row_of


@pytest.fixture
async def store(open_store: Open) -> PostgresStore:
    """An open store with one empty session, "s"."""
    store = await open_store()
    await store.create_session(new_session())
    return store


async def test_a_hundred_sessions_commit_at_once(store: PostgresStore) -> None:
    names = [f"s{number}" for number in range(100)]
    for name in names:
        await store.create_session(new_session(name))
        await store.claim_client(name, "c", "p")
    commits = [
        await commit_of(store, "a", session_id=name, clients=(ClientRow("c", "p", 1, 1),))
        for name in names
    ]

    assert await asyncio.gather(*map(store.commit, commits)) == [True] * 100

    for name in names:
        assert await log_of(store, name) == ["a"]
        assert await store.claim_client(name, "c", "p") == ClientRow("c", "p", 1, 1)


async def test_many_who_write_to_one_session_take_nothing_from_each_other(
    store: PostgresStore, open_store: Open
) -> None:
    stores = [store, await open_store(), await open_store()]

    async def write(number: int) -> int:
        """Commit ten texts, each until it is in the log; return how often others were faster."""
        lost = 0
        for turn in range(10):
            node = stores[number % len(stores)]
            while not await node.commit(await commit_of(node, f"{number}.{turn}")):
                lost += 1
        return lost

    lost = await asyncio.gather(*map(write, range(12)))

    log = await log_of(store)
    assert sorted(log) == sorted(f"{n}.{turn}" for n in range(12) for turn in range(10))
    for number in range(12):
        own = [text for text in log if text.startswith(f"{number}.")]
        assert own == [f"{number}.{turn}" for turn in range(10)]
    assert sum(lost) > 0, "they met"
    assert (await row_of(store)).version == 121


async def test_a_commit_is_one_statement(
    postgres: Postgres, store: PostgresStore, postgres_url: str
) -> None:
    talking = PostgresStore(f"{postgres_url}&log_statement=all")
    await talking.open()
    await talking.commit(await commit_of(store, "a"))
    commit = await commit_of(store, "b", "c", clients=(ClientRow("c", "p", 1, 2),))
    before = len(postgres.log)

    assert await talking.commit(commit)

    said = [line for line in postgres.log[before:].splitlines() if "LOG:" in line]
    assert len(said) == 1
    assert "execute" in said[0]
    await talking.close()


async def test_a_transaction_of_one_statement_is_one_round_trip(
    postgres: Postgres, store: PostgresStore, postgres_url: str
) -> None:
    talking = PostgresStore(f"{postgres_url}&log_statement=all")
    await talking.open()
    await talking.link("s-link")
    before = len(postgres.log)

    await talking.link("s-link")
    await talking.rename_participant("s-owner", "Ben")

    said = [line for line in postgres.log[before:].splitlines() if "LOG:" in line]
    assert ["SELECT" in line or "UPDATE" in line for line in said] == [True, True]
    await talking.close()


async def test_a_commit_that_was_in_time_holds_off_a_change_of_access_and_a_late_one_fails(
    store: PostgresStore, postgres_url: str
) -> None:
    await store.add_participant(ParticipantRow("gus", "s", "Gus", "guest", "editor"))
    commit = await commit_of(store, "late")

    async with locking(postgres_url) as other:
        revoked = asyncio.create_task(store.set_role("s", "gus", None))
        await waiting_for(other)
        committed = asyncio.create_task(store.commit(commit))

    assert await revoked
    assert not await committed
    assert await log_of(store) == []


# The tables.


async def test_however_many_open_an_empty_database_at_once_all_of_them_can(
    postgres_url: str,
) -> None:
    stores = [PostgresStore(postgres_url) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    for number, store in enumerate(stores):
        await store.create_session(new_session(f"s{number}"))
    assert len(await stores[0].all_sessions()) == 8
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_migration_that_fails_leaves_the_tables_as_they_were(
    store: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "ot_server.store.postgres.migrating.migrations"
    steps = migrations("postgres")
    bad = Migration(steps[-1].version + 1, "CREATE TABLE more (x int); NONSENSE;")
    with monkeypatch.context() as patch:
        patch.setattr(where, lambda _dialect: [*steps, bad])
        with pytest.raises(StoreUnavailable, match="syntax error"):
            await PostgresStore(postgres_url).open()

    again = PostgresStore(postgres_url)
    await again.open()
    assert await log_of(again) == []
    await again.close()
    other = await asyncpg.connect(postgres_url)
    assert await other.fetchval("SELECT to_regclass('more') IS NULL")
    await other.close()


async def test_tables_of_a_newer_program_are_not_opened(
    store: PostgresStore, postgres_url: str
) -> None:
    other = await asyncpg.connect(postgres_url)
    await other.execute("INSERT INTO migrations VALUES (99)")
    await other.close()
    with pytest.raises(StoreUnavailable, match=r"version 99, written by a newer ot-server"):
        await PostgresStore(postgres_url).open()


# Who may use it together.


async def test_servers_share_it_but_whoever_mends_is_alone(postgres_url: str) -> None:
    servers = [PostgresStore(postgres_url, use="serve") for _ in range(2)]
    for server in servers:
        await server.open()
    with pytest.raises(StoreUnavailable, match="a server works with it"):
        await PostgresStore(postgres_url, use="alone").open()
    beside = PostgresStore(postgres_url)
    await beside.open()
    for server in servers:
        await server.close()

    mending = PostgresStore(postgres_url, use="alone")
    await mending.open()
    with pytest.raises(StoreUnavailable, match="it is being mended"):
        await PostgresStore(postgres_url, use="serve").open()
    await mending.create_session(new_session())
    assert await mending.bump_epoch("s") == 2
    await mending.close()
    await beside.close()

    again = PostgresStore(postgres_url, use="serve")
    await again.open()
    await again.close()


@pytest.mark.parametrize("where", ["127.0.0.1:1", "127.0.0.1:port"])
async def test_what_can_not_be_reached_is_unavailable(where: str) -> None:
    with pytest.raises(StoreUnavailable):
        await PostgresStore(f"postgres://nobody@{where}/none").open()

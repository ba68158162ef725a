"""The store in Postgres when it fails: what is durable, what surely not, what nobody knows."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from msgspec import structs

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.postgres import PostgresStore
from tests.postgres import Postgres
from tests.server.props.postgres_scene import Open, locking, waiting_for
from tests.server.props.rows import commit_of, log_of, new_session


@pytest.fixture
async def store(open_store: Open) -> PostgresStore:
    """An open store with one empty session, "s"."""
    store = await open_store()
    await store.create_session(new_session())
    return store


async def test_what_is_committed_survives_a_crash_though_the_host_is_careless(
    postgres: Postgres, store: PostgresStore, open_store: Open
) -> None:
    for number in range(20):
        assert await store.commit(await commit_of(store, str(number)))

    postgres.crash()
    postgres.start()

    assert await log_of(await open_store()) == [str(number) for number in range(20)]


async def test_a_server_that_is_down_is_unavailable_and_back_as_soon_as_it_is_up(
    postgres: Postgres, store: PostgresStore
) -> None:
    commit = await commit_of(store, "a")

    postgres.stop()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await store.heads(["s"])
        with pytest.raises(StoreUnavailable):
            await store.commit(commit)
        with pytest.raises(StoreUnavailable):
            await store.delete_session("s")
    postgres.start()

    assert await store.commit(commit)
    assert await log_of(store) == ["a"]


async def test_a_commit_whose_connection_goes_has_an_unknown_outcome(
    store: PostgresStore, postgres_url: str
) -> None:
    commit = await commit_of(store, "a")

    async with locking(postgres_url) as other:
        committed = asyncio.create_task(store.commit(commit))
        await other.execute("SELECT pg_terminate_backend($1)", await waiting_for(other))
        with pytest.raises(OutcomeUnknown):
            await committed

    assert await store.commit(commit)
    assert await log_of(store) == ["a"]


async def test_a_change_whose_connection_goes_before_its_commit_has_not_happened(
    store: PostgresStore, postgres_url: str
) -> None:
    async with locking(postgres_url) as other:
        changed = asyncio.create_task(store.change_session("s", title="New"))
        await other.execute("SELECT pg_terminate_backend($1)", await waiting_for(other))
        with pytest.raises(StoreUnavailable):
            await changed

    standing = await store.standing("s", (), ())
    assert standing is not None
    assert standing.info.title == "Title"


async def test_a_change_whose_connection_goes_at_its_commit_has_an_unknown_outcome(
    store: PostgresStore, postgres_url: str
) -> None:
    other = await asyncpg.connect(postgres_url)
    await other.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON session_info"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    async with other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock(7)")
        changed = asyncio.create_task(store.change_session("s", title="New"))
        await other.execute("SELECT pg_terminate_backend($1)", await waiting_for(other))
        with pytest.raises(OutcomeUnknown):
            await changed
    await other.close()


async def test_a_server_that_says_nothing_holds_nobody_up_for_ever(
    postgres: Postgres, store: PostgresStore, postgres_url: str
) -> None:
    impatient = PostgresStore(postgres_url, connections=2, seconds=0.3)
    await impatient.open()
    commit = await commit_of(impatient, "a")

    postgres.pause()
    try:
        with pytest.raises(OutcomeUnknown):
            await impatient.commit(commit)
        ends = await asyncio.gather(
            impatient.heads(["s"]),
            impatient.change_session("s", title="New"),
            *(impatient.commit(commit) for _ in range(5)),
            return_exceptions=True,
        )
    finally:
        postgres.go_on()

    read, *written = [type(end) for end in ends]
    assert read is StoreUnavailable
    assert set(written) == {OutcomeUnknown}, "none of them knows what may be done yet"
    await impatient.close()
    if not await log_of(store):
        assert await store.commit(await commit_of(store, "a"))
    assert await log_of(store) == ["a"]


async def test_what_is_said_of_a_failure_quotes_no_row(store: PostgresStore) -> None:
    secret = new_session("t", texts=("a",))
    with pytest.raises(StoreUnavailable) as caught:
        await store.create_session(structs.replace(secret, link=new_session().link))
    assert "duplicate key" in str(caught.value)
    assert "s-link" not in str(caught.value)


async def test_nothing_is_called_by_what_postgres_can_not_hold(store: PostgresStore) -> None:
    assert await store.standing("s\0", ["\0"], ["\0"]) is None
    assert await store.link("s-link\0") is None
    assert await store.user_by_name("\0") is None
    assert await store.sessions_of("u", "\0", 9, None) == []
    assert not await store.delete_link("s", "s-link\0")
    assert await store.heads(["s", "s\0"]) == {"s": (1, 1, 0)}

"""What every driver makes of a transaction: parameters, kinds of rows, names, and one moment."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest
from msgspec import Struct

from ot_server.errors import RoleLost
from ot_server.store import shared
from ot_server.store.contract import Store
from ot_server.store.postgres import PostgresStore
from ot_server.store.rows import Holder, LinkRow, ParticipantRow
from ot_server.store.shared.participants import begin
from ot_server.store.sqlite import SqliteStore
from ot_server.store.transactions import (
    JSON_LIST,
    NOW,
    Driver,
    Each,
    Shared,
    Transaction,
    any_of,
    insert,
    one,
    row,
    rows,
    some,
)
from tests.server.props.rows import new_session, row_of
from tests.server.props.stores import KINDS


class Stage(Struct, frozen=True):
    is_open: bool
    seats: int


class Play(Struct, frozen=True):
    title: str
    stage: Stage
    cast: Sequence[str]


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """An open store with one session, "s"."""
    await empty_store.create_session(new_session())
    return empty_store


def driver_of(store: Store) -> Driver:
    assert isinstance(store, Shared)
    return store._database


@pytest.fixture
def driver(store: Store) -> Driver:
    """What performs transactions on it."""
    return driver_of(store)


# Statements


async def test_parameters_go_by_their_numbers_wherever_they_stand(driver: Driver) -> None:
    swapped = one(
        tuple[str, str, str],
        "SELECT CAST($2 AS text), CAST($1 AS text), CAST($2 AS text)",
        "first",
        "second",
    )
    assert await driver.perform(swapped, "read") == ("second", "first", "second")


async def test_a_row_becomes_what_the_statement_says_it_is(driver: Driver) -> None:
    play = one(
        tuple[Play, bool],
        f"SELECT 'Faust', 2 > 1, 80, (SELECT {JSON_LIST}(name) FROM participants), 1 > 2",
    )
    assert await driver.perform(play, "read") == (Play("Faust", Stage(True, 80), ["Ada"]), False)


async def test_a_statement_comes_to_all_its_rows_to_the_first_or_to_whether_there_are_any(
    driver: Driver,
) -> None:
    for found in ("1", "2"):
        await driver.perform(insert("links", LinkRow(found, "s", "viewer", 9.0)), "write")
    links = "SELECT link FROM links WHERE created_at = $1 ORDER BY link"

    assert await driver.perform(rows(str, links, 9.0), "read") == ["1", "2"]
    assert await driver.perform(row(str, links, 9.0), "read") == "1"
    assert await driver.perform(row(str, links, 8.0), "read") is None
    assert await driver.perform(some(links, 9.0), "read")
    assert not await driver.perform(some(links, 8.0), "read")


@pytest.mark.parametrize("wanted", [[], ["s"], ["s", "t", "none"]])
async def test_a_list_is_one_parameter(store: Store, driver: Driver, wanted: list[str]) -> None:
    await store.create_session(new_session("t"))
    found = rows(str, f"SELECT id FROM sessions WHERE id {any_of('$1')} ORDER BY id", wanted)
    assert await driver.perform(found, "read") == [id_ for id_ in wanted if id_ != "none"]


async def test_the_stores_clock_is_near_ours(driver: Driver) -> None:
    before = time.time()
    now = await driver.perform(one(float, f"SELECT {NOW}"), "read")
    assert before - 1 <= now <= time.time() + 1


def test_what_is_shared_says_nothing_that_only_one_database_understands() -> None:
    assert shared.__file__ is not None
    for module in Path(shared.__file__).parent.glob("*.py"):
        text = module.read_text()
        assert not re.findall(r"::|SELECT FROM|ILIKE|= ANY|\?|\bexcept\b.*:", text), module.name


# Transactions


def add_two_links_and_look(by: Holder | None) -> Transaction[list[str]]:
    line = "INSERT INTO links (link, session_id, role, created_at) VALUES ($2, $1, 'viewer', 9)"
    yield from Each(line, [("s", "1"), ("s", "2")])
    yield from begin("s", by)
    return (yield from rows(str, "SELECT link FROM links WHERE created_at = 9 ORDER BY link"))


async def test_each_statement_sees_what_those_before_it_have_done(driver: Driver) -> None:
    assert await driver.perform(add_two_links_and_look(None), "write") == ["1", "2"]


async def test_a_transaction_that_raises_has_done_nothing(store: Store, driver: Driver) -> None:
    nobody = Holder(ParticipantRow("nobody", "s", "Nobody", "guest", "owner"), "owner")
    with pytest.raises(RoleLost):
        await driver.perform(add_two_links_and_look(nobody), "write")
    assert [link.link for link in await store.links("s")] == ["s-link"]
    assert (await row_of(store)).version == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_what_reads_sees_one_moment_whatever_is_written_meanwhile(
    kind: str, tmp_path: Path, postgres_url: str
) -> None:
    def new_store() -> Store:
        return SqliteStore(tmp_path / "s") if kind == "sqlite" else PostgresStore(postgres_url)

    async def write() -> None:
        other = new_store()
        await other.open()
        await other.create_session(new_session())
        await other.close()

    def look() -> Transaction[tuple[int, int]]:
        count = one(int, "SELECT count(*) FROM sessions")
        before = yield from count
        elsewhere = Thread(target=lambda: asyncio.run(write()))
        elsewhere.start()
        elsewhere.join()
        return before, (yield from count)

    store = new_store()
    await store.open()
    assert await driver_of(store).perform(look(), "read") == (0, 0)
    assert await store.heads(["s"])
    await store.close()

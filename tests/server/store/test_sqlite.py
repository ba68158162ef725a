"""The store in one SQLite file: what a disk, another process or a lost COMMIT may do to it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.migrations import Migration, migrations
from ot_server.store.rows import Block, ClientRow, Snapshot
from ot_server.store.sqlite import SqliteStore
from ot_server.store.sqlite.database import Database
from tests.server.props.rows import commit_of, log_of, new_session


async def test_what_is_committed_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "ot.sqlite3")
    await store.open()
    await store.create_session(new_session(texts=("a",)))
    await store.claim_client("s", "c", "p")
    await store.commit(
        await commit_of(store, "b", clients=(ClientRow("c", "p", 1, 2, None, b"d"),))
    )
    await store.save_snapshot("s", Snapshot(2, "ba", b"[]"), Block(0, 2, b'["ba"]'))
    await store.close()

    again = SqliteStore(tmp_path / "ot.sqlite3")
    await again.open()
    standing = await again.standing("s", ["s-owner"], ["c"])

    assert standing is not None
    assert (standing.row.version, standing.roles) == (2, {"s-owner": "owner"})
    assert standing.clients == {"c": ClientRow("c", "p", 1, 2, None, b"d")}
    assert await again.snapshot("s") == Snapshot(2, "ba", b"[]")
    assert await again.blocks("s", 0, 2) == [Block(0, 2, b'["ba"]')]
    assert await log_of(again) == ["a", "b"]
    await again.close()


async def test_every_commit_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    opened: list[sqlite3.Connection] = []

    def remembered(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", remembered)
    store = SqliteStore(tmp_path / "ot.sqlite3")
    await store.open()
    await store.create_session(new_session())

    _migration, *lasting = opened
    assert len(lasting) == 2
    for db in lasting:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    await store.close()


async def test_migrations_run_once_each_however_often_the_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a new folder" / "ot.sqlite3"
    for _ in range(3):
        await open_and_close(path)

    with closing(sqlite3.connect(path)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
    steps = migrations("sqlite")
    assert version == steps[-1].version
    assert [step.version for step in steps] == list(range(1, len(steps) + 1))


async def test_a_migration_that_fails_leaves_the_tables_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = migrations("sqlite")[-1]
    bad = Migration(last.version + 1, "CREATE TABLE more (x); NONSENSE;")
    monkeypatch.setattr(
        "ot_server.store.sqlite.database.migrations", lambda dialect: [*migrations(dialect), bad]
    )
    with pytest.raises(StoreUnavailable):
        await SqliteStore(tmp_path / "ot.sqlite3").open()

    with closing(sqlite3.connect(tmp_path / "ot.sqlite3")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (last.version,)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (
            0,
        )


async def open_and_close(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_a_migration_that_another_process_has_done_meanwhile_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, path = sqlite3.connect, tmp_path / "ot.sqlite3"
    overtaken = 0

    class Overtaken(sqlite3.Connection):
        """One that has seen what is to be done, and then another is quicker."""

        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            nonlocal overtaken
            if sql == "BEGIN IMMEDIATE" and not overtaken:
                overtaken += 1
                asyncio.run(open_and_close(path))
            return super().execute(sql, parameters)

    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **kwargs: connect(*args, **kwargs, factory=Overtaken)
    )
    await open_and_close(path)

    assert overtaken == 1
    with closing(connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (migrations("sqlite")[-1].version,)


async def test_however_many_open_a_new_file_at_once_all_of_them_can(tmp_path: Path) -> None:
    await asyncio.gather(*(open_and_close(tmp_path / "ot.sqlite3") for _ in range(8)))


async def test_a_file_of_a_newer_program_is_not_opened_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ot.sqlite3"
    await open_and_close(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")

    store = SqliteStore(path)
    with pytest.raises(StoreUnavailable, match=r"version 99, written by a newer ot-server"):
        await store.open()
    await store.close()

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,)


async def test_a_file_that_is_no_database_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "ot.sqlite3").write_bytes(b"this is not what we write" * 100)

    with pytest.raises(StoreUnavailable, match="not a database"):
        await SqliteStore(tmp_path / "ot.sqlite3").open()


class Failing(sqlite3.Connection):
    """A connection whose COMMIT fails: `before` it has happened, or after."""

    before: bool | None = None

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT" and self.before is not None:
            before, Failing.before = self.before, None
            if not before:
                super().execute("COMMIT")
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, parameters)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_a_commit_of_the_file_that_fails_is_an_unknown_outcome_for_all_who_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **kwargs: connect(*args, **kwargs, factory=Failing)
    )
    store = SqliteStore(tmp_path / "ot.sqlite3")
    await store.open()
    names = [f"s{number}" for number in range(5)]
    for name in names:
        await store.create_session(new_session(name))
    commits = [await commit_of(store, "a", session_id=name) for name in names]

    with closing(connect(tmp_path / "ot.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # so that all of them gather behind it
        waiting = [asyncio.create_task(store.commit(commit)) for commit in commits]
        await asyncio.sleep(0)
        monkeypatch.setattr(Failing, "before", before)
        other.execute("ROLLBACK")
    done = await asyncio.gather(*waiting, return_exceptions=True)

    lost = [name for name, answer in zip(names, done, strict=True) if answer is not True]
    assert lost
    assert {type(answer) for answer in done} <= {OutcomeUnknown, bool}
    for name in names:
        assert await log_of(store, name) == ([] if before and name in lost else ["a"])
    await store.commit(await commit_of(store, "b", session_id="s0"))
    await store.close()


async def test_a_write_that_takes_too_long_is_an_unknown_outcome_and_may_be_done_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.store.sqlite.database.BUSY_SHARE", 1_000)
    store = SqliteStore(tmp_path / "ot.sqlite3", seconds=0.05)
    await store.open()
    await store.create_session(new_session())
    commit = await commit_of(store, "a")

    with closing(sqlite3.connect(tmp_path / "ot.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutcomeUnknown):
            await store.commit(commit)
        other.execute("ROLLBACK")
    await store.close()

    again = SqliteStore(tmp_path / "ot.sqlite3")
    await again.open()
    assert await log_of(again) == ["a"]
    await again.close()


async def test_a_read_that_takes_too_long_is_unavailable(tmp_path: Path) -> None:
    database = Database(tmp_path / "ot.sqlite3", seconds=0.05)
    await database.open()
    gate = Event()

    with pytest.raises(StoreUnavailable):
        await database.read(lambda _db: gate.wait())
    gate.set()

    assert await database.rows("SELECT 1") == [(1,)]
    await database.close()


async def test_a_file_that_somebody_else_holds_is_unavailable_and_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.store.sqlite.database.BUSY_SHARE", 0.01)
    store = SqliteStore(tmp_path / "ot.sqlite3")
    await store.open()
    await store.create_session(new_session())
    commit = await commit_of(store, "a")

    with closing(sqlite3.connect(tmp_path / "ot.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await store.commit(commit)
        assert await log_of(store) == [], "reading goes on"
        other.execute("ROLLBACK")

    assert await store.commit(commit)
    assert await log_of(store) == ["a"]
    await store.close()

"""A disk that takes nothing, in whatever way: it is told in SQLite's words, and heals by itself."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.sqlite import SqliteStore
from tests.server.props.disks import filled, mounted
from tests.server.props.peer import Peer, open_room
from tests.server.props.rest import problem
from tests.server.props.rows import log_of, new_session
from tests.servers import ProcessServer, running_process_server

FILE = "ot.sqlite3"


@contextmanager
def over_quota(server: ProcessServer) -> Iterator[None]:
    """In this block the server may let no file grow: SQLite tells that as it does a quota."""
    sizes = [file.stat().st_size for file in server.data.glob(f"{FILE}*")]
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (min(sizes), -1))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(server: ProcessServer) -> Iterator[None]:
    """In this block another process holds the file."""
    with closing(sqlite3.connect(server.data / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def failures(server: ProcessServer) -> list[dict[str, Any]]:
    """Return what the server has logged of writing its file."""
    lines = [json.loads(line) for line in server.log.splitlines()]
    events = ("store_failed", "store_works_again")
    return [line for line in lines if line["event"] in events and line["call"] == "write"]


async def suffers(
    server: ProcessServer, http: ClientSession, ill: AbstractContextManager[None]
) -> None:
    """Let somebody type while something is wrong: nothing is acknowledged, and nothing lost."""
    room = await open_room(http, server.url)
    ada = await Peer.enter(http, room)
    await ada.type("before ")
    edit = {"type": "edit", "seq": 2, "revision": 1, "op": [7, "meanwhile"]}

    with ill:
        await ada.say(edit)
        error = await ada.hear_of("error")
        assert (error["code"], error["seq"]) == ("unavailable", 2)
        async with http.get(f"{server.url}/readyz") as response:
            assert await problem(response) == (503, "unavailable")
        async with http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
    await ada.say(edit)
    update = await ada.hear_of("update")

    assert update["changes"] == [{"ack": 2}]
    async with http.get(f"{server.url}/readyz") as response:
        assert response.status == 200, "it has healed by itself"


@pytest.mark.parametrize(
    ("ill", "reason", "code"),
    [
        (over_quota, "disk I/O error", "SQLITE_IOERR_WRITE"),
        (locked, "database is locked", "SQLITE_BUSY"),
    ],
    ids=["quota", "locked"],
)
async def test_what_is_wrong_with_the_file_is_told_and_heals_by_itself(
    ill: Callable[[ProcessServer], AbstractContextManager[None]],
    reason: str,
    code: str,
    tmp_path: Path,
    http: ClientSession,
) -> None:
    async with running_process_server(tmp_path, OT_UNAVAILABLE_SECONDS="1") as server:
        await suffers(server, http, ill(server))
        await server.end()

    told = failures(server)
    assert [(line["event"], line.get("reason"), line.get("code")) for line in told] == [
        ("store_failed", reason, code),
        ("store_works_again", None, None),
    ]


async def test_a_full_disk_is_told_and_heals_by_itself_when_there_is_room_again(
    tmp_path: Path, http: ClientSession
) -> None:
    with mounted(tmp_path / "disk", "size=1m") as disk:
        async with running_process_server(disk, OT_UNAVAILABLE_SECONDS="1") as server:
            await suffers(server, http, filled(disk))
            await server.end()

    first, *_, last = failures(server)
    assert (first["reason"], first["code"]) == ("database or disk is full", "SQLITE_FULL")
    assert last["event"] == "store_works_again"


# Where SQLite may fail, and what becomes of the transaction then, is not ours to say.


class Ailing(sqlite3.Connection):
    """A connection that fails at a statement, as one to a broken disk does."""

    error: sqlite3.Error | None = None
    at = ""
    rolls_back = False

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if self.error is not None and sql.startswith(self.at):
            if self.rolls_back and self.in_transaction:
                super().execute("ROLLBACK")
            raise self.error
        return super().execute(sql, parameters)


@pytest.mark.parametrize("rolls_back", [False, True], ids=["leaves it", "rolls back"])
@pytest.mark.parametrize("at", ["BEGIN IMMEDIATE", "INSERT", "COMMIT"])
@pytest.mark.parametrize(
    "words",
    [
        "database or disk is full",
        "disk I/O error",
        "attempt to write a readonly database",
        "unable to open database file",
        "database table is locked",
        "database disk image is malformed",
    ],
)
async def test_whatever_sqlite_raises_is_told_in_its_words_and_the_next_write_is_a_new_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, at: str, rolls_back: bool
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **kwargs: connect(*args, **kwargs, factory=Ailing)
    )
    store = SqliteStore(tmp_path / FILE)
    await store.open()
    monkeypatch.setattr(Ailing, "at", at)
    monkeypatch.setattr(Ailing, "rolls_back", rolls_back)
    expected = OutcomeUnknown if at == "COMMIT" else StoreUnavailable

    with capture_logs() as logs:
        with monkeypatch.context() as ill:
            ill.setattr(Ailing, "error", sqlite3.OperationalError(words))
            for _ in range(2):
                with pytest.raises(expected, match=words):
                    await store.create_session(new_session())
            if at != "INSERT":
                with pytest.raises(expected, match=words):
                    await store.condition()
        await store.create_session(new_session())
        assert (await store.condition()).is_writable

    assert [(line["event"], line.get("reason")) for line in logs if line["call"] == "write"] == [
        ("store_failed", words),
        ("store_works_again", None),
    ]
    assert await log_of(store) == []
    await store.close()


async def test_what_a_call_does_wrong_is_no_fault_of_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / FILE)
    await store.open()
    await store.create_session(new_session())

    with capture_logs() as logs, pytest.raises(StoreUnavailable):
        await store.create_session(new_session())

    assert not logs
    await store.close()

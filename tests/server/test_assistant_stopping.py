"""A run is stopped at a bad moment: it ends once, when all that it has written is known."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from ot_server.store.rows import Commit
from ot_server.store.sqlite import SqliteStore
from tests.server.assisted import Assisted, assisted
from tests.server.faulty_store import FaultyStore
from tests.server.messages_api import Dictation, MessagesApi, messages_api
from tests.servers import StartServer

__all__ = ["messages_api"]


class WatchedStore(FaultyStore):
    """Says when it is called, and can forget to answer."""

    inner: SqliteStore

    def __init__(self, inner: SqliteStore) -> None:
        super().__init__(inner)
        self.is_mute = False
        """Whether a commit is made, and its answer never comes."""
        self._called = asyncio.Condition()

    async def until_called(self, method: str, times: int = 1) -> None:
        """Return when a method has been called so often."""
        async with self._called:
            await self._called.wait_for(lambda: self.calls[method] >= times)

    async def disturb(self, method: str) -> None:
        async with self._called:
            self._called.notify_all()

    async def commit(self, commit: Commit) -> bool:
        is_made = await super().commit(commit)
        if self.is_mute:
            await asyncio.get_running_loop().create_future()
        return is_made

    async def release_lock(self, session_id: str, lock_id: str) -> bool:
        return await self._call(
            "release_lock", lambda: self.inner.release_lock(session_id, lock_id)
        )


@pytest.fixture
def store(tmp_path: Path) -> WatchedStore:
    return WatchedStore(SqliteStore(tmp_path / "ot.sqlite3"))


async def until_stopped(room: Assisted) -> None:
    """Return when somebody has said that the newest run is to end."""
    while (await room.runs())[0]["state"] != "cancelled":
        pass


async def stopped_while_it_commits(
    store: WatchedStore, room: Assisted, dictation: Dictation, *, is_mute: bool
) -> dict[str, Any]:
    """Stop a run while its second piece is with the store; return what becomes of the run."""
    async with room.generating() as events:
        run = (await events.until("started"))["run"]
        dictation.say("one ")
        await events.until("progress")
        committing, store.is_mute = store.hold("commit"), is_mute
        dictation.say("two ")
        await store.until_called("commit", store.calls["commit"] + 1)
        stopping = asyncio.create_task(room.do("DELETE", f"/ai/{run}"))
        await until_stopped(room)
        committing.set()
        await stopping
        return dict((await events.until("done"))["run"])


@pytest.mark.parametrize("is_mute", [False, True])
async def test_what_was_being_committed_when_it_was_stopped_is_taken_back_with_the_rest(
    start_server: StartServer,
    http: ClientSession,
    messages_api: MessagesApi,
    store: WatchedStore,
    is_mute: bool,
) -> None:
    """Also where the store never says that it has committed that."""
    server = await start_server(store, **messages_api.settings, unavailable_seconds=1)
    room = await assisted(server, http, text="x")

    run = await stopped_while_it_commits(store, room, Dictation(messages_api), is_mute=is_mute)
    store.is_mute = False
    await room.do("POST", f"/ai/{run['id']}/undo")

    assert run["last_revision"] == 3
    assert await room.text() == "x"

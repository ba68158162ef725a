"""A task is stopped at a bad moment: it ends once, when all that it has written is known."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import ClientSession

from ot_server.store.sqlite import SqliteStore
from tests.patience import PATIENCE, within
from tests.server.props.assisted import Assisted, assisted
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.messages_api import Dictation, MessagesApi, messages_api
from tests.servers import StartServer

__all__ = ["messages_api"]

T = TypeVar("T")


class WatchedStore(FaultyStore):
    """Says what is called and what is done, and can forget to answer."""

    inner: SqliteStore

    def __init__(self, inner: SqliteStore) -> None:
        super().__init__(inner, seconds=1)
        self.is_mute = False
        """Whether a commit is made, and its answer never comes."""
        self._done: Counter[str] = Counter()
        self._news = asyncio.Condition()

    async def until_called(self, method: str, times: int = 1) -> None:
        """Return when a method has been called so often."""
        async with self._news:
            await within(self._news.wait_for(lambda: self.calls[method] >= times))

    async def until_done(self, method: str, times: int = 1) -> None:
        """Return when it has done its work so often, and who called it knows."""
        async with self._news:
            await within(self._news.wait_for(lambda: self._done[method] >= times))

    async def disturb(self, method: str) -> None:
        async with self._news:
            self._news.notify_all()

    async def _answered(self, method: str, work: Callable[[], Awaitable[T]]) -> T:
        result = await super()._answered(method, work)
        if method == "commit" and self.is_mute:
            await asyncio.get_running_loop().create_future()
        async with self._news:
            self._done[method] += 1
            self._news.notify_all()
        return result

    async def release_lock(self, *lock: str) -> bool:
        return await self._call("release_lock", lambda: self.inner.release_lock(*lock))

    async def end_assistant_task(self, *ending: Any, **more: Any) -> bool:
        return await self._call(
            "end_assistant_task", lambda: self.inner.end_assistant_task(*ending, **more)
        )


@pytest.fixture
def store(tmp_path: Path) -> WatchedStore:
    return WatchedStore(SqliteStore(tmp_path / "ot.sqlite3"))


async def stopped_while_it_commits(
    store: WatchedStore, room: Assisted, dictation: Dictation, *, is_mute: bool
) -> dict[str, Any]:
    """Stop a task while its second piece is with the store; return what becomes of the task."""
    async with room.generating() as events:
        task = (await events.until("started"))["task"]
        dictation.say("one ")
        await events.until("progress")
        committing, store.is_mute = store.hold("commit"), is_mute
        dictation.say("two ")
        await store.until_called("commit", store.calls["commit"] + 1)
        stopping = asyncio.create_task(room.do("DELETE", f"/ai/{task}"))
        await store.until_done("end_assistant_task")
        committing.set()
        await stopping
        return dict((await events.until("done"))["task"])


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

    task = await stopped_while_it_commits(store, room, Dictation(messages_api), is_mute=is_mute)
    store.is_mute = False
    await room.do("POST", f"/ai/{task['id']}/undo")

    assert task["last_revision"] == 3
    assert await room.text() == "x"


@pytest.mark.parametrize("ends", ["by itself", "stopped"])
async def test_who_stops_it_while_it_ends_disturbs_nothing(
    start_server: StartServer,
    http: ClientSession,
    messages_api: MessagesApi,
    store: WatchedStore,
    ends: str,
) -> None:
    room = await assisted(await start_server(store, **messages_api.settings), http, text="x")
    dictation = Dictation(messages_api)
    releasing = store.hold("release_lock")
    async with room.generating() as events:
        url = f"/ai/{(await events.until('started'))['task']}"
        dictation.say("one ")
        await events.until("progress")
        stops = []
        if ends == "stopped":
            stops.append(asyncio.create_task(room.do("DELETE", url)))
        else:
            dictation.end()
        await store.until_called("release_lock")
        stops.append(asyncio.create_task(room.do("DELETE", url)))
        await store.until_done("end_assistant_task", len(stops))
        releasing.set()
        await asyncio.gather(*stops)
        async with asyncio.timeout(PATIENCE):
            task = (await events.until("done"))["task"]
    assert (task["last_revision"], task["ended_at"] is None) == (2, False)
    await room.do("PUT", "/text", text="nobody is locked out")

"""The assistant on one of several nodes: stopped from another one, and killed with its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientPayloadError, ClientSession

from ot_server.settings import Settings
from tests.patience import PATIENCE, took, within
from tests.postgres import Postgres
from tests.server.props.assisted import assisted, lock_told
from tests.server.props.messages_api import Dictation, MessagesApi, messages_api
from tests.server.props.peer import Peer
from tests.servers import NO_LIMITS, ProcessServer

__all__ = ["messages_api"]

SECRET: Final = "a key that nobody guesses, of 32 bytes and more"
LATE: Final = 5.0
"""So much later than its lease a lock is gone at the latest, in seconds."""

StartNode = Callable[..., Awaitable[ProcessServer]]


@pytest.fixture
async def start_node(
    tmp_path: Path, postgres: Postgres, messages_api: MessagesApi
) -> AsyncIterator[StartNode]:
    """Start one more process over the same database."""
    settings = {**NO_LIMITS, **messages_api.settings, "secret": SECRET, "drain_seconds": 1}
    settings["store"] = await postgres.new_url()
    async with AsyncExitStack() as stack:

        async def start(**more: object) -> ProcessServer:
            environment = {
                f"OT_{name.upper()}": str(value) for name, value in (settings | more).items()
            }
            server = ProcessServer(tmp_path, environment)
            await server.start()
            stack.push_async_callback(server.kill)
            return server

        yield start


async def node_dies(
    start_node: StartNode, http: ClientSession, api: MessagesApi, lease: float
) -> None:
    """Kill a node in the middle of a generation; see on another one what becomes of it."""
    here, there = [await start_node(lock_seconds=lease) for _ in range(2)]
    room = await assisted(here, http, text="x")
    dictation = Dictation(api)
    ben = await Peer.enter(http, replace(room.room, url=there.url))
    async with room.generating() as events:
        dictation.say("half ")
        await events.until("progress")
        assert await lock_told(ben) is not None
        await here.kill()

        async def is_free() -> None:
            while await lock_told(ben) is not None:
                pass  # it was renewed
            here.url = there.url
            while (await room.tasks())[0]["state"] == "running":  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # a lease of its own, of which nobody is told

        assert await took(within(is_free(), lease + PATIENCE)) < lease + LATE
        with pytest.raises(ClientPayloadError):
            await events.rest()

    (task,) = await room.tasks()
    assert (task["state"], task["ended_at"]) == ("interrupted", None)
    while ben.revision < 2:
        await ben.hear()
    assert await ben.type("!") == 3
    await ben.ws.close()
    await room.do("POST", f"/ai/{task['id']}/undo")
    assert await room.text() == "x!"


async def test_a_session_is_free_again_soon_after_the_node_that_locked_it_was_killed(
    start_node: StartNode, http: ClientSession, messages_api: MessagesApi
) -> None:
    await node_dies(start_node, http, messages_api, lease=1.5)


@pytest.mark.soak
async def test_it_is_free_again_within_35_seconds_by_default(
    start_node: StartNode, http: ClientSession, messages_api: MessagesApi
) -> None:
    await node_dies(start_node, http, messages_api, Settings().lock_seconds)


async def test_it_is_stopped_from_another_node(
    start_node: StartNode, http: ClientSession, messages_api: MessagesApi
) -> None:
    here, there = [await start_node() for _ in range(2)]
    room = await assisted(here, http, text="x")
    dictation = Dictation(messages_api)
    async with room.generating() as events:
        task = (await events.until("started"))["task"]
        dictation.say("half ")
        await events.until("progress")
        here_url, here.url = here.url, there.url
        await room.do("DELETE", f"/ai/{task}")
        await room.do("POST", f"/ai/{task}/undo")
        assert await room.text() == "x"
        here.url = here_url
        assert (await events.until("done"))["task"]["state"] == "cancelled"

"""A client that never reads costs the server nothing for long, whatever it waits with."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import ClientSession

from tests.server.props.peer import Peer, join_room, open_room
from tests.server.props.raw import connect
from tests.servers import StartServer

MEGABYTE = 10**6


def handlers() -> set[asyncio.Task[object]]:
    """Return the tasks that serve the connections of this process."""
    return {
        task
        for task in asyncio.all_tasks()
        if getattr(task.get_coro(), "__qualname__", "") == "RequestHandler.start"
    }


async def unread(connection: socket.socket) -> int:
    """Return how many bytes the systems of both sides still have for a client."""
    count = 0
    with suppress(ConnectionError):
        while chunk := await asyncio.get_running_loop().sock_recv(connection, 2**20):
            count += len(chunk)
    return count


@pytest.mark.parametrize("is_large", [False, True], ids=["the updates", "the welcome"])
async def test_a_socket_that_takes_nothing_is_let_go(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr("ot_server.socket.CLOSE_SECONDS", 0.2)
    server = await start_server(
        document_bytes=100 * MEGABYTE, frame_bytes=100 * MEGABYTE, slow_reader_seconds=0.5
    )
    async with ClientSession() as http:
        room = await open_room(http, server.url)
        guest = await join_room(http, room, "Lazy")
        ada = await Peer.enter(http, room)
        if is_large:
            await ada.type("x" * 20 * MEGABYTE)
        before = handlers()

        with await connect(guest, window=4096) as lazy:
            await asyncio.get_running_loop().sock_recv(lazy, 1)  # it is served
            serving = handlers() - before
            told = await ada.hear_of("participants")
            if not is_large:
                await ada.type("x" * 20 * MEGABYTE)
                await ada.type("!")
            while not told.get("left"):  # who comes and goes at once is told of once
                told = await ada.hear_of("participants")
            await asyncio.wait(serving, timeout=60)
            assert all(task.done() for task in serving)
            assert await unread(lazy) < 15 * MEGABYTE, "what it didn't take is not kept for it"

        await ada.type("and it goes on")

"""A client that never reads costs the server nothing for long, whatever it waits with."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from tests.patience import PATIENCE
from tests.server.props.peer import Peer, join_room, open_room
from tests.server.props.raw import SYSTEM_TAKES, connect, recv, unread
from tests.servers import StartServer, handlers

SIZE = 10 * SYSTEM_TAKES
"""Of what isn't read: far more than systems take in."""


@pytest.mark.parametrize("is_large", [False, True], ids=["the updates", "the welcome"])
async def test_a_socket_that_takes_nothing_is_let_go(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr("ot_server.socket.CLOSE_SECONDS", 0.2)
    server = await start_server(
        system_takes=2**16, document_bytes=2 * SIZE, frame_bytes=2 * SIZE, slow_reader_seconds=0.5
    )
    async with ClientSession() as http:
        room = await open_room(http, server.url)
        guest = await join_room(http, room, "Lazy")
        ada = await Peer.enter(http, room)
        if is_large:
            await ada.type("x" * SIZE)
        before = handlers()

        with await connect(guest) as lazy:
            await recv(lazy, 1)  # it is served
            serving = handlers() - before
            told = await ada.hear_of("participants")
            if not is_large:
                await ada.type("x" * SIZE)
                await ada.type("!")
            while not told.get("left"):  # who comes and goes at once is told of once
                told = await ada.hear_of("participants")
            await asyncio.wait(serving, timeout=PATIENCE)
            assert all(task.done() for task in serving)
            assert await unread(lazy) < SYSTEM_TAKES, "what it didn't take is not kept for it"

        await ada.type("and it goes on")

"""The transport of the network turns whatever happens to a socket into one exception."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from ot_client import Disconnected, Transport
from ot_client.websocket import websocket

Visit = Callable[[web.WebSocketResponse], Awaitable[object]]


@asynccontextmanager
async def connected(visit: Visit) -> AsyncIterator[Transport]:
    """A transport to a server that treats its one visitor so."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await visit(socket)
        return socket

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        transport = await websocket(f"http://{host}:{port}/")()
        yield transport
        await transport.close()
    finally:
        await runner.cleanup()


async def test_frames_go_both_ways_as_bytes() -> None:
    async def echo(socket: web.WebSocketResponse) -> None:
        await socket.send_str(await socket.receive_str())

    async with connected(echo) as transport:
        await transport.send("é😀".encode())
        assert await transport.receive() == "é😀".encode()


async def test_a_close_says_why() -> None:
    async with connected(lambda socket: socket.close(code=4403, message=b"kicked")) as transport:
        with pytest.raises(Disconnected) as gone:
            await transport.receive()
        assert (gone.value.code, gone.value.reason) == (4403, "kicked")


async def test_a_binary_frame_ends_it() -> None:
    async with connected(lambda socket: socket.send_bytes(b"{}")) as transport:
        with pytest.raises(Disconnected, match="binary"):
            await transport.receive()


async def test_a_connection_that_is_cut_is_gone_for_sender_and_receiver() -> None:
    async def cut(socket: web.WebSocketResponse) -> None:
        transport = socket._req.transport if socket._req else None
        assert transport is not None
        transport.abort()

    async with connected(cut) as transport:
        for _ in range(2):
            with pytest.raises(Disconnected):
                await transport.receive()
        with pytest.raises(Disconnected):
            await transport.send(b"{}")


@pytest.mark.parametrize(
    ("status", "code"), [(401, 4401), (403, 4403), (404, 4404), (429, 4429), (500, 1006)]
)
async def test_a_refused_handshake_has_the_code_that_a_close_would_have(
    status: int, code: int
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        with pytest.raises(Disconnected) as gone:
            await websocket(f"http://{host}:{port}/")()
    finally:
        await runner.cleanup()
    assert gone.value.code == code

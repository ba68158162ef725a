"""Who hangs up in the middle of a request has failed, not the server: it logs no traceback."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientSession

from tests.patience import within
from tests.server.props.peer import open_room
from tests.server.props.rest import bearing
from tests.server.props.scene import Logs
from tests.servers import Server, handlers

MOST_STEPS: Final = 8
"""How many steps of the event loop may lie between what was sent and the end."""


async def hang_up(server: Server, request_line: str, body: str = "", **headers: str) -> None:
    """Send a request and break the connection, so or so soon; return when all is dealt with."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"{request_line} HTTP/1.1\r\nHost: here\r\n{head}\r\n{body}".encode()
    address = urlsplit(server.url)
    for steps in range(MOST_STEPS):
        others = handlers()
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        await within(reader.readuntil(b"\r\n\r\n"))
        [handler] = handlers() - others
        writer.write(request)
        for _ in range(steps):
            await asyncio.sleep(0)
        writer.transport.abort()
        await within(asyncio.wait([handler]))


async def test_a_body_may_break_off(server: Server, http: ClientSession, logs: Logs) -> None:
    room = await open_room(http, server.url)
    path = urlsplit(room.text_url).path
    promised = {"Content-Type": "application/json", "Content-Length": "100"}
    await hang_up(server, f"PUT {path}", '{"text": "half a t', **promised, **bearing(room.token))
    logs.are_clean(room.token)


async def test_a_socket_may_break_off_before_it_is_one(
    server: Server, http: ClientSession, logs: Logs
) -> None:
    room = await open_room(http, server.url)
    wanted = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    await hang_up(server, f"GET /ws/{room.session_id}", **wanted, **key)
    logs.are_clean()

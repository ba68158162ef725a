"""A WebSocket by hand, for what no well-behaved client does: read nothing, or answer late."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from tests.patience import within
from tests.server.props.peer import Room

__all__ = ["CLOSE", "SYSTEM_TAKES", "connect", "dial", "masked", "recv", "send", "unread"]

TEXT: Final = 0x81
CLOSE: Final = 0x88
"""The first bytes of frames."""
WINDOW: Final = 4096
SYSTEM_TAKES: Final = 2**18
"""Bytes that the systems of both sides hold at most, where each was told to take in little."""
SILENCE: Final = 5.0
"""Seconds without a byte after which none is thought to come.

A system whose program has gone gives up what it still has to send when that isn't taken soon
enough, and says so to nobody: its peer, all whose bytes have been read, would wait for ever.
"""


def masked(kind: int, payload: bytes) -> bytes:
    """Return a client's frame; its mask is all zeros."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([kind]) + size + bytes(4) + payload


async def dial(url: str) -> socket.socket:
    """Open a connection whose system takes in little, for a client that reads slowly."""
    address = urlsplit(url)
    connection = socket.socket()
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
    loop = asyncio.get_running_loop()
    await within(loop.sock_connect(connection, (address.hostname, address.port)))
    return connection


async def connect(room: Room) -> socket.socket:
    """Open a connection and send a hello; nothing is read."""
    connection = await dial(room.url)
    address = urlsplit(room.url)
    request = (
        f"GET /ws/{room.session_id} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n"
    )
    hello = {"type": "hello", "protocol": 1, "client": str(uuid4()), "token": room.token}
    await send(connection, request.encode() + masked(TEXT, json.dumps(hello).encode()))
    return connection


async def send(connection: socket.socket, said: bytes) -> None:
    """Send all of this."""
    await within(asyncio.get_running_loop().sock_sendall(connection, said))


async def recv(connection: socket.socket, most: int = 2**16) -> bytes:
    """Return what comes next, or nothing at the end."""
    return await within(asyncio.get_running_loop().sock_recv(connection, most))


async def unread(connection: socket.socket) -> int:
    """Return how many bytes the systems of both sides still have for a client."""
    count = 0
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError, TimeoutError):
        while chunk := await within(loop.sock_recv(connection, 2**20), SILENCE):
            count += len(chunk)
    return count

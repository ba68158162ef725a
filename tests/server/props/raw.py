"""A WebSocket by hand, for what no well-behaved client does: read nothing, or answer late."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from tests.server.props.peer import Room

__all__ = ["CLOSE", "connect", "masked"]

TEXT: Final = 0x81
CLOSE: Final = 0x88
"""The first bytes of frames."""


def masked(kind: int, payload: bytes) -> bytes:
    """Return a client's frame; its mask is all zeros."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([kind]) + size + bytes(4) + payload


async def connect(room: Room, window: int | None = None) -> socket.socket:
    """Open a connection and send a hello; nothing is read.

    `window` is how many bytes the system may take in for us, as far as it can be told so.
    """
    address = urlsplit(room.url)
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setblocking(False)
    if window is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    await loop.sock_connect(connection, (address.hostname, address.port))
    request = (
        f"GET /ws/{room.session_id} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n"
    )
    hello = {"type": "hello", "protocol": 1, "client": str(uuid4()), "token": room.token}
    await loop.sock_sendall(connection, request.encode() + masked(TEXT, json.dumps(hello).encode()))
    return connection

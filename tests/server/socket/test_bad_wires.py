"""Too much, too fast, too slow, and half of it: what is wrong below the messages."""

from __future__ import annotations

import asyncio
import struct
from zlib import crc32

import pytest
from aiohttp import WSMsgType

from ot_protocol import CloseCode
from tests.patience import PATIENCE, within
from tests.server.props.bad_frames import edit
from tests.server.props.peer import Peer
from tests.server.props.scene import Scene, set_scene
from tests.servers import StartServer

INVALID_UTF8 = 1007
BROKEN_FRAME = 1002
"""Close codes of RFC 6455: the server's WebSocket library sends them before we see anything."""


async def test_a_frame_that_is_too_big_ends_the_connection(start_server: StartServer) -> None:
    async with set_scene(await start_server(frame_bytes=10_000)) as scene:
        await scene.culprit.say(edit(f'[6,"{"x" * 10_000}"]'))
        _, code = await scene.culprit.closed()
        assert code == CloseCode.TOO_BIG
        await scene.is_unharmed()


async def test_a_frame_that_is_no_utf8_ends_the_connection(scene: Scene) -> None:
    await scene.culprit.say(b'{"type":"edit","seq":6,"revision":2,"op":[6,"\xed\xa0\x80"]}')
    _, code = await scene.culprit.closed()
    assert code == INVALID_UTF8
    await scene.is_unharmed()


async def test_edits_too_fast_end_the_connection(start_server: StartServer) -> None:
    async with set_scene(await start_server(edits_per_second=0.001, edits_burst=3)) as scene:
        await scene.culprit.type("one")
        await scene.culprit.type("two")
        await scene.culprit.say(edit(seq=9))
        _, code = await scene.culprit.closed()
        assert code == CloseCode.TOO_FAST
        assert len(await scene.log()) == 4
        await scene.witness.type("I saw it all")
        scene.logs.are_clean()


async def test_presence_too_fast_ends_the_connection(start_server: StartServer) -> None:
    async with set_scene(await start_server(presence_per_second=3)) as scene:
        # It says much more than is heard: the code arrives all the same.
        for _ in range(2_000):
            await scene.culprit.say({"type": "presence", "revision": 2, "selections": [[0, 1]]})
        _, code = await scene.culprit.closed()
        assert code == CloseCode.TOO_FAST
        await scene.is_unharmed()


async def test_checksums_too_fast_end_the_connection(scene: Scene) -> None:
    right = {"type": "verify", "revision": 2, "crc32": crc32(b"hello!")}
    for _ in range(20):
        await scene.culprit.say(right)
    _, code = await scene.culprit.closed()
    assert code == CloseCode.TOO_FAST
    await scene.is_unharmed()


async def test_who_says_nothing_is_not_waited_for(start_server: StartServer) -> None:
    async with set_scene(await start_server(hello_seconds=0.2)) as scene:
        peer = await Peer.dial(scene.http, scene.room)
        assert await peer.closed() == ([], CloseCode.TRY_AGAIN_LATER)
        await scene.is_unharmed()


# Below messages: TCP and WebSocket frames.


async def dial_raw(scene: Scene) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket by hand."""
    host, port = scene.server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET /ws/{scene.room.session_id} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    assert b" 101 " in await within(reader.readuntil(b"\r\n\r\n"))
    return reader, writer


def ws_frame(payload: bytes, first_byte: int = 0x81) -> bytes:
    """Return a masked frame; by default a whole text frame."""
    assert len(payload) < 126
    return bytes([first_byte, 0x80 | len(payload)]) + bytes(4) + payload


async def close_code(reader: asyncio.StreamReader) -> int:
    """Return the code of a close frame that comes next."""
    async with asyncio.timeout(PATIENCE):
        opcode, length = await reader.readexactly(2)
        payload = await reader.readexactly(length)
    assert opcode == 0x80 | WSMsgType.CLOSE
    (code,) = struct.unpack("!H", payload[:2])
    return int(code)


@pytest.mark.parametrize(
    "frame",
    [
        ws_frame(b"{}", 0x81 | 0x40),
        ws_frame(b"{}", 0x83),
        ws_frame(b"{}", 0x80),
        ws_frame(b"hi", 0x09),
    ],
    ids=["compressed without asking", "of no known kind", "that continues none", "a ping in parts"],
)
async def test_a_broken_websocket_frame_ends_the_connection(scene: Scene, frame: bytes) -> None:
    reader, writer = await dial_raw(scene)
    writer.write(frame)
    assert await close_code(reader) == BROKEN_FRAME
    writer.close()
    await writer.wait_closed()
    await scene.is_unharmed()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        ws_frame(b'{"type":"hello"}')[:7],
        ws_frame(b"?"),
        ws_frame(b"?") * 40,
        b"\x81\xff" + b"\xff" * 8,
        ws_frame(b'{"type":"he', 0x01),
    ],
    ids=["nothing", "half a frame", "a word", "words", "a frame without end", "half a message"],
)
async def test_who_hangs_up_without_a_word_leaves_no_trace(scene: Scene, said: bytes) -> None:
    _, writer = await dial_raw(scene)
    writer.write(said)
    writer.transport.abort()
    await scene.is_unharmed()


async def test_a_websocket_that_is_none_is_a_bad_request(scene: Scene) -> None:
    for headers in ({}, {"Upgrade": "websocket", "Connection": "Upgrade"}):
        url = f"{scene.server.url}/ws/{scene.room.session_id}"
        async with scene.http.get(url, headers=headers) as response:
            assert (response.status, response.content_type) == (400, "application/problem+json")
    await scene.is_unharmed()

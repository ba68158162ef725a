"""Who keeps the server waiting is let go: with half a request, with nothing, with too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from tests.patience import PATIENCE, within
from tests.server.props.peer import Peer, open_room
from tests.server.props.raw import SYSTEM_TAKES, recv, send, unread
from tests.server.props.raw import dial as dial_raw
from tests.servers import Server, StartServer, handlers

HEAD = b"GET /healthz HTTP/1.1\r\nHost: here\r\n"
BODY = b"POST /api/v1/rooms HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"

Dial = Callable[[Server], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Open connections, which are closed after the test."""
    opened: list[asyncio.StreamWriter] = []

    async def open_one(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        opened.append(writer)
        return reader, writer

    yield open_one
    for writer in opened:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def pass_time(seconds: float) -> None:
    """Let time pass that is no waiting for anything: somebody is just slow."""
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)


@pytest.mark.parametrize(
    "begun",
    [b"", b"\r\n", b"G", HEAD[:10], HEAD, HEAD + b"X-Slow: ", HEAD + b"\r\n" + HEAD],
    ids=["nothing", "an empty line", "a letter", "a line", "a header", "half", "another request"],
)
async def test_half_a_request_is_not_waited_for(
    start_server: StartServer, begun: bytes, dial: Dial
) -> None:
    server = await start_server(header_seconds=0.05, keepalive_seconds=0.2)
    reader, writer = await dial(server)
    writer.write(begun)
    said = await within(reader.read())
    assert said.count(b"HTTP/1.1 200 OK") == begun.count(b"\r\n\r\n")


async def test_a_request_that_comes_letter_by_letter_is_not_waited_for(
    start_server: StartServer, dial: Dial
) -> None:
    server = await start_server(header_seconds=0.2)
    reader, writer = await dial(server)
    with suppress(ConnectionError):
        for letter in HEAD * 100:
            writer.write(bytes([letter]))
            await writer.drain()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    said = await reader.readline()
                    assert said == b"HTTP/1.1 408 Request Timeout\r\n"
                    break
        else:
            pytest.fail("all its letters were waited for")


async def test_who_asks_again_in_time_is_kept_however_long(
    start_server: StartServer, dial: Dial
) -> None:
    server = await start_server(header_seconds=0.05)
    reader, writer = await dial(server)
    for _ in range(3):
        writer.write(HEAD + b"\r\n")
        assert await within(reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        assert (await within(reader.readuntil(b'{"status":"ok"}'))).endswith(b"}")
        await pass_time(0.1)


async def test_a_body_and_a_socket_may_take_longer_than_headers(
    start_server: StartServer, http: ClientSession, dial: Dial
) -> None:
    server = await start_server(header_seconds=0.05)
    reader, writer = await dial(server)
    writer.write(BODY + b"Content-Length: 2\r\n\r\n{")
    ada = await Peer.enter(http, await open_room(http, server.url))
    await pass_time(0.2)
    writer.write(b"}")
    assert await within(reader.readline()) == b"HTTP/1.1 201 Created\r\n"
    await ada.type("still here")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: here\r\n\r\n",
        HEAD + b"X-Large: " + b"a" * 10_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(100)) + b"\r\n",
    ],
    ids=["a long path", "a long header", "many headers"],
)
async def test_a_head_that_is_too_large_is_refused(server: Server, head: bytes, dial: Dial) -> None:
    reader, writer = await dial(server)
    writer.write(head)
    assert (await within(reader.readline())).split()[1] == b"400"


async def test_an_address_has_so_many_connections_and_gets_one_back(
    start_server: StartServer, dial: Dial
) -> None:
    server = await start_server(connections_per_address=2)
    first, _, third = [await dial(server) for _ in range(3)]
    assert await within(third[0].readline()) == b"HTTP/1.1 429 Too Many Requests\r\n"
    first[1].write(HEAD + b"Connection: close\r\n\r\n")
    assert (await within(first[0].read())).startswith(b"HTTP/1.1 200 OK\r\n")
    fourth = await dial(server)
    fourth[1].write(HEAD + b"\r\n")
    assert await within(fourth[0].readline()) == b"HTTP/1.1 200 OK\r\n"


async def test_a_proxy_has_as_many_connections_as_it_needs(
    start_server: StartServer, dial: Dial
) -> None:
    server = await start_server(connections_per_address=1, trusted_proxies="127.0.0.1")
    for reader, writer in [await dial(server) for _ in range(5)]:
        writer.write(HEAD + b"\r\n")
        assert await within(reader.readline()) == b"HTTP/1.1 200 OK\r\n"


async def test_who_takes_nothing_of_an_answer_is_let_go(
    start_server: StartServer, http: ClientSession
) -> None:
    size = 10 * SYSTEM_TAKES
    server = await start_server(
        system_takes=2**16, document_bytes=2 * size, frame_bytes=2 * size, slow_reader_seconds=0.25
    )
    room = await open_room(http, server.url)
    await (await Peer.enter(http, room)).type("x" * size)
    before = handlers()
    with await dial_raw(server.url) as lazy:
        path = urlsplit(room.text_url).path
        head = f"GET {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {room.token}\r\n\r\n"
        await send(lazy, head.encode())
        assert await recv(lazy, 1) == b"H"
        (serving,) = handlers() - before
        await asyncio.wait({serving}, timeout=PATIENCE)
        assert serving.done()
        assert await unread(lazy) < SYSTEM_TAKES

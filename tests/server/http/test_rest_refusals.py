"""Every wrong call is told so: bodies, paths, methods, and what is hardly HTTP."""

from __future__ import annotations

import asyncio
import json
import zlib
from io import BytesIO
from time import process_time

import pytest
from aiohttp import ClientSession

from tests.patience import PATIENCE, within
from tests.server.props.rest import problem
from tests.server.props.scene import Logs
from tests.servers import Server, StartServer

NO_BODIES = {
    "no JSON": b"hello",
    "cut off": b'{"title":"a',
    "null": b"null",
    "an array": b"[]",
    "nested 100,000 deep": b"[" * 100_000,
    "no UTF-8": b'{"title":"\xff"}',
    "UTF-16": '{"title":"a"}'.encode("utf-16"),
    "NaN": b'{"title":NaN}',
    "an unknown field": b'{"owner":"me"}',
    "an unknown field with an endless name": b'{"' + b"a" * 100_000 + b'":1}',
    "a title that is a number": b'{"title":5}',
    "a title that is null": b'{"title":null}',
    "an empty title": b'{"title":""}',
    "a title of 201 letters": json.dumps({"title": "a" * 201}).encode(),
    "a title of two lines": b'{"title":"a\\nb"}',
    "a title with a NUL": b'{"title":"a\\u0000b"}',
    "a title with half a surrogate pair": b'{"title":"\\ud800"}',
    "a language with a path in it": b'{"language":"../python"}',
    "an empty name": b'{"name":""}',
    "a name of 65 letters": json.dumps({"name": "a" * 65}).encode(),
    "a name with an escape": b'{"name":"\\u001b[31m"}',
    "a text that is a list": b'{"text":["a"]}',
    "a text with a NUL": b'{"text":"a\\u0000b"}',
    "a text with half a surrogate pair": b'{"text":"\\udc00"}',
}


@pytest.mark.parametrize("body", NO_BODIES.values(), ids=NO_BODIES)
async def test_a_body_that_makes_no_sense_is_unprocessable(
    server: Server, http: ClientSession, body: bytes
) -> None:
    url, headers = f"{server.url}/api/v1/rooms", {"Content-Type": "application/json"}
    async with http.post(url, data=body, headers=headers) as response:
        assert await problem(response) == (422, "invalid_body")


async def test_a_body_of_another_kind_is_unsupported(server: Server, http: ClientSession) -> None:
    url = f"{server.url}/api/v1/rooms"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "junk"):
        async with http.post(url, data=b"{}", headers={"Content-Type": kind}) as response:
            assert await problem(response) == (415, "not_json")


async def test_a_body_that_does_not_come_is_not_waited_for(start_server: StartServer) -> None:
    server = await start_server(body_seconds=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(
        b"POST /api/v1/rooms HTTP/1.1\r\nHost: here\r\n"
        b'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"title":'
    )
    assert (await within(reader.readline())).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_bomb_is_not_unpacked_however_it_is_refused(
    server: Server, http: ClientSession
) -> None:
    """A GiB that comes as a MB: unpacked, it would stop everybody for seconds."""
    bomb = zlib.compressobj(wbits=31)
    packed = b"".join(bomb.compress(bytes(2**20)) for _ in range(2**10)) + bomb.flush()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path, refused in (("rooms", (415, "not_json")), ("auth/me", (405, "method_not_allowed"))):
        before = process_time()
        url = f"{server.url}/api/v1/{path}"
        async with http.post(url, data=BytesIO(packed), headers=headers) as response:
            assert await problem(response) == refused
        async with http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
        assert process_time() - before < 0.5


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v2/rooms",
        "/api/v1/rooms/",
        "/API/v1/rooms",
        "//api/v1/rooms",
        "/api/v1/join/",
        "/api/v1/join/a/b",
        "/ws/",
        "/ws",
        "/.git/config",
        "/%00",
        "/%ff",
        "/" + "a" * 5_000,
    ],
)
async def test_a_path_that_is_none_is_not_found(server: Server, path: str) -> None:
    status, head, body = await raw(server, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert status == 404
    assert b"content-type: application/problem+json" in head.lower()
    assert json.loads(body)["status"] == 404


@pytest.mark.parametrize(
    "path", ["../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "..%5csettings.py", "%00"]
)
async def test_no_path_leads_out_of_the_page(server: Server, path: str) -> None:
    request = f"GET /assets/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert (await raw(server, request))[0] in (403, 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/rooms", "POST"),
        ("DELETE", "/api/v1/rooms", "POST"),
        ("HEAD", "/api/v1/join/a", "POST"),
        ("PUT", "/healthz", "GET,HEAD"),
        ("POST", "/api/v1/sessions/a/text", "GET,HEAD,PUT"),
        ("OPTIONS", "/api/v1/rooms", "POST"),
        ("POST", "/ws/a", "GET,HEAD"),
        ("PROPFIND", "/api/v1/rooms", "POST"),
    ],
)
async def test_a_method_that_is_none_is_not_allowed(
    server: Server, http: ClientSession, method: str, path: str, allowed: str
) -> None:
    async with http.request(method, f"{server.url}{path}") as response:
        if method == "HEAD":
            assert (response.status, response.content_type) == (405, "application/problem+json")
        else:
            assert await problem(response) == (405, "method_not_allowed")
        assert response.headers["Allow"].replace(" ", "") == allowed


async def raw(server: Server, request: bytes) -> tuple[int, bytes, bytes]:
    """Say something to the server byte by byte as it is; return status, head and body."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), head, body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /api/v1/join/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /api/v1/sessions/\xff/text HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n", 200),
        (b"POST /api/v1/join/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n", 404),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 400),
        (b"POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (
            b"POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else str(value),
)
async def test_what_is_hardly_http_is_answered_without_a_traceback(
    server: Server, logs: Logs, request_: bytes, status: int
) -> None:
    assert (await raw(server, request_))[0] == status
    logs.are_clean()

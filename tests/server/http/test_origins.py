"""Pages of other sites, and what browsers are told about ours."""

from __future__ import annotations

import re
from typing import Final

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from ot_server.app import API
from tests.server.props.peer import open_room
from tests.server.props.rest import problem
from tests.servers import Server, StartServer

FRIEND: Final = "https://friend.example"
ROUTES: Final = [
    (endpoint.method, table.prefix + re.sub(r"{\w+}", "some", endpoint.path))
    for table in API
    for endpoint in table.endpoints
]


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }


async def test_every_answer_tells_browsers_what_our_pages_never_do(
    server: Server, http: ClientSession
) -> None:
    for path in ("/", "/docs", "/openapi.json", "/healthz", "/api/v1/sessions", "/nowhere"):
        async with http.get(f"{server.url}{path}") as response:
            headers = response.headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers, "the test's server knows no TLS"


async def test_browsers_are_told_to_insist_on_https_where_there_is_https(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(https=True)
    async with http.get(f"{server.url}/healthz") as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_nothing_keeps_an_answer_with_a_token(server: Server, http: ClientSession) -> None:
    async with http.post(f"{server.url}/api/v1/rooms", json={}) as response:
        assert response.headers["Cache-Control"] == "no-store"


async def test_every_call_can_be_asked_for_beforehand_from_an_allowed_origin(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(origins=f"https://other.example, {FRIEND}")
    for method, path in ROUTES:
        asked = preflight(FRIEND, method)
        async with http.options(f"{server.url}{path}", headers=asked) as response:
            assert response.status == 204, path
            headers = response.headers
        assert headers["Access-Control-Allow-Origin"] == FRIEND
        assert method in headers["Access-Control-Allow-Methods"].split(", ")
        assert {"Authorization", "Content-Type", "If-Match"} <= set(
            headers["Access-Control-Allow-Headers"].split(", ")
        )
        assert "Origin" in headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://friend.example.evil.example",
        "http://friend.example",
        "https://friend.example:8443",
        "https://FRIEND.example",
        "null",
        "*",
        "",
    ],
)
async def test_no_other_origin_is_told_anything(
    start_server: StartServer, http: ClientSession, origin: str
) -> None:
    server = await start_server(origins=FRIEND)
    url = f"{server.url}/api/v1/rooms"
    async with http.options(url, headers=preflight(origin)) as response:
        assert await problem(response) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in response.headers
    async with http.post(url, json={}, headers={"Origin": origin}) as response:
        assert response.status == 201, "it has no token of anybody's: that is no danger"
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_an_allowed_origin_may_read_answers_and_refusals(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(origins=FRIEND)
    for path, status in (("/api/v1/rooms", 405), ("/api/v1/sessions", 401), ("/healthz", 200)):
        async with http.get(f"{server.url}{path}", headers={"Origin": FRIEND}) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == FRIEND
            assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


async def test_what_is_not_there_can_not_be_asked_for_beforehand(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(origins=FRIEND)
    async with http.options(f"{server.url}/api/v1/no", headers=preflight(FRIEND)) as response:
        assert await problem(response) == (404, "not_found")


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("{url}", True),
        (FRIEND, True),
        (None, True),
        ("https://evil.example", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
        ("http://[", False),
        ("http://127.0.0.1:http", False),
    ],
)
async def test_only_pages_from_here_and_of_allowed_origins_open_a_socket(
    start_server: StartServer, http: ClientSession, origin: str | None, is_let_in: bool
) -> None:
    server = await start_server(origins=FRIEND)
    room = await open_room(http, server.url)
    url = f"{server.url}/ws/{room.session_id}"
    headers = {"Origin": origin.format(url=server.url)} if origin is not None else {}
    if is_let_in:
        async with http.ws_connect(url, headers=headers, protocols=("ot.v1",)) as ws:
            assert ws.protocol == "ot.v1"
    else:
        with pytest.raises(WSServerHandshakeError) as caught:
            await http.ws_connect(url, headers=headers)
        assert caught.value.status == 403


async def test_behind_a_proxy_a_page_of_the_default_port_is_ours(
    server: Server, http: ClientSession
) -> None:
    url = f"{server.url}/ws/nowhere"
    headers = {"Origin": "https://code.example", "Host": "code.example"}
    async with http.ws_connect(url, headers=headers) as ws:
        assert not ws.closed

"""The files of the page: packed beforehand, sent as each browser takes them, and kept by it."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from ot_server.http.edge.page import add_page
from ot_server.http.edge.security import tell_policies
from ot_server.http.framework.answers import problems
from ot_server.settings import Settings

SMALL: Final = b"export const answer = 42;"


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Where a page is served that has a script in three forms, and a huge one in one."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "run.html").write_text("the frame")
    (assets / "small-1.js").write_bytes(SMALL)
    (assets / "small-1.js.gzip").write_bytes(gzip.compress(SMALL))
    (assets / "small-1.js.brotli").write_bytes(b"brotli")
    (assets / "plain-2.svg").write_bytes(b"<svg/>")
    (assets / "huge-3.wasm.gzip").write_bytes(gzip.compress(b"\0asm"))
    app = web.Application(middlewares=[problems])
    app.on_response_prepare.append(tell_policies(Settings()))
    add_page(app, tmp_path)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    """A client that unpacks nothing and says no more than it is told to."""
    skipped = ("Accept-Encoding", "User-Agent", "Accept")
    async with ClientSession(auto_decompress=False, skip_auto_headers=skipped) as session:
        yield session


@pytest.mark.parametrize(
    ("name", "takes", "way"),
    [
        ("small-1.js", "gzip, deflate, br, zstd", "br"),
        ("small-1.js", "gzip, deflate", "gzip"),
        ("small-1.js", "br;q=0, GZIP;q=0.5", "gzip"),
        ("small-1.js", "br; q=0.0, *", "gzip"),
        ("small-1.js", "*", "br"),
        ("small-1.js", "identity", None),
        ("small-1.js", "brotli, gzipped", None),
        ("small-1.js", "", None),
        ("small-1.js", None, None),
        ("plain-2.svg", "gzip, br", None),
        ("huge-3.wasm", "gzip, br", "gzip"),
        ("huge-3.wasm", None, "gzip"),
    ],
)
async def test_a_file_is_sent_as_small_as_the_browser_takes_it(
    url: str, browser: ClientSession, name: str, takes: str | None, way: str | None
) -> None:
    headers = {} if takes is None else {"Accept-Encoding": takes}
    async with browser.get(f"{url}/assets/{name}", headers=headers) as response:
        assert response.status == 200
        assert response.headers.get("Content-Encoding") == way
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        body = await response.read()
        assert len(body) == int(response.headers["Content-Length"])
    if way == "gzip":
        assert gzip.decompress(body) == (SMALL if name == "small-1.js" else b"\0asm")


async def test_who_takes_no_way_that_there_is_is_told_so(url: str, browser: ClientSession) -> None:
    headers = {"Accept-Encoding": "identity"}
    async with browser.get(f"{url}/assets/huge-3.wasm", headers=headers) as response:
        assert response.status == 406


@pytest.mark.parametrize(
    ("name", "type_"),
    [("small-1.js", "text/javascript"), ("huge-3.wasm", "application/wasm")],
)
async def test_what_is_packed_is_still_what_it_is(
    url: str, browser: ClientSession, name: str, type_: str
) -> None:
    headers = {"Accept-Encoding": "gzip, br"}
    async with browser.get(f"{url}/assets/{name}", headers=headers) as response:
        assert response.content_type == type_


async def test_each_form_has_a_tag_of_its_own_and_is_spared_who_has_it(
    url: str, browser: ClientSession
) -> None:
    address, tags = f"{url}/assets/small-1.js", set()
    for takes in ("br", "gzip", "identity"):
        headers = {"Accept-Encoding": takes}
        async with browser.get(address, headers=headers) as response:
            tag = response.headers["ETag"]
        tags.add(tag)
        async with browser.get(address, headers=headers | {"If-None-Match": tag}) as response:
            assert response.status == 304
    assert len(tags) == 3


@pytest.mark.parametrize(
    "name", ["no-4.js", "small-1.js.gzip", "..%2findex.html", "%2e%2e/index.html", "small-1.js%00"]
)
async def test_there_is_nothing_but_the_files(url: str, browser: ClientSession, name: str) -> None:
    async with browser.get(f"{url}/assets/{name}") as response:
        assert response.status == 404


async def test_the_page_is_alone_in_its_process_and_opens_no_frame_but_its_own(
    url: str, browser: ClientSession
) -> None:
    async with browser.get(url) as response:
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        policy = response.headers["Content-Security-Policy"].split("; ")
    assert "frame-src 'self'" in policy
    assert "script-src 'self'" in policy


async def test_where_code_runs_belongs_to_nobody_and_connects_to_nothing(
    url: str, browser: ClientSession
) -> None:
    async with browser.get(f"{url}/run") as response:
        policy = response.headers["Content-Security-Policy"].split("; ")
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert not [part for part in policy if part.startswith("connect-src")]
    assert "worker-src blob:" in policy


async def test_where_code_runs_may_be_loaded_by_an_origin_that_is_nobodys_and_nothing_else_may(
    url: str, browser: ClientSession
) -> None:
    name = "Cross-Origin-Resource-Policy"
    async with browser.get(f"{url}/run") as response:
        assert response.headers[name] == "cross-origin"
        assert response.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        headers = {"If-None-Match": response.headers["ETag"]}
    # Who has it already, under a policy of an older version, hears of this one.
    async with browser.get(f"{url}/run", headers=headers) as response:
        assert response.status == 304
        assert response.headers[name] == "cross-origin"
    for path in ("/", "/signin", "/docs", "/redoc", "/run/", "/nowhere"):
        async with browser.get(f"{url}{path}") as response:
            assert response.headers[name] == "same-origin"

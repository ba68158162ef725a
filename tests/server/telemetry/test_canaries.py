"""What a server writes holds no token, no password, no link and no text, whatever goes wrong.

A canary is a word that stands in one place where a secret or a text goes in, and says which;
the server runs in a process of its own, at its most talkative, and all it writes is searched.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.patience import PATIENCE, within
from tests.server.props import quoting_server
from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.rest import bearing
from tests.servers import NO_LIMITS

API = "/api/v1"
PASSWORD = "canary-password of somebody"
NEW_PASSWORD = "canary-newpassword of somebody"
TEXT = "canary-text"


@dataclass
class Talkative:
    """A server that says all that it has to say, into a file."""

    url: str
    data: Path
    output: Path

    def written(self) -> str:
        """Return all that it has written until now."""
        return self.output.read_text()


@asynccontextmanager
async def talkative(folder: Path) -> AsyncIterator[Talkative]:
    """Run a server whose store quotes what it is asked when it fails."""
    server = Talkative("", folder / "data", folder / "output")
    limits = {f"OT_{name.upper()}": str(limit) for name, limit in NO_LIMITS.items()}
    with server.output.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, quoting_server.__file__, "serve", "--port", "0"),
            *("--data", str(server.data), "--log-level", "debug"),
            stdout=output,
            stderr=output,
            env={**os.environ, **limits, "PYTHONUNBUFFERED": "1"},
        )
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(r" on (http://\S+)\n", server.written())):
                assert process.returncode is None, server.written()
                await asyncio.sleep(0.02)
        server.url = found[1]
        yield server
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await within(process.wait())


async def test_nothing_secret_is_written(tmp_path: Path) -> None:
    async with talkative(tmp_path) as server, ClientSession() as http:
        tokens = await sign_in_and_out(http, server.url)
        room = await open_room(http, server.url, text=TEXT, title="canary-title")
        guest = await join_room(http, room, "canary-name")
        tokens += [room.token, guest.token, room.link]
        await ask_for_nonsense(http, server.url, room)
        await speak_nonsense(http, room)
        await fail_inside(http, server.url)
        await damage(server, room)
        async with http.get(room.text_url, headers=bearing(room.token)) as response:
            assert response.status == 200
        history = f"{server.url}{API}/sessions/{room.session_id}/operations"
        async with http.get(history, headers=bearing(room.token)) as response:
            assert response.status == 409
        secret = (server.data / "secret").read_text()

    written = server.written()
    assert sorted(set(re.findall(r"canary\W?\w*", written))) == []
    for token in [*tokens, secret]:
        assert token not in written
        assert token.rpartition(".")[2] not in written, "the signature of a token"
    for event in ("request_failed", "unavailable", "bad_request", "library", "history_corrupt"):
        assert f'"{event}"' in written, "what is searched has seen it all"


async def sign_in_and_out(http: ClientSession, url: str) -> list[str]:
    """Use passwords and tokens well and badly; return the tokens."""

    async def post(path: str, token: str = "", **body: object) -> dict[str, Any]:
        headers = bearing(token) if token else {}
        async with http.post(f"{url}{API}{path}", json=body, headers=headers) as response:
            answer = await response.json(content_type=None) if response.status != 204 else {}
            assert response.status < 500
            return dict(answer)

    ada = {"username": "ada", "email": "ada@example.org"}
    pairs = [await post("/auth/register", **ada, password=PASSWORD)]
    await post("/auth/register", username="ben", email="b@example.org", password="canary-short")
    await post("/auth/register", username="ben", email="b@example.org", password="canary" * 4)
    await post("/auth/register", username="ben", password="canary-without-address")
    for word in ("canary-guess", "canary-long" * 50, ["canary-list"], {"canary-key": 1}):
        await post("/auth/login", username="ada", password=word)
    form = {"username": "ada", "password": PASSWORD, "scope": "canary-scope"}
    async with http.post(f"{url}{API}/token", data=form) as response:
        pairs.append(await response.json())
    async with http.post(f"{url}{API}/token", data={**form, "grant_type": "canary"}) as response:
        assert response.status == 422
    pairs.append(await post("/auth/refresh", refresh_token=pairs[0]["refresh_token"]))
    pairs.append(await post("/auth/refresh", refresh_token=pairs[2]["refresh_token"]))
    for stale in (pairs[0]["refresh_token"], "canary-refresh"):  # the first ends this login
        assert (await post("/auth/refresh", refresh_token=stale))["code"] == "invalid_token"
    token = pairs[1]["access_token"]
    change = {"old_password": "canary-old", "new_password": NEW_PASSWORD}
    assert (await post("/auth/password", token, **change))["code"] == "wrong_password"
    change["old_password"] = PASSWORD
    pairs.append(await post("/auth/password", token, **change))
    await post("/auth/logout", token)
    for scheme in ("Bearer", "Basic", "canary-scheme"):
        for path in ("/auth/me", "/sessions", "/sessions/canary-session/text"):
            headers = {"Authorization": f"{scheme} canary-token"}
            async with http.get(f"{url}{API}{path}", headers=headers) as response:
                assert response.status == 401
    return [pair[kind] for pair in pairs for kind in ("access_token", "refresh_token")]


async def ask_for_nonsense(http: ClientSession, url: str, room: Room) -> None:
    """Make calls that are refused at every stage, with a canary in each of their parts."""
    path = f"{url}{API}/sessions/{room.session_id}"
    json_type = {"Content-Type": "application/json"}
    bodies = (
        ("POST", f"{url}{API}/rooms", b'{"text": "canary-cut'),
        ("POST", f"{url}{API}/rooms", b'{"text": "canary-nul\\u0000"}'),
        ("POST", f"{url}{API}/rooms", b'{"canary-field": 1}'),
        ("POST", f"{url}{API}/rooms", b'{"title": "canary-title\\n"}'),
        ("POST", f"{url}{API}/rooms", b"canary-deep" + b"[" * 100_000),
        ("PATCH", path, b'{"language": "canary/language"}'),
        ("PUT", f"{path}/text", b'{"text": "canary-new"}'),
        ("PUT", f"{path}/text", b'{"text": "canary-\xff"}'),
        ("POST", f"{path}/versions", b'{"name": "canary-version"}'),
        ("POST", f"{path}/invites", b'{"user": "canary-user"}'),
        ("DELETE", f"{path}/links/canary-link", b""),
        ("POST", f"{url}{API}/join/canary-link", b"{}"),
        ("GET", f"{path}/text?min_revision=canary-query", b""),
        ("GET", f"{path}/members?after=canary-cursor", b""),
        ("GET", f"{url}/canary-path", b""),
        ("CANARY-METHOD", f"{url}{API}/rooms", b""),
    )
    for method, target, body in bodies:
        headers = {**bearing(room.token), **json_type}
        async with http.request(method, target, data=body, headers=headers) as response:
            assert response.status < 500
    odd = {"Origin": "http://canary-origin", "If-Match": "canary-tag", "Cookie": "a=canary-cookie"}
    async with http.put(f"{path}/text", json={"text": ""}, headers=odd) as response:
        assert response.status == 401
    packed = {**json_type, "Content-Encoding": "gzip"}
    body = gzip.compress(b'{"text": "canary-packed"}')[:-4] + b"canary-gzip"
    async with http.post(f"{url}{API}/rooms", data=body, headers=packed) as response:
        assert response.status == 415
    for request in (
        b"GET /canary HTTP/1.1\r\nHost: x\r\ncanary-line\r\n\r\n",
        b"GET /canary HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer canary-\0\r\n\r\n",
        b"GET /" + b"canary-" * 2_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/json\r\n\r\ncanary-chunk\r\n",
        b"canary-word\r\n\r\n",
    ):
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        assert (await within(reader.readline())).startswith(b"HTTP/1.")
        writer.close()


async def speak_nonsense(http: ClientSession, room: Room) -> None:
    """Open sockets with canaries for tokens, and say what is refused."""
    for query, hello in (
        ("?token=canary-query", {"token": None}),
        (f"?token={room.token}", {"token": "canary-hello"}),
        ("", {"token": room.token, "client": "canary-client"}),
        ("", {"token": room.token, "name": "canary-\u001bname"}),
    ):
        stranger = await Peer.dial(http, room, query)
        await stranger.say(stranger.hello(room, **hello))
        assert (await stranger.closed())[1] is not None
    peer = await Peer.enter(http, room)
    await peer.type("canary-typed")
    for frame in (
        "canary-frame",
        '{"type":"canary-type"}',
        '{"type":"edit","seq":2,"revision":1,"op":["canary-cut',
        '{"type":"edit","seq":2,"revision":2,"op":[{"canary-op":1}]}',
        '{"type":"edit","seq":2,"revision":1,"op":[999,"canary-far"]}',
        '{"type":"edit","seq":3,"revision":99,"op":["canary-ahead"]}',
        '{"type":"presence","revision":1,"selections":[["canary-caret"]]}',
        '{"type":"presence","revision":1,"selections":[],"data":{"canary-data":1}}',
        '{"type":"presence","revision":1,"selections":[],"data":"canary-\\ud800"}',
        '{"type":"auth","token":"canary-auth"}',
        json.dumps({"type": "verify", "revision": 1, "crc32": 5}),
        b'{"type":"ping","a":"canary-\xff"}',
    ):
        with suppress(ConnectionError):  # the last ones end it
            await peer.say(frame)
    await peer.closed()


async def fail_inside(http: ClientSession, url: str) -> None:
    """Ask for what the store fails at in each of its ways."""
    ways = {
        quoting_server.BUG: 500,
        quoting_server.OUT_OF_REACH: 503,
        quoting_server.UNKNOWN: 503,
        quoting_server.TASK: 404,
        quoting_server.CALLBACK: 404,
    }
    for way, status in ways.items():
        async with http.post(f"{url}{API}/join/canary-link-{way}", json={}) as response:
            assert response.status == status
            assert "canary" not in await response.text()
        body = {"username": f"canary-{way}", "password": "canary-inside"}
        async with http.post(f"{url}{API}/auth/login", json=body) as response:
            assert response.status == (status if status >= 500 else 401)
            assert "canary" not in await response.text()


async def damage(server: Talkative, room: Room) -> None:
    """Put something into the log of a session that can't be."""
    with closing(sqlite3.connect(server.data / "ot.sqlite3", timeout=30)) as db, db:
        db.execute(
            "UPDATE operations SET operation = ? WHERE session_id = ? AND revision = 1",
            (b'["canary-damaged", "\xff', room.session_id),
        )

"""Every bad call is answered exactly, changes nothing in the database, and fails nowhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any

import jwt
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from yarl import URL

from ot_server.access.tokens import read_secret
from tests.server.props.accounts import register
from tests.server.props.bad_bodies import BAD_BODIES
from tests.server.props.bad_calls import BAD_CALLS, BadCall
from tests.server.props.bad_tokens import forged
from tests.server.props.rest import bearing
from tests.server.props.scene import watched
from tests.server.props.stage import set_stage
from tests.servers import Server, starting_servers

API = "/api/v1"
CALLS = {**BAD_CALLS, **BAD_BODIES}

pytestmark = pytest.mark.asyncio(loop_scope="module")  # a bad call leaves the place to the next


@dataclass
class Place:
    """A server, the ids that paths speak of, and everybody's token."""

    server: Server
    http: ClientSession
    ids: dict[str, str]
    tokens: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with starting_servers(tmp_path_factory.mktemp("place")) as start, ClientSession() as http:
        server = await start()
        yield Place(server, http, *await set_scene(server, http))


@pytest.mark.parametrize("bad", CALLS.values(), ids=CALLS)
async def test_a_bad_call_is_answered_exactly_and_changes_nothing(
    place: Place, bad: BadCall
) -> None:
    with watched() as logs:
        token = await make(bad, place)
    logs.are_clean(*(token for token in (token, *place.tokens.values()) if token))


async def make(bad: BadCall, place: Place) -> str | None:
    """Make a bad call, look at what comes of it, and return the token that was sent."""
    server, ids, tokens = place.server, place.ids, place.tokens
    token = bad.who
    if callable(token):
        claims = jwt.decode(tokens["owner"], options={"verify_signature": False})
        token = token(claims, read_secret(server.settings.data_folder))
    elif token is not None:
        token = tokens.get(token, token)
    before = everything(server)

    # Encoded already: what looks like a way out of a path is sent as it is.
    url = URL(f"{server.url}{API}{bad.path.format_map(ids)}", encoded=True)
    body = bad.body if isinstance(bad.body, bytes) else filled(bad.body, tokens)
    headers = {**(bearing(token) if token else {}), **bad.headers}
    if bad.body is not None:
        headers["Content-Type"] = bad.kind
    # A stream: aiohttp warns of what is large and comes in one piece.
    data = None if bad.body is None else BytesIO(body)
    async with place.http.request(bad.method, url, data=data, headers=headers) as response:
        answer = await response.json(content_type="application/problem+json")

    assert {**answer, "detail": ""} == {
        "type": "about:blank",
        "title": HTTPStatus(bad.status).phrase,
        "status": bad.status,
        "code": bad.code,
        "detail": "",
    }
    assert response.status == bad.status
    assert 0 < len(answer["detail"]) < 300
    assert bad.detail in (None, answer["detail"])
    told = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **bad.told}
    if bad.status == 401:
        told["WWW-Authenticate"] = "Bearer"
    assert told.items() <= response.headers.items()
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & set(response.headers)
    assert everything(server) == before
    return token


async def test_the_table_would_notice_a_change(place: Place) -> None:
    before = everything(place.server)
    url = f"{place.server.url}{API}/sessions/{place.ids['session_id']}"
    headers = bearing(place.tokens["owner"])
    async with place.http.patch(url, json={"title": "New"}, headers=headers) as response:
        assert response.status == 200
    assert everything(place.server) != before


async def test_a_token_is_refused_for_what_was_changed_and_for_nothing_else(place: Place) -> None:
    claims = jwt.decode(place.tokens["owner"], options={"verify_signature": False})
    token = forged()(claims, read_secret(place.server.settings.data_folder))
    url = f"{place.server.url}{API}/sessions"
    async with place.http.get(url, headers=bearing(token)) as response:
        assert response.status == 200


async def set_scene(server: Server, http: ClientSession) -> tuple[dict[str, str], dict[str, str]]:
    """Return the ids that paths speak of, and everybody's token."""
    stage = await set_stage(server, http, "a")
    theirs = await set_stage(server, http, "b")
    mine = await theirs.owner.new_session()
    ada = await register(http, server.url, "ada")
    tokens: dict[str, str] = {who: token for who, token in stage.tokens.items() if token}
    tokens |= {"thief": theirs.owner.token, "ada": ada.token}
    tokens["ada's refresh token"] = ada.refresh_token
    return {**stage.ids, "mine": mine}, tokens


def filled(body: object, tokens: Mapping[str, str]) -> bytes:
    """Return a body as JSON, with tokens where it names somebody in braces."""
    text = json.dumps(body)
    for who in tokens:
        text = text.replace(f"{{{who}}}", tokens[who])
    return text.encode()


def everything(server: Server) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    with closing(sqlite3.connect(server.settings.data_folder / "ot.sqlite3")) as db:
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}

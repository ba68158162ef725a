"""Help with the code, as programs ask for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

API = "/api/v1"


async def ask(http: ClientSession, room: Room, method: str, path: str, **json: object) -> Any:
    """Call what is about the room's session, and return the answer."""
    url = f"{room.url}{API}/sessions/{room.session_id}/{path}".rstrip("/")
    body = json or None
    async with http.request(method, url, headers=bearing(room.token), json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def names(http: ClientSession, room: Room, revision: int, offset: int) -> list[str]:
    answer = await ask(http, room, "POST", "completions", revision=revision, offset=offset)
    return [item["text"] for item in answer["items"]]


# Diagnostics.


async def test_diagnostics_are_told_with_all_that_is_known_of_them(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, language="python", text="x = '🎲'\nimport os\n")
    assert await ask(http, room, "GET", "diagnostics") == {
        "revision": 1,
        "items": [
            {
                "start": 15,
                "stop": 17,
                "severity": "warning",
                "code": "F401",
                "message": "`os` imported but unused",
                "url": "https://docs.astral.sh/ruff/rules/unused-import",
                "fix": {
                    "message": "Remove unused import: `os`",
                    "edits": [{"start": 8, "stop": 18, "text": ""}],
                },
            }
        ],
    }


async def test_the_diagnostics_of_the_newest_text_are_told_with_its_revision(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, language="python", text="import os\n")
    peer = await Peer.enter(http, room)
    await peer.type("print(missing)\n")
    answer = await ask(http, room, "GET", "diagnostics")
    assert answer["revision"] == 2
    assert [item["code"] for item in answer["items"]] == ["F401", "F821"]


async def test_who_is_connected_is_told_what_an_edit_breaks(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, language="python", text="x = 1\n")
    ada = await Peer.enter(http, room)
    ben = await Peer.enter(http, await join_room(http, room, "Ben"))
    await ada.type("print(missing)\n")
    for peer in ada, ben:
        while True:
            message = await peer.hear_of("diagnostics")
            assert message["revision"] == peer.revision
            if message["items"]:
                break
        assert [item["code"] for item in message["items"]] == ["F821"]


async def test_other_languages_have_no_diagnostics_here(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, language="java", text="import os\n")
    assert await ask(http, room, "GET", "diagnostics") == {"revision": 1, "items": []}


async def test_where_it_is_off_nothing_is_looked_for(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(diagnostics=False)
    room = await open_room(http, server.url, language="python", text="import os\n")
    url = f"{server.url}{API}/sessions/{room.session_id}/diagnostics"
    async with http.get(url, headers=bearing(room.token)) as response:
        assert await problem(response) == (403, "diagnostics_off")
    peer = await Peer.enter(http, room)
    await peer.type("import sys\n")
    actor = await server.hub.actor(room.session_id)
    assert actor.feed.diagnosis.stamp == 0


async def test_a_search_that_fails_is_told_as_such(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(ruff="/bin/false")
    room = await open_room(http, server.url, language="python", text="import os\n")
    url = f"{server.url}{API}/sessions/{room.session_id}/diagnostics"
    async with http.get(url, headers=bearing(room.token)) as response:
        assert await problem(response) == (503, "analysis_failed")


# Completion.


async def test_python_is_completed_by_what_names_mean(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(completion=True, completion_workers=1, completion_seconds=60)
    text = "s = '🎲'\ns.startsw"
    room = await open_room(http, server.url, language="python", text=text)
    answer = await ask(http, room, "POST", "completions", revision=1, offset=len(text))
    assert (answer["revision"], answer["start"], answer["stop"]) == (1, 10, 17)
    (item,) = answer["items"]
    assert (item["text"], item["kind"]) == ("startswith", "function")
    assert item["signature"].startswith("startswith(")
    assert item["documentation"].startswith("Return True if")


async def test_the_place_is_in_the_text_at_the_revision_that_is_named(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, language="java", text="int alpha;\nal")
    peer = await Peer.enter(http, room)
    await peer.type("l is lost")
    assert await names(http, room, 1, 13) == ["alpha"]
    url = f"{server.url}{API}/sessions/{room.session_id}/completions"
    body = {"revision": 1, "offset": 14}
    async with http.post(url, json=body, headers=bearing(room.token)) as response:
        assert await problem(response) == (422, "invalid_body")
    assert await names(http, room, 2, 13) == ["alpha"]
    assert await names(http, room, 2, 14) == []


async def test_other_languages_are_completed_by_their_words_and_those_of_the_text(
    server: Server, http: ClientSession
) -> None:
    text = "int retries; int retired;\nret"
    room = await open_room(http, server.url, language="java", text=text)
    assert await names(http, room, 1, len(text)) == ["retired", "retries", "return"]


@pytest.mark.parametrize("offset", [13, 2**31 - 1])
async def test_a_place_that_is_not_in_the_text_is_refused(
    server: Server, http: ClientSession, offset: int
) -> None:
    room = await open_room(http, server.url, language="java", text="hello")
    url = f"{server.url}{API}/sessions/{room.session_id}/completions"
    for body, expected in (
        ({"revision": 1, "offset": offset}, (422, "invalid_body")),
        ({"revision": 9, "offset": 0}, (404, "no_such_revision")),
    ):
        async with http.post(url, json=body, headers=bearing(room.token)) as response:
            assert await problem(response) == expected


async def test_without_jedi_python_is_completed_by_words(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(completion=False)
    room = await open_room(http, server.url, language="python", text="alpha = 1\nal")
    assert await names(http, room, 1, 12) == ["alpha", "all"]


async def test_workers_are_begun_when_a_session_in_python_is_opened(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(completion=True)
    await Peer.enter(http, await open_room(http, server.url, language="java"))
    assert not are_workers_beginning()
    await Peer.enter(http, await open_room(http, server.url, language="python"))
    assert are_workers_beginning()


async def test_workers_are_begun_when_a_session_becomes_one_in_python(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(completion=True)
    room = await open_room(http, server.url, language="java")
    assert not are_workers_beginning()
    await ask(http, room, "PATCH", "", language="python")
    assert are_workers_beginning()


def are_workers_beginning() -> bool:
    return "completion workers" in {task.get_name() for task in asyncio.all_tasks()}


# Words.


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("query=pri", [("print", "builtin")]),
        ("query=imp&language=java", [("implements", "keyword"), ("import", "keyword")]),
        ("query=constex&language=cpp", [("constexpr", "keyword")]),
        ("query=satis&language=typescript", [("satisfies", "keyword")]),
        ("query=JSO&language=javascript", [("JSON", "builtin")]),
        ("query=none", [("None", "keyword")]),
        ("query=x&language=klingon", []),
    ],
)
async def test_words_of_a_language_are_told_to_anybody(
    server: Server, http: ClientSession, query: str, expected: list[tuple[str, str]]
) -> None:
    async with http.get(f"{server.url}{API}/autocomplete?{query}") as response:
        assert response.status == 200
        items = (await response.json())["items"]
    assert [(item["text"], item["kind"]) for item in items] == expected


async def test_the_case_that_was_typed_comes_first(server: Server, http: ClientSession) -> None:
    async with http.get(f"{server.url}{API}/autocomplete?query=s&language=javascript") as response:
        texts = [item["text"] for item in (await response.json())["items"]]
    assert texts[0] == "set"
    assert set(texts[-5:]) >= {"Set", "String"}

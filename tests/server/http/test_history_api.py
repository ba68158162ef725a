"""The calls of history: what they answer, page by page, and what they refuse."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from ot_core import Operation
from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.people import person
from tests.server.props.rest import bearing, problem
from tests.server.props.written import write_log
from tests.servers import Server, StartServer

LETTERS = [Operation([*([at] if at else []), "abcdefghij"[at % 10]]) for at in range(2_500)]


async def ask(
    http: ClientSession, room: Room, method: str, path: str, body: object = None, **headers: str
) -> ClientResponse:
    """Make a call about a session, and return the answer, read."""
    url = f"{room.url}/api/v1/sessions/{room.session_id}/{path}"
    async with http.request(
        method, url, json=body, headers=bearing(room.token, **headers)
    ) as response:
        await response.read()
    return response


async def get(http: ClientSession, room: Room, path: str) -> Any:
    response = await ask(http, room, "GET", path)
    assert response.status == 200, await response.text()
    return await response.json()


async def two_writers(http: ClientSession, server: Server) -> tuple[Room, Room]:
    """Return a session in which Ada wrote "hello" and "!", and Ben " there" in between."""
    ada = await open_room(http, server.url, name="Ada", text="hello")
    ben = await join_room(http, ada, "Ben")
    await (await Peer.enter(http, ben)).type(" there")
    await (await Peer.enter(http, ada)).type("!")
    return ada, ben


async def test_the_log_says_who_did_what_and_when(server: Server, http: ClientSession) -> None:
    ada, ben = await two_writers(http, server)
    page = await get(http, ada, "operations")
    assert page["next"] is None
    assert [line["revision"] for line in page["items"]] == [1, 2, 3]
    assert [line["op"] for line in page["items"]] == [["hello"], [5, " there"], [11, "!"]]
    first, second, _ = page["items"]
    assert first["participant"] == {"id": ada.participant, "name": "Ada", "color": "#c2410c"}
    assert (second["participant"]["id"], second["participant"]["name"]) == (ben.participant, "Ben")
    assert first["committed_at"].endswith("Z")
    assert [each["revision"] for each in (await get(http, ada, "operations?from=2&to=2"))["items"]]
    assert await get(http, ada, "operations?from=4") == {"items": [], "next": None}
    assert await get(http, ada, "operations?from=1&to=0") == {"items": [], "next": None}


async def test_a_long_log_comes_in_pages_of_a_thousand_lines(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url)
    await write_log(server.store, room.session_id, LETTERS, [room.participant])
    for path, field in (("operations", 1), ("replay", 0)):
        revisions: list[int] = []
        following: int | None = field
        sizes = []
        while following is not None:
            page = await get(http, room, f"{path}?from={following}")
            sizes.append(len(page["items"]))
            revisions += [line["revision"] for line in page["items"]]
            following = page["next"]
        assert revisions == list(range(1, 2_501))
        assert sizes == [1_000, 1_000, 500]
    page = await get(http, room, "operations?from=5&to=9&limit=2")
    assert ([line["revision"] for line in page["items"]], page["next"]) == ([5, 6], 7)
    page = await get(http, room, "operations?from=8&to=9&limit=2")
    assert page["next"] is None


async def test_a_page_ends_where_it_would_be_too_large(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url)
    large = [Operation([*([at] if at else []), "x" * 600_000]) for at in (0, 600_000, 1_200_000)]
    await write_log(server.store, room.session_id, large, [room.participant])
    page = await get(http, room, "operations")
    assert (len(page["items"]), page["next"]) == (1, 2)
    page = await get(http, room, "replay?from=2")
    assert (page["revision"], len(page["text"]), len(page["items"]), page["next"]) == (
        *(2, 1_200_000),
        *(1, None),
    )


async def test_the_text_at_a_revision_is_what_it_was(server: Server, http: ClientSession) -> None:
    ada, _ = await two_writers(http, server)
    texts = ["", "hello", "hello there", "hello there!"]
    for revision, text in enumerate(texts):
        expected = {"text": text, "revision": revision, "epoch": 1}
        assert await get(http, ada, f"revisions/{revision}") == expected
    for beyond in ("4", "9007199254740991"):
        response = await ask(http, ada, "GET", f"revisions/{beyond}")
        assert await problem(response) == (404, "no_such_revision")
    for junk in ("-1", "x", "1.0", "%D9%A1", "9" * 30):
        response = await ask(http, ada, "GET", f"revisions/{junk}")
        assert await problem(response) == (404, "not_found")


async def test_what_never_changes_is_sent_once(server: Server, http: ClientSession) -> None:
    ada, _ = await two_writers(http, server)
    response = await ask(http, ada, "GET", "revisions/2")
    assert response.headers["ETag"] == '"1-2"'
    assert "immutable" not in response.headers["Cache-Control"], "an epoch may come to an end"
    again = await ask(http, ada, "GET", "revisions/2", **{"If-None-Match": '"1-2"'})
    assert again.status == 304
    response = await ask(http, ada, "GET", "revisions/2?epoch=1")
    assert "immutable" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]
    response = await ask(http, ada, "GET", "revisions/2?epoch=2")
    assert await problem(response) == (404, "no_such_revision")


async def test_blame_says_who_wrote_what(server: Server, http: ClientSession) -> None:
    ada, ben = await two_writers(http, server)
    blame = await get(http, ada, "blame")
    assert (blame["revision"], blame["epoch"], blame["next"]) == (3, 1, None)
    found = [
        (part["start"], part["stop"], part["revision"], part["participant"]["name"])
        for part in blame["items"]
    ]
    assert found == [(0, 5, 1, "Ada"), (5, 11, 2, "Ben"), (11, 12, 3, "Ada")]
    assert blame["items"][1]["participant"]["id"] == ben.participant
    lines = (await get(http, ada, "operations"))["items"]
    assert [part["committed_at"] for part in blame["items"]] == [
        line["committed_at"] for line in lines
    ]
    page = await get(http, ada, "blame?revision=2&limit=1")
    assert ([part["stop"] for part in page["items"]], page["next"]) == ([5], 5)
    page = await get(http, ada, "blame?revision=2&limit=1&start=5")
    assert ([part["stop"] for part in page["items"]], page["next"]) == ([11], None)
    for empty in ("blame?revision=0", "blame?start=12", "blame?start=999"):
        assert (await get(http, ada, empty))["items"] == []
    assert await problem(await ask(http, ada, "GET", "blame?revision=4")) == (
        404,
        "no_such_revision",
    )


async def test_a_replay_begins_with_a_text(server: Server, http: ClientSession) -> None:
    ada, _ = await two_writers(http, server)
    replay = await get(http, ada, "replay?from=1&to=2")
    assert (replay["text"], replay["revision"], replay["next"]) == ("hello", 1, None)
    assert [(line["op"], line["participant"]["name"]) for line in replay["items"]] == [
        ([5, " there"], "Ben")
    ]
    assert [line["revision"] for line in (await get(http, ada, "replay"))["items"]] == [1, 2, 3]


async def test_restore_and_revert_are_edits(server: Server, http: ClientSession) -> None:
    ada, ben = await two_writers(http, server)
    peer = await Peer.enter(http, ben)

    response = await ask(http, ada, "POST", "revert", {"from": 2, "to": 2})

    assert (response.status, await response.json()) == (200, {"revision": 4, "epoch": 1})
    assert response.headers["ETag"] == '"1-4"'
    update = await peer.hear_of("update")
    assert update["changes"] == [{"op": [5, -6, 1], "by": ada.participant}]
    assert (await get(http, ada, "text"))["text"] == "hello!"
    response = await ask(http, ben, "POST", "restore", {"revision": 2})
    assert (await response.json())["revision"] == 5
    assert (await get(http, ada, "text"))["text"] == "hello there"
    response = await ask(http, ben, "POST", "restore", {"revision": 5})
    assert (await response.json())["revision"] == 5, "nothing to change"
    names = [
        line["participant"]["name"] for line in (await get(http, ada, "operations?from=4"))["items"]
    ]
    assert names == ["Ada", "Ben"]


async def test_a_call_that_names_the_text_it_was_made_on_has_one_effect(
    server: Server, http: ClientSession
) -> None:
    ada, _ = await two_writers(http, server)
    await ask(http, ada, "POST", "revert", {"from": 2, "to": 2})
    for path, body in (("revert", {"from": 4, "to": 4}), ("restore", {"revision": 1})):
        head = (await get(http, ada, "text"))["revision"]
        named = {"If-Match": f'"1-{head}"'}
        assert (await ask(http, ada, "POST", path, body, **named)).status == 200
        again = await ask(http, ada, "POST", path, body, **named)
        assert await problem(again) == (412, "precondition_failed")
        assert again.headers["ETag"] == f'"1-{head + 1}"'
        assert (await get(http, ada, "text"))["revision"] == head + 1


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "revert", {"from": 3, "to": 2}, (422, "invalid_body")),
        ("POST", "revert", {"from": 0, "to": 2}, (422, "invalid_body")),
        ("POST", "revert", {"from": 1}, (422, "invalid_body")),
        ("POST", "revert", {"from": 1, "to": 4}, (404, "no_such_revision")),
        ("POST", "revert", {"from": 2**53, "to": 2**53}, (422, "invalid_body")),
        ("POST", "restore", {"revision": 4}, (404, "no_such_revision")),
        ("POST", "restore", {"revision": -1}, (422, "invalid_body")),
        ("POST", "restore", {}, (422, "invalid_body")),
        ("POST", "versions", {"name": ""}, (422, "invalid_body")),
        ("POST", "versions", {"name": "a\nb"}, (422, "invalid_body")),
        ("POST", "versions", {"name": "x" * 101}, (422, "invalid_body")),
        ("POST", "versions", {"name": "x", "revision": 4}, (404, "no_such_revision")),
        ("DELETE", "versions/none", None, (404, "no_such_version")),
        ("GET", "operations?from=0", None, (422, "invalid_query")),
        ("GET", "operations?from=5", None, (404, "no_such_revision")),
        ("GET", "operations?to=4", None, (404, "no_such_revision")),
        ("GET", "operations?from=3&to=1", None, (422, "invalid_query")),
        ("GET", "operations?limit=1001", None, (422, "invalid_query")),
        ("GET", "operations?more=1", None, (422, "invalid_query")),
        ("GET", "replay?from=4", None, (404, "no_such_revision")),
        ("GET", "replay?from=2&to=1", None, (422, "invalid_query")),
        ("GET", "blame?start=-1", None, (422, "invalid_query")),
        ("GET", "blame?limit=0", None, (422, "invalid_query")),
    ],
)
async def test_what_can_not_be_is_refused(
    server: Server,
    http: ClientSession,
    method: str,
    path: str,
    body: object,
    expected: tuple[int, str],
) -> None:
    ada, _ = await two_writers(http, server)
    assert await problem(await ask(http, ada, method, path, body)) == expected
    assert len(await server.store.operations(ada.session_id, 0, 99)) == 3


async def test_revisions_have_names(server: Server, http: ClientSession) -> None:
    ada, ben = await two_writers(http, server)
    made = []
    for body in ({"name": "a greeting", "revision": 1}, {"name": "a greeting"}):
        response = await ask(http, ben, "POST", "versions", body)
        assert response.status == 201
        made.append(await response.json())
    assert [version["revision"] for version in made] == [1, 3]
    assert made[0]["participant"]["name"] == "Ben"
    assert (await get(http, ada, "versions"))["items"] == made[::-1]

    response = await ask(http, ada, "DELETE", f"versions/{made[0]['id']}")

    assert response.status == 204
    assert (await get(http, ada, "versions"))["items"] == [made[1]]
    other = await open_room(http, server.url)
    response = await ask(http, other, "DELETE", f"versions/{made[1]['id']}")
    assert await problem(response) == (404, "no_such_version")


async def test_there_is_an_end_to_names(
    server: Server, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ot_server.http.versions.MOST_VERSIONS", 2)
    room = await open_room(http, server.url)
    for _ in range(2):
        response = await ask(http, room, "POST", "versions", {"name": "again"})
        assert response.status == 201
    response = await ask(http, room, "POST", "versions", {"name": "again"})
    assert await problem(response) == (409, "too_many_versions")


CALLS = [
    ("GET", "operations", None, 200),
    ("GET", "revisions/1", None, 200),
    ("GET", "blame", None, 200),
    ("GET", "replay", None, 200),
    ("GET", "versions", None, 200),
    ("POST", "restore", {"revision": 0}, 403),
    ("POST", "revert", {"from": 1, "to": 1}, 403),
    ("POST", "versions", {"name": "mine"}, 403),
    ("DELETE", "versions/any", None, 403),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS)
async def test_a_viewer_sees_the_past_and_brings_nothing_back(
    server: Server, http: ClientSession, method: str, path: str, body: object, status: int
) -> None:
    ada, ben = await person(server, http, "ada"), await person(server, http, "ben")
    session_id = await ada.new_session(text="hi")
    room = await ben.becomes(session_id, "viewer")
    assert (await ask(http, room, method, path, body)).status == status
    await ben.becomes(session_id, None)
    assert await problem(await ask(http, room, method, path, body)) == (403, "forbidden")
    stranger = Room(room.url, room.session_id, "", (await person(server, http, "cleo")).token, "")
    assert await problem(await ask(http, stranger, method, path, body)) == (404, "no_such_session")


async def test_a_damaged_past_is_said_to_be_so_and_the_rest_can_be_read(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(snapshot_operations=10)
    room = await open_room(http, server.url)
    by = [room.participant]
    await write_log(server.store, room.session_id, LETTERS[:25], by, server.settings)
    with closing(sqlite3.connect(server.settings.data_folder / "ot.sqlite3")) as db, db:
        db.execute("DELETE FROM operations WHERE revision = 15")

    damaged = [
        ("GET", "revisions/17", None),
        ("GET", "blame?revision=17", None),
        ("GET", "operations?from=12", None),
        ("GET", "operations?from=15", None),
        ("GET", "replay?from=17", None),
        ("GET", "replay?from=12", None),
        ("POST", "restore", {"revision": 17}),
        ("POST", "revert", {"from": 17, "to": 18}),
    ]
    for method, path, body in damaged:
        response = await ask(http, room, method, path, body)
        assert await problem(response) == (409, "corrupt"), path
    assert (await get(http, room, "revisions/14"))["text"] == "abcdefghijabcd"
    assert (await get(http, room, "revisions/21"))["revision"] == 21
    response = await ask(http, room, "POST", "restore", {"revision": 14})
    assert response.status == 200, "the newest text is sound, and so is that one"


async def test_a_page_has_no_line_that_is_not_what_was_committed(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url)
    await write_log(server.store, room.session_id, LETTERS[:25], [room.participant])
    with closing(sqlite3.connect(server.settings.data_folder / "ot.sqlite3")) as db, db:
        db.execute("UPDATE operations SET operation = ? WHERE revision = 15", (b'[14,"?"]',))
    for path in ("operations", "operations?from=15", "replay", "replay?from=14&to=15"):
        assert await problem(await ask(http, room, "GET", path)) == (409, "corrupt"), path
    for path in ("operations?to=14", "operations?from=16", "replay?from=0&to=14"):
        assert (await ask(http, room, "GET", path)).status == 200


async def test_nothing_commits_in_a_session_whose_newest_lines_are_damaged(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url)
    await write_log(server.store, room.session_id, LETTERS[:25], [room.participant])
    with closing(sqlite3.connect(server.settings.data_folder / "ot.sqlite3")) as db, db:
        db.execute("DELETE FROM operations WHERE revision = 15")
    response = await ask(http, room, "POST", "restore", {"revision": 3})
    assert await problem(response) == (409, "corrupt")
    response = await ask(http, room, "PUT", "text", {"text": "another"})
    assert await problem(response) == (409, "corrupt")


async def test_who_has_left_is_still_known_for_what_he_wrote(
    server: Server, http: ClientSession
) -> None:
    ada, ben = await person(server, http, "ada"), await person(server, http, "ben")
    session_id = await ada.new_session(text="hi")
    room = await ben.becomes(session_id, "editor")
    await ask(http, room, "PUT", "text", {"text": "hi!"})
    await ben.becomes(session_id, None)
    blame = await ada.get(f"/sessions/{session_id}/blame")
    assert [part["participant"]["name"] for part in blame["items"]] == ["ada", "ben"]

"""The calls that make, list, change, delete, fork and download sessions."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

import pytest
from aiohttp import ClientSession

from tests.server.props.peer import Peer, join_room, open_room
from tests.server.props.people import Person, person
from tests.server.props.rest import bearing, problem
from tests.server.props.scene import Logs
from tests.servers import Server


@pytest.fixture
async def ada(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ada")


@pytest.fixture
async def ben(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ben")


async def titles(of: Person, **query: str | int) -> list[str]:
    page = await of.get("/sessions", **query)
    return [session["title"] for session in page["items"]]


# POST /sessions, GET /sessions/{id}


async def test_who_makes_a_session_owns_it_and_nobody_else_sees_it(
    ada: Person, ben: Person
) -> None:
    made = await ada.do("POST", "/sessions", title="Fibonacci", language="cpp", text="int f();")

    assert (made["title"], made["language"], made["role"]) == ("Fibonacci", "cpp", "owner")
    assert made["visibility"] == "private"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["created_at"])
    assert made["updated_at"] == made["created_at"]
    assert await ada.get(f"/sessions/{made['id']}") == made
    text = await ada.get(f"/sessions/{made['id']}/text")
    assert (text["text"], text["revision"]) == ("int f();", 1)
    async with ben.ask("GET", f"/sessions/{made['id']}") as response:
        assert await problem(response) == (404, "no_such_session")
    assert await titles(ben) == []


async def test_a_session_needs_no_wishes(ada: Person) -> None:
    made = await ada.do("POST", "/sessions")
    assert (made["title"], made["language"]) == ("Untitled", "python")


async def test_a_guest_makes_no_session_of_that_kind(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url)
    url = f"{server.url}/api/v1/sessions"
    async with http.post(url, json={}, headers=bearing(room.token)) as response:
        assert await problem(response) == (401, "invalid_token")
    async with http.post(url, json={}) as response:
        assert await problem(response) == (401, "not_authenticated")


# GET /sessions


async def test_a_list_holds_every_session_once_the_last_updated_first(
    ada: Person, ben: Person
) -> None:
    made = [await ada.new_session(title=f"Number {n}") for n in range(7)]
    await ben.new_session(title="Number 99")
    await ben.becomes(made[3], "viewer")

    seen: list[str] = []
    page = await ada.get("/sessions", limit=3)
    while True:
        seen += [session["id"] for session in page["items"]]
        if page["next"] is None:
            break
        page = await ada.get("/sessions", limit=3, after=page["next"])

    assert seen == made[::-1]
    shared = await ben.get("/sessions")
    assert [(one["title"], one["role"]) for one in shared["items"]] == [
        ("Number 99", "owner"),
        ("Number 3", "viewer"),
    ]
    assert shared["next"] is None


async def test_an_edit_brings_a_session_to_the_top_of_the_list_at_once(ada: Person) -> None:
    made = [await ada.new_session(title=f"Number {n}") for n in range(3)]
    for turn, number in enumerate((0, 1, 0)):
        await ada.do("PUT", f"/sessions/{made[number]}/text", text=str(turn))

        page = await ada.get("/sessions", limit=2)
        assert page["items"][0]["id"] == made[number]
        (last,) = (await ada.get("/sessions", limit=2, after=page["next"]))["items"]
        assert {one["id"] for one in page["items"]} | {last["id"]} == set(made)


async def test_the_last_page_names_no_next_one_even_if_it_is_full(ada: Person) -> None:
    for _ in range(2):
        await ada.new_session()
    assert (await ada.get("/sessions", limit=2))["next"] is None


async def test_a_search_finds_parts_of_titles_whatever_the_case_and_takes_nothing_for_a_pattern(
    ada: Person,
) -> None:
    for title in ("100% Straße", "100 percent", "snake_case", "snakes"):
        await ada.new_session(title=title)

    assert await titles(ada, query="%") == ["100% Straße"]
    assert await titles(ada, query="_") == ["snake_case"]
    assert await titles(ada, query="STRASSE") == ["100% Straße"]
    assert await titles(ada, query="SNAKE") == ["snakes", "snake_case"]
    assert await titles(ada, query="' OR 1=1 --") == []


async def test_what_is_taken_away_is_listed_no_more(ada: Person, ben: Person) -> None:
    session_id = await ada.new_session()
    await ben.becomes(session_id, "editor")
    assert len(await titles(ben)) == 1
    await ben.becomes(session_id, None)
    assert await titles(ben) == []


async def test_a_list_says_with_whom_each_session_is_shared(
    server: Server, http: ClientSession, ada: Person, ben: Person
) -> None:
    crowded = await ada.new_session(title="Crowded", visibility="link")
    await ada.new_session(title="Alone")
    link = (await ada.do("POST", f"/sessions/{crowded}/links", role="editor"))["link"]
    await ben.becomes(crowded, "viewer")
    names = ["cem", "dan", "eve", "flo", "gus"]
    for name in names:
        await (await person(server, http, name)).becomes(crowded, "editor")
    async with http.post(f"{server.url}/api/v1/join/{link}", json={"name": "Guest"}) as response:
        assert response.status == 200

    async def people(of: Person) -> dict[str, object]:
        page = await of.get("/sessions")
        return {session["title"]: session["people"] for session in page["items"]}

    assert await people(ada) == {
        "Alone": {"count": 1, "others": []},
        "Crowded": {"count": 7, "others": ["ben", *names[:4]]},
    }
    assert await people(ben) == {"Crowded": {"count": 7, "others": ["ada", *names[:4]]}}
    await ben.becomes(crowded, None)
    assert (await people(ada))["Crowded"] == {"count": 6, "others": names}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"query": "x" * 201},
        {"after": ""},
        {"after": "junk"},
        {"after": "bnVsbA"},  # null
        {"after": "WzFlOTk5OSwiYSJd"},  # [1e9999,"a"]
        {"after": "é"},
        {"sort": "title"},
    ],
    ids=str,
)
async def test_a_query_that_makes_no_sense_is_unprocessable(
    ada: Person, query: dict[str, str]
) -> None:
    async with ada.ask("GET", "/sessions", params=query) as response:
        assert await problem(response) == (422, "invalid_query")


# PATCH and DELETE /sessions/{id}


async def test_title_and_language_change_before_everybodys_eyes(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(title="Old")
    peer = await Peer.enter(http, await ben.becomes(session_id, "viewer"))
    await peer.hear_of("session")

    changed = await ada.do("PATCH", f"/sessions/{session_id}", title="New")
    assert (changed["title"], changed["language"], changed["role"]) == ("New", "python", "owner")
    assert await peer.hear_of("session") == {"type": "session", "title": "New"}

    await ada.do("PATCH", f"/sessions/{session_id}", language="java")
    assert await peer.hear_of("session") == {"type": "session", "language": "java"}
    assert (await ben.get(f"/sessions/{session_id}"))["title"] == "New"
    await peer.ws.close()


async def test_an_editor_changes_the_title_but_not_who_may_come_in(
    ada: Person, ben: Person
) -> None:
    session_id = await ada.new_session()
    await ben.becomes(session_id, "editor")
    path = f"/sessions/{session_id}"

    assert (await ben.do("PATCH", path, title="Mine"))["title"] == "Mine"
    async with ben.ask("PATCH", path, json={"title": "Open", "visibility": "link"}) as response:
        assert await problem(response) == (403, "forbidden")
    assert (await ben.get(path))["title"] == "Mine"
    await ben.becomes(session_id, "viewer")
    async with ben.ask("PATCH", path, json={"title": "No"}) as response:
        assert await problem(response) == (403, "forbidden")


async def test_a_change_of_nothing_is_answered_with_what_holds(ada: Person) -> None:
    session_id = await ada.new_session(title="Same")
    standing = await ada.server.store.standing(session_id, (), ())
    assert (await ada.do("PATCH", f"/sessions/{session_id}"))["title"] == "Same"
    assert await ada.server.store.standing(session_id, (), ()) == standing


@pytest.mark.parametrize(
    "body",
    [{"title": None}, {"title": ""}, {"title": "a\r\nb"}, {"visibility": "public"}, {"id": "x"}],
    ids=str,
)
async def test_a_change_to_what_cannot_be_is_unprocessable(
    ada: Person, body: dict[str, object]
) -> None:
    session_id = await ada.new_session()
    async with ada.ask("PATCH", f"/sessions/{session_id}", json=body) as response:
        assert await problem(response) == (422, "invalid_body")


async def test_to_make_a_session_private_puts_out_who_came_by_link(
    ada: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(visibility="link", text="secret")
    link = (await ada.do("POST", f"/sessions/{session_id}/links", role="editor"))["link"]
    join = f"{ada.server.url}/api/v1/join/{link}"
    async with http.post(join, json={"name": "Cem"}) as response:
        guest = await response.json()
    text = f"{ada.server.url}/api/v1/sessions/{session_id}/text"

    await ada.do("PATCH", f"/sessions/{session_id}", visibility="private")
    async with http.get(text, headers=bearing(guest["token"])) as response:
        assert await problem(response) == (403, "forbidden")
    async with http.post(join, json={}) as response:
        assert await problem(response) == (404, "no_such_link")

    await ada.do("PATCH", f"/sessions/{session_id}", visibility="link")
    async with http.get(text, headers=bearing(guest["token"])) as response:
        assert response.status == 200


async def test_a_deleted_session_sends_everybody_away_and_is_gone(
    ada: Person, ben: Person, http: ClientSession, logs: Logs
) -> None:
    session_id = await ada.new_session(text="hi")
    await ben.becomes(session_id, "editor")
    peer = await Peer.enter(http, await ben.becomes(session_id, "editor"))

    await ada.do("DELETE", f"/sessions/{session_id}")

    assert (await peer.closed())[1] == 4404
    for somebody in (ada, ben):
        async with somebody.ask("GET", f"/sessions/{session_id}") as response:
            assert await problem(response) == (404, "no_such_session")
        assert await titles(somebody) == []
    assert await ada.server.store.operations(session_id, 0, 9) == []
    logs.are_clean()


# GET /sessions/{id}/download


@pytest.mark.parametrize(
    ("title", "language", "name"),
    [
        ("Fibonacci", "python", "Fibonacci.py"),
        ("main.js", "javascript", "main.js"),
        ("types", "typescript", "types.ts"),
        ("Main", "java", "Main.java"),
        ("loop", "cpp", "loop.cpp"),
        ("notes", "rust", "notes.txt"),
        ("../../etc/passwd", "plain", "_.._etc_passwd.txt"),
        ('a"; filename="evil.exe', "python", "a_; filename=_evil.exe.py"),
        ("100%25 \\ done", "python", "100%25 _ done.py"),
        ("Größe 🌍", "python", "Größe 🌍.py"),
        ("\u202egnp.exe", "python", "_gnp.exe.py"),
        ("line\u2028end\x85", "python", "line_end_.py"),
        (" ... ", "python", "untitled.py"),
        ("é" * 200, "python", "é" * 100 + ".py"),
    ],
)
async def test_a_download_is_a_file_named_by_title_and_language(
    ada: Person, title: str, language: str, name: str
) -> None:
    session_id = await ada.new_session(title=title, language=language, text="häh?\n")
    async with ada.ask("GET", f"/sessions/{session_id}/download") as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        assert response.charset == "utf-8"
        assert await response.read() == "häh?\n".encode()
        disposition = response.headers["Content-Disposition"]
    plain, extended = re.fullmatch(
        r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([!#$&+.^_`|~0-9A-Za-z%-]*)",
        disposition,
    ).groups()  # type: ignore[union-attr]
    assert unquote(extended) == name
    assert not set(plain) & set('"\\/%')


# POST /sessions/{id}/fork


async def test_a_fork_is_a_private_session_of_ones_own(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(title="Original", language="java", text="one")
    room = await ben.becomes(session_id, "viewer")
    owner = await Peer.enter(http, await ada.becomes(session_id, "owner"))
    await owner.type(" two")

    fork = await ben.do("POST", f"/sessions/{room.session_id}/fork")

    assert (fork["title"], fork["language"]) == ("Original (fork)", "java")
    assert (fork["role"], fork["visibility"]) == ("owner", "private")
    assert (await ben.get(f"/sessions/{fork['id']}/text"))["text"] == "one two"
    async with ada.ask("GET", f"/sessions/{fork['id']}") as response:
        assert response.status == 404
    await owner.ws.close()


async def test_a_fork_takes_the_text_of_any_revision_and_another_title(
    ada: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(title="x" * 200, text="one")
    peer = await Peer.enter(http, await ada.becomes(session_id, "owner"))
    await peer.type(" two")
    await peer.ws.close()

    for revision, text in ((0, ""), (1, "one"), (2, "one two")):
        fork = await ada.do("POST", f"/sessions/{session_id}/fork", revision=revision)
        assert fork["title"] == "x" * 193 + " (fork)"
        assert (await ada.get(f"/sessions/{fork['id']}/text"))["text"] == text
    named = await ada.do("POST", f"/sessions/{session_id}/fork", title="Mine")
    assert named["title"] == "Mine"
    async with ada.ask("POST", f"/sessions/{session_id}/fork", json={"revision": 3}) as response:
        assert await problem(response) == (404, "no_such_revision")


async def test_a_guest_owns_nothing_that_could_be_a_fork(
    server: Server, http: ClientSession
) -> None:
    room = await join_room(http, await open_room(http, server.url), "Cem")
    url = f"{server.url}/api/v1/sessions/{room.session_id}/fork"
    async with http.post(url, json={}, headers=bearing(room.token)) as response:
        assert await problem(response) == (401, "invalid_token")


async def test_who_asks_and_is_sent_away_meanwhile_changes_nothing(
    ada: Person, ben: Person
) -> None:
    """Two owners demote each other at once: one of them is too late."""
    for _ in range(10):
        session_id = await ada.new_session()
        await ben.becomes(session_id, "owner")

        async def demote(who: Person, other: Person, session_id: str = session_id) -> int:
            path = f"/sessions/{session_id}/members/{other.user_id}"
            async with who.ask("PUT", path, json={"role": "viewer"}) as response:
                return response.status

        assert sorted(await asyncio.gather(demote(ada, ben), demote(ben, ada))) == [200, 403]

"""The calls about members and invites."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from tests.server.props.accounts import register
from tests.server.props.peer import Peer
from tests.server.props.people import Person, person
from tests.server.props.rest import bearing, problem
from tests.servers import Server


@pytest.fixture
async def ada(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ada")


@pytest.fixture
async def ben(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ben")


async def roles(of: Person, session_id: str) -> dict[str, str]:
    page = await of.get(f"/sessions/{session_id}/members")
    return {member["name"]: member["role"] for member in page["items"]}


# POST invites


@pytest.mark.parametrize("name", ["ben", "BEN", "ben@example.org", "Ben@Example.ORG"])
async def test_a_user_who_is_invited_is_a_member_at_once(
    ada: Person, ben: Person, name: str
) -> None:
    session_id = await ada.new_session(text="hi")
    invited = await ada.do("POST", f"/sessions/{session_id}/invites", user=name, role="viewer")

    assert invited == {"user": name, "role": "viewer", "invite_id": None}
    assert await roles(ada, session_id) == {"ada": "owner", "ben": "viewer"}
    assert (await ben.get(f"/sessions/{session_id}"))["role"] == "viewer"
    assert (await ben.get(f"/sessions/{session_id}/text"))["text"] == "hi"


async def test_who_has_no_account_yet_gets_the_role_on_registering_with_the_address(
    ada: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session()
    path = f"/sessions/{session_id}"
    first = await ada.do("POST", f"{path}/invites", user="cem@example.org", role="viewer")
    again = await ada.do("POST", f"{path}/invites", user="CEM@example.org", role="editor")
    assert again["invite_id"] == first["invite_id"]
    invites = (await ada.get(f"{path}/members"))["invites"]
    assert [(one["id"], one["email"], one["role"]) for one in invites] == [
        (first["invite_id"], "cem@example.org", "editor")
    ]
    assert await ada.get(f"{path}/invites/{first['invite_id']}") == invites[0]

    cem = await register(http, ada.server.url, "cem")

    assert await roles(ada, session_id) == {"ada": "owner", "cem": "editor"}
    assert (await ada.get(f"{path}/members"))["invites"] == []
    url = f"{ada.server.url}/api/v1{path}"
    async with http.get(url, headers=cem.headers) as response:
        assert (await response.json())["role"] == "editor"


async def test_an_invite_that_is_taken_back_gives_nothing(ada: Person, http: ClientSession) -> None:
    session_id = await ada.new_session()
    path = f"/sessions/{session_id}/invites"
    invite_id = (await ada.do("POST", path, user="cem@example.org"))["invite_id"]

    await ada.do("DELETE", f"{path}/{invite_id}")

    for method in ("GET", "DELETE"):
        async with ada.ask(method, f"{path}/{invite_id}") as response:
            assert await problem(response) == (404, "no_such_invite")
    cem = await register(http, ada.server.url, "cem")
    url = f"{ada.server.url}/api/v1/sessions/{session_id}"
    async with http.get(url, headers=cem.headers) as response:
        assert await problem(response) == (404, "no_such_session")


async def test_an_unknown_username_is_nobody(ada: Person) -> None:
    session_id = await ada.new_session()
    async with ada.ask("POST", f"/sessions/{session_id}/invites", json={"user": "zoe"}) as response:
        assert await problem(response) == (404, "no_such_user")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": ""},
        {"user": "ab"},
        {"user": "a b"},
        {"user": "a@b@c"},
        {"user": "a\n@b"},
        {"user": "@b"},
        {"user": f"a@{'b' * 260}"},
        {"user": "ben", "role": "admin"},
        {"user": "ben", "role": None},
        {"user": "ben", "id": "x"},
    ],
    ids=str,
)
async def test_an_invite_of_what_cannot_be_is_unprocessable(
    ada: Person, ben: Person, body: dict[str, object]
) -> None:
    session_id = await ada.new_session()
    async with ada.ask("POST", f"/sessions/{session_id}/invites", json=body) as response:
        assert await problem(response) == (422, "invalid_body")
    assert await roles(ada, session_id) == {"ada": "owner"}


async def test_so_many_invites_may_wait_and_no_more(ada: Person) -> None:
    session_id = await ada.new_session()
    path = f"/sessions/{session_id}/invites"
    for n in range(200):
        await ada.do("POST", path, user=f"{n}@example.org")
    async with ada.ask("POST", path, json={"user": "another@example.org"}) as response:
        assert await problem(response) == (409, "too_many_invites")
    await ada.do("POST", path, user="7@example.org", role="viewer")


async def test_who_came_by_link_and_is_invited_stays_without_it(ada: Person, ben: Person) -> None:
    session_id = await ada.new_session(visibility="link")
    path = f"/sessions/{session_id}"
    link = (await ada.do("POST", f"{path}/links", role="editor"))["link"]
    joined = await ben.do("POST", f"/join/{link}")
    await ada.do("POST", f"{path}/invites", user="ben", role="editor")

    await ada.do("DELETE", f"{path}/links/{link}")

    assert (await ben.get(path))["role"] == "editor"
    members = (await ada.get(f"{path}/members"))["items"]
    assert [one["participant_id"] for one in members][1:] == [joined["participant"]["id"]]


# GET members


async def test_members_are_listed_a_page_at_a_time_and_invites_for_owners_alone(
    server: Server, http: ClientSession, ada: Person, ben: Person
) -> None:
    session_id = await ada.new_session()
    path = f"/sessions/{session_id}/members"
    for name in ("cem", "dan", "eve"):
        await (await person(server, http, name)).becomes(session_id, "viewer")
    await ben.becomes(session_id, "editor")
    await ada.do("POST", f"/sessions/{session_id}/invites", user="zoe@example.org")

    first = await ben.get(path, limit=3)
    second = await ben.get(path, limit=3, after=first["next"])

    names = [member["name"] for page in (first, second) for member in page["items"]]
    assert names == ["ada", "cem", "dan", "eve", "ben"]
    assert (first["invites"], second["next"]) == ([], None)
    assert len((await ada.get(path))["invites"]) == 1
    async with ada.ask("GET", path, params={"after": "WzFd"}) as response:  # [1]
        assert await problem(response) == (422, "invalid_query")


# PUT and DELETE members


async def test_a_promotion_is_seen_and_holds_without_connecting_again(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session()
    path = f"/sessions/{session_id}/members/{ben.user_id}"
    watcher = await Peer.enter(http, await ada.becomes(session_id, "owner"))
    room = await ben.becomes(session_id, "viewer")
    peer = await Peer.enter(http, room)
    await peer.hear_of("session")

    changed = await ada.do("PUT", path, role="editor")

    assert (changed["participant_id"], changed["role"]) == (room.participant, "editor")
    assert await peer.hear_of("session") == {"type": "session", "role": "editor"}
    assert await peer.type("now I can") == 1
    while True:
        news = await watcher.hear_of("participants")
        if news.get("changed"):
            break
    assert [(one["id"], one["role"]) for one in news["changed"]] == [(room.participant, "editor")]
    await ada.do("PUT", path, role="viewer")
    assert await peer.hear_of("session") == {"type": "session", "role": "viewer"}
    for each in (peer, watcher):
        await each.ws.close()


async def test_who_is_removed_is_closed_and_neither_reads_nor_comes_back(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(text="secret")
    peer = await Peer.enter(http, await ben.becomes(session_id, "editor"))

    await ada.do("DELETE", f"/sessions/{session_id}/members/{ben.user_id}")

    assert (await peer.closed())[1] == 4403
    for path in ("", "/text", "/members", "/participants", "/download"):
        async with ben.ask("GET", f"/sessions/{session_id}{path}") as response:
            assert await problem(response) == (403, "forbidden")
    assert await roles(ada, session_id) == {"ada": "owner"}
    for method, body in (("PUT", {"role": "owner"}), ("DELETE", None)):
        path = f"/sessions/{session_id}/members/{ben.user_id}"
        async with ada.ask(method, path, json=body) as response:
            assert await problem(response) == (404, "no_such_member")
    await ada.do("POST", f"/sessions/{session_id}/invites", user="ben", role="viewer")
    assert (await ben.get(f"/sessions/{session_id}"))["role"] == "viewer"


async def test_anybody_leaves_but_takes_nobody_else_along(
    server: Server, http: ClientSession, ada: Person, ben: Person
) -> None:
    session_id = await ada.new_session()
    cem = await person(server, http, "cem")
    for somebody in (ben, cem):
        await somebody.becomes(session_id, "viewer")
    members = f"/sessions/{session_id}/members"

    async with ben.ask("DELETE", f"{members}/{cem.user_id}") as response:
        assert await problem(response) == (403, "forbidden")
    await ben.do("DELETE", f"{members}/{ben.user_id}")

    assert await roles(ada, session_id) == {"ada": "owner", "cem": "viewer"}


async def test_the_last_owner_neither_leaves_nor_steps_down_nor_is_kicked(
    ada: Person, ben: Person
) -> None:
    session_id = await ada.new_session()
    me = (await ada.get(f"/sessions/{session_id}/members"))["items"][0]["participant_id"]
    await ben.becomes(session_id, "editor")
    attempts = (
        ("DELETE", f"/members/{ada.user_id}", None),
        ("PUT", f"/members/{ada.user_id}", {"role": "editor"}),
        ("DELETE", f"/participants/{me}", None),
        ("POST", "/invites", {"user": "ada", "role": "viewer"}),
    )
    for method, path, body in attempts:
        async with ada.ask(method, f"/sessions/{session_id}{path}", json=body) as response:
            assert await problem(response) == (409, "last_owner")
    await ada.do("PUT", f"/sessions/{session_id}/members/{ben.user_id}", role="owner")
    await ada.do("DELETE", f"/sessions/{session_id}/members/{ada.user_id}")
    assert await roles(ben, session_id) == {"ben": "owner"}


async def test_two_owners_who_leave_at_once_leave_one_owner(ada: Person, ben: Person) -> None:
    for _ in range(10):
        session_id = await ada.new_session()
        await ben.becomes(session_id, "owner")

        async def leave(who: Person, session_id: str = session_id) -> int:
            async with who.ask("DELETE", f"/sessions/{session_id}/members/{who.user_id}") as answer:
                return answer.status

        assert sorted(await asyncio.gather(leave(ada), leave(ben))) == [204, 409]


async def test_no_member_goes_by_the_name_of_another(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session()
    room = await ben.becomes(session_id, "viewer")

    peer = await Peer.enter(http, room, name="ada")

    members = (await ada.get(f"/sessions/{session_id}/members"))["items"]
    assert [member["name"] for member in members] == ["ada", "ben"]
    await peer.ws.close()


async def test_a_guests_token_makes_no_member(ada: Person, http: ClientSession) -> None:
    session_id = await ada.new_session(visibility="link")
    link = (await ada.do("POST", f"/sessions/{session_id}/links"))["link"]
    url = f"{ada.server.url}/api/v1"
    async with http.post(f"{url}/join/{link}", json={"name": "Gus"}) as response:
        guest = await response.json()

    members = f"{url}/sessions/{session_id}/members"
    async with http.get(members, headers=bearing(guest["token"])) as response:
        assert [one["name"] for one in (await response.json())["items"]] == ["ada"]
    for id_ in (guest["participant"]["id"], "None", "null"):
        async with http.delete(f"{members}/{id_}", headers=bearing(guest["token"])) as response:
            assert await problem(response) == (403, "forbidden")

"""The calls about share links, who comes in by them, and who is sent out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiohttp import ClientSession

from ot_server.access.tokens import AccessToken
from ot_server.ids import new_id, new_link
from ot_server.store.rows import LinkRow
from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.people import Person, person
from tests.server.props.rest import bearing, problem
from tests.server.props.scene import tokens_of
from tests.servers import Server


@pytest.fixture
async def ada(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ada")


@pytest.fixture
async def ben(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ben")


async def open_session(ada: Person, role: str = "editor", **more: object) -> Room:
    """Make a session with a link; the room is for those who join by it."""
    session_id = await ada.new_session(visibility="link", text="hi")
    link = await ada.do("POST", f"/sessions/{session_id}/links", role=role, **more)
    return Room(ada.server.url, session_id, link["link"], "", "")


async def text_of(http: ClientSession, room: Room) -> int:
    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        return response.status


async def is_held(room: Room, server: Server) -> bool:
    standing = await server.store.standing(room.session_id, [room.participant], ())
    assert standing is not None
    return room.participant in standing.roles


# POST, GET, DELETE links


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_who_joins_by_a_link_has_its_role(
    ada: Person, http: ClientSession, role: str
) -> None:
    room = await open_session(ada, role)
    url = f"{room.url}/api/v1/join/{room.link}"
    async with http.post(url, json={"name": "Gus"}) as response:
        joined = await response.json()
    assert (joined["role"], joined["participant"]["kind"]) == (role, "guest")
    (link,) = (await ada.get(f"/sessions/{room.session_id}/links"))["items"]
    assert (link["link"], link["role"], link["expires_at"]) == (room.link, role, None)


@pytest.mark.parametrize(
    "body",
    [{"role": "owner"}, {"expires_in": 0}, {"expires_in": -1}, {"expires_in": 1e99}, {"link": "x"}],
    ids=str,
)
async def test_a_link_that_cannot_be_is_unprocessable(ada: Person, body: dict[str, object]) -> None:
    session_id = await ada.new_session(visibility="link")
    async with ada.ask("POST", f"/sessions/{session_id}/links", json=body) as response:
        assert await problem(response) == (422, "invalid_body")


async def test_a_private_session_has_no_use_for_links(ada: Person) -> None:
    session_id = await ada.new_session()
    async with ada.ask("POST", f"/sessions/{session_id}/links", json={}) as response:
        assert await problem(response) == (409, "private")


async def test_a_session_has_so_many_links_and_no_more(ada: Person) -> None:
    session_id = await ada.new_session(visibility="link")
    for _ in range(100):
        await ada.server.store.add_link(LinkRow(new_link(), session_id, "viewer", 1.0))
    async with ada.ask("POST", f"/sessions/{session_id}/links", json={}) as response:
        assert await problem(response) == (409, "too_many_links")


async def test_a_deleted_link_puts_out_who_came_by_it_and_nobody_else(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    room = await open_session(ada)
    other = await ada.do("POST", f"/sessions/{room.session_id}/links", role="viewer")
    guest = await join_room(http, room, "Gus")
    stays = await join_room(http, Room(room.url, room.session_id, other["link"], "", ""), "Sue")
    await ben.do("POST", f"/join/{room.link}")
    peers = [await Peer.enter(http, who) for who in (guest, stays)]

    await ada.do("DELETE", f"/sessions/{room.session_id}/links/{room.link}")

    assert (await peers[0].closed())[1] == 4403
    assert await text_of(http, guest) == 403
    assert await text_of(http, stays) == 200
    async with ben.ask("GET", f"/sessions/{room.session_id}") as response:
        assert await problem(response) == (403, "forbidden")
    async with http.post(f"{room.url}/api/v1/join/{room.link}", json={}) as response:
        assert await problem(response) == (404, "no_such_link")
    await peers[1].ws.close()


async def test_a_link_ends_by_itself_and_takes_along_who_came_by_it(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    """Nobody does anything at that moment: the node has to remember it."""
    room = await open_session(ada, expires_in=1)
    guest = await join_room(http, room, "Gus")
    assert (await ben.do("POST", f"/join/{room.link}"))["token"] == ben.token
    signed_in = await Peer.enter(http, Room(room.url, room.session_id, "", ben.token, ""))

    assert (await signed_in.closed())[1] == 4403

    (link,) = (await ada.get(f"/sessions/{room.session_id}/links"))["items"]
    assert link["expires_at"] > link["created_at"]
    assert await text_of(http, guest) in (401, 403)  # the token ends with the link
    assert not await is_held(guest, ada.server)
    async with http.post(f"{room.url}/api/v1/join/{room.link}", json={}) as response:
        assert await problem(response) == (404, "no_such_link")


# POST join


async def test_who_is_signed_in_joins_as_that_user_and_keeps_a_role_that_is_held(
    ada: Person, ben: Person
) -> None:
    room = await open_session(ada, "viewer")

    joined = await ben.do("POST", f"/join/{room.link}", name="Somebody else")
    assert (joined["role"], joined["token"]) == ("viewer", ben.token)
    assert (joined["participant"]["name"], joined["participant"]["kind"]) == ("ben", "user")
    assert (await ada.do("POST", f"/join/{room.link}"))["role"] == "owner"
    again = await ben.do("POST", f"/join/{room.link}")
    assert again["participant"] == joined["participant"]
    assert [one["title"] for one in (await ben.get("/sessions"))["items"]] == ["Untitled"]


async def test_a_users_token_that_has_ended_is_told_so_rather_than_taken_for_nobody(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    room = await open_session(ada)
    login = new_id()
    ended = tokens_of(ada.server).issue(AccessToken(ben.user_id, login, 1), 0)
    unknown = tokens_of(ada.server).issue(AccessToken(ben.user_id, login, 2**31), 0)
    for token in (ended, unknown):
        url = f"{room.url}/api/v1/join/{room.link}"
        async with http.post(url, json={}, headers=bearing(token)) as response:
            assert await problem(response) == (401, "invalid_token")


async def test_a_guest_whose_link_is_no_more_comes_back_by_another_as_the_same(
    ada: Person, http: ClientSession
) -> None:
    room = await open_session(ada)
    guest = await join_room(http, room, "Gus")
    await ada.do("DELETE", f"/sessions/{room.session_id}/links/{room.link}")
    link = (await ada.do("POST", f"/sessions/{room.session_id}/links", role="viewer"))["link"]

    url = f"{room.url}/api/v1/join/{link}"
    async with http.post(url, json={}, headers=bearing(guest.token)) as response:
        joined = await response.json()

    assert (joined["participant"]["id"], joined["role"]) == (guest.participant, "viewer")
    assert joined["participant"]["name"] == "Gus"
    assert await text_of(http, guest) == 200


async def test_the_token_of_an_owner_outlives_the_link_that_he_came_back_by(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url)
    soon = time.time() + 60
    await server.store.add_link(LinkRow("ends-soon", room.session_id, "viewer", 1.0, soon))
    ends = {}
    for name, token in (("owner", room.token), ("guest", "")):
        headers = bearing(token) if token else {}
        url = f"{room.url}/api/v1/join/ends-soon"
        async with http.post(url, json={}, headers=headers) as response:
            said = tokens_of(server).read((await response.json())["token"])
        ends[name] = said.expires
    assert ends["guest"] <= soon < ends["owner"]


async def test_two_joins_of_one_user_at_once_make_one_participant(ada: Person, ben: Person) -> None:
    room = await open_session(ada)
    joined = await asyncio.gather(*(ben.do("POST", f"/join/{room.link}") for _ in range(5)))
    assert len({one["participant"]["id"] for one in joined}) == 1


# GET and DELETE participants


async def test_everybody_who_was_ever_there_is_listed_a_page_at_a_time(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    room = await open_session(ada)
    path = f"/sessions/{room.session_id}/participants"
    guests = [await join_room(http, room, f"G{n}") for n in range(3)]
    await ben.becomes(room.session_id, "viewer")
    await ada.do("DELETE", f"{path}/{guests[1].participant}")

    found: list[Any] = []
    page = await ben.get(path, limit=2)
    while page["next"]:
        found += page["items"]
        page = await ben.get(path, limit=2, after=page["next"])
    found += page["items"]

    assert [(one["name"], one["kind"], one["role"]) for one in found] == [
        ("ada", "user", "owner"),
        ("G0", "guest", "editor"),
        ("G1", "guest", None),
        ("G2", "guest", "editor"),
        ("ben", "user", "viewer"),
    ]
    assert [one["user_id"] for one in found] == [ada.user_id, None, None, None, ben.user_id]
    assert len({one["color"] for one in found}) == 5


async def test_who_is_kicked_is_closed_and_comes_back_only_by_a_link_as_somebody_new(
    ada: Person, http: ClientSession
) -> None:
    room = await open_session(ada)
    guest = await join_room(http, room, "Gus")
    peer = await Peer.enter(http, guest)
    path = f"/sessions/{room.session_id}/participants"

    await ada.do("DELETE", f"{path}/{guest.participant}")

    assert (await peer.closed())[1] == 4403
    assert await text_of(http, guest) == 403
    url = f"{room.url}/api/v1/join/{room.link}"
    async with http.post(url, json={}, headers=bearing(guest.token)) as response:
        joined = await response.json()
    assert joined["participant"]["id"] != guest.participant
    assert joined["participant"]["name"] == "Guest"
    for nobody in ("nobody", "%00", "..%2f.."):
        async with ada.ask("DELETE", f"{path}/{nobody}") as response:
            assert await problem(response) == (404, "no_such_participant")

"""The calls that lead into a session: rooms, join, text, and the server's health."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from ot_server.access.tokens import GuestToken, read_secret
from ot_server.store.rows import LinkRow, NewSession, ParticipantRow, SessionInfoRow
from tests.server.props.bad_hellos import TOKENS, Forged
from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.rest import bearing, problem
from tests.server.props.scene import Logs, forged_claims, tokens_of
from tests.servers import Server, StartServer


async def read_text(http: ClientSession, room: Room) -> dict[str, Any]:
    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        assert response.status == 200
        body: dict[str, Any] = await response.json()
        return body


# POST /api/v1/rooms


async def test_a_room_is_made_in_one_call(server: Server, http: ClientSession) -> None:
    body = {"title": "Fibonacci", "language": "rust", "name": "Ada", "text": "fn main() {}"}
    async with http.post(f"{server.url}/api/v1/rooms", json=body) as response:
        assert (response.status, response.content_type) == (201, "application/json")
        made = await response.json()
    assert sorted(made) == ["link", "participant", "session", "token"]
    assert (made["session"]["title"], made["session"]["language"]) == ("Fibonacci", "rust")
    assert (made["participant"]["name"], made["participant"]["role"]) == ("Ada", "owner")
    room = Room(server.url, made["session"]["id"], made["link"], made["token"], "")
    assert await read_text(http, room) == {"text": "fn main() {}", "revision": 1, "epoch": 1}


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_room_needs_no_wishes(server: Server, http: ClientSession, body: bytes) -> None:
    url, headers = f"{server.url}/api/v1/rooms", {"Content-Type": "application/json"}
    async with http.post(url, data=body, headers=headers) as response:
        made = await response.json()
    assert made["session"]["title"] == "Untitled"
    room = Room(server.url, made["session"]["id"], made["link"], made["token"], "")
    assert await read_text(http, room) == {"text": "", "revision": 0, "epoch": 1}


@pytest.mark.parametrize("given", ["a\r\nb\rc\nd\r\n\r\ne", "\r", "\n\r"])
async def test_line_ends_of_other_systems_become_ours(
    server: Server, http: ClientSession, given: str
) -> None:
    text = (await read_text(http, await open_room(http, server.url, text=given)))["text"]
    assert text == given.replace("\r\n", "\n").replace("\r", "\n")


async def test_a_body_that_is_too_large_is_refused(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(frame_bytes=10_000, document_bytes=1_000)
    url = f"{server.url}/api/v1/rooms"
    async with http.post(url, json={"text": "x" * 1_001}) as response:
        assert await problem(response) == (413, "too_large")
    async with http.post(url, json={"text": "é" * 501}) as response:
        assert await problem(response) == (413, "too_large")
    async with http.post(url, json={"text": "\r\n" * 1_000}) as response:
        assert response.status == 201
    async with http.post(url, json={"text": "x" * 20_000}) as response:
        assert (await problem(response))[0] == 413


async def test_rooms_can_be_switched_off(start_server: StartServer, http: ClientSession) -> None:
    server = await start_server(rooms=False)
    async with http.post(f"{server.url}/api/v1/rooms", json={}) as response:
        assert await problem(response) == (403, "rooms_off")


# POST /api/v1/join/{link}


async def test_who_has_the_link_joins_as_an_editor(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, title="Fibonacci")
    url = f"{server.url}/api/v1/join/{room.link}"
    async with http.post(url, json={"name": "Bob"}) as response:
        joined = await response.json()
    assert sorted(joined) == ["participant", "role", "session", "token"]
    assert (joined["role"], joined["participant"]["name"]) == ("editor", "Bob")
    assert joined["session"]["title"] == "Fibonacci"
    assert joined["participant"]["id"] != room.participant
    async with http.post(url) as response:
        assert (await response.json())["participant"]["name"] == "Guest"


async def test_who_comes_back_with_its_token_is_the_same_participant(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, name="Ada")
    bob = await join_room(http, room, "Bob")
    url = f"{server.url}/api/v1/join/{room.link}"
    names = [({"name": "Robert"}, "Robert"), ({}, "Robert"), ({"name": None}, "Robert")]
    for body, name in names:
        async with http.post(url, json=body, headers=bearing(bob.token)) as response:
            joined = await response.json()
        assert joined["participant"]["id"] == bob.participant
        assert joined["participant"]["name"] == name
    async with http.post(url, headers=bearing(room.token)) as response:
        assert (await response.json())["role"] == "owner"
    async with http.post(url, headers=bearing("garbage")) as response:
        assert (await response.json())["participant"]["id"] not in (
            bob.participant,
            room.participant,
        )
    other = await open_room(http, server.url)
    async with http.post(url, headers=bearing(other.token)) as response:
        assert (await response.json())["participant"]["id"] != other.participant


@pytest.mark.parametrize(
    "link",
    ["nothing", "%00", "%ff", "..%2F..%2Fetc%2Fpasswd", "' OR 1=1 --", "a" * 5_000, "%F0%9F"],
)
async def test_a_link_that_is_none_leads_nowhere(
    server: Server, http: ClientSession, link: str
) -> None:
    async with http.post(f"{server.url}/api/v1/join/{link}", json={}) as response:
        assert (await problem(response))[0] == 404


async def test_a_link_ends_when_it_says_and_no_token_outlives_it(
    server: Server, http: ClientSession
) -> None:
    for name, expires_at in (("past", 1.0), ("future", 4_000_000_000.0), ("soon", 2.0**31)):
        participant = ParticipantRow(f"owner-{name}", name, "Ada", "guest", "owner")
        link = LinkRow(f"link-{name}", name, "viewer", 0.0, expires_at)
        await server.store.create_session(
            NewSession(
                SessionInfoRow(name, "Untitled", "python", 0.0, 0.0, "link"), participant, link
            )
        )
    async with http.post(f"{server.url}/api/v1/join/link-past") as response:
        assert await problem(response) == (404, "no_such_link")
    async with http.post(f"{server.url}/api/v1/join/link-future") as response:
        assert (response.status, (await response.json())["role"]) == (200, "viewer")


# GET /api/v1/sessions/{id}/text


async def test_the_text_is_read_without_a_connection(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, text="hi 😀")
    peer = await Peer.enter(http, room)
    await peer.type("!")
    assert await read_text(http, room) == {"text": "hi 😀!", "revision": 2, "epoch": 1}
    assert await read_text(http, await join_room(http, room, "Bob")) == {
        "text": "hi 😀!",
        "revision": 2,
        "epoch": 1,
    }


async def test_what_has_not_changed_is_not_sent_again(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, text="hi")
    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        etag = response.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        headers = bearing(room.token, **{"If-None-Match": known})
        async with http.get(room.text_url, headers=headers) as response:
            assert (response.status, await response.read()) == (304, b"")
            assert response.headers["ETag"] == etag
    for unknown in ('"other"', etag.strip('"'), "junk,,", ""):
        headers = bearing(room.token, **{"If-None-Match": unknown})
        async with http.get(room.text_url, headers=headers) as response:
            assert response.status == 200
    await (await Peer.enter(http, room)).type("!")
    headers = bearing(room.token, **{"If-None-Match": etag})
    async with http.get(room.text_url, headers=headers) as response:
        assert (response.status, (await response.json())["text"]) == (200, "hi!")


async def test_a_reader_who_knows_of_a_revision_never_gets_an_older_text(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="hi")
    headers = bearing(room.token)
    async with http.get(room.text_url, params={"min_revision": "1"}, headers=headers) as response:
        assert (await response.json())["revision"] == 1
    async with http.get(room.text_url, params={"min_revision": "2"}, headers=headers) as response:
        assert await problem(response) == (503, "unavailable")
        assert int(response.headers["Retry-After"]) > 0
    for junk in ("-1", "1.5", "one", "", "9" * 100, "١", "\0"):
        async with http.get(
            room.text_url, params={"min_revision": junk}, headers=headers
        ) as response:
            assert await problem(response) == (422, "invalid_query")


@pytest.mark.parametrize(
    "forged",
    [forged for name, forged in TOKENS.items() if name not in ("a NUL", "no token")],
    ids=[name for name in TOKENS if name not in ("a NUL", "no token")],
)
async def test_a_bad_token_reads_nothing(
    server: Server, http: ClientSession, logs: Logs, forged: Forged
) -> None:
    room = await open_room(http, server.url, text="hi")
    token = forged.make(forged_claims(room), read_secret(server.settings.data_folder)) or ""
    async with http.get(room.text_url, headers=bearing(token)) as response:
        status, _ = await problem(response)
        assert status == {4401: 401, 4403: 404, 4404: 404}[forged.close]
        if status == 401:
            assert response.headers["WWW-Authenticate"] == "Bearer"
    if token:
        logs.are_clean(token)


async def test_a_token_in_another_place_is_none(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url)
    for headers in ({}, {"Authorization": room.token}, {"Authorization": f"Basic {room.token}"}):
        async with http.get(room.text_url, headers=headers) as response:
            assert await problem(response) == (401, "not_authenticated")
    async with http.get(room.text_url, params={"token": room.token}) as response:
        assert await problem(response) == (401, "not_authenticated")


async def test_a_session_of_others_is_not_even_there(server: Server, http: ClientSession) -> None:
    mine, theirs = await open_room(http, server.url), await open_room(http, server.url)
    for session_id in (theirs.session_id, "nowhere", "%ff", "%00", "..%2f" + mine.session_id):
        url = f"{server.url}/api/v1/sessions/{session_id}/text"
        async with http.get(url, headers=bearing(mine.token)) as response:
            assert await problem(response) == (404, "no_such_session")


async def test_a_session_that_is_gone_is_not_there(server: Server, http: ClientSession) -> None:
    guest = GuestToken("gone", "nobody", 2**31)
    token = tokens_of(server).issue(guest, 0)
    url = f"{server.url}/api/v1/sessions/gone/text"
    async with http.get(url, headers=bearing(token)) as response:
        assert await problem(response) == (404, "no_such_session")


# GET /healthz


async def test_the_server_says_that_it_is_well(server: Server, http: ClientSession) -> None:
    async with http.get(f"{server.url}/healthz") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
    async with http.head(f"{server.url}/healthz") as response:
        assert response.status == 200

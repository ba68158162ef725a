"""PUT of a whole text: an edit like any other, that never clobbers what others type."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.people import person
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

LINES = "one\ntwo\nthree\n"


async def put(
    http: ClientSession, room: Room, text: str, *, if_match: str | None = None, **query: int
) -> ClientResponse:
    """Put a text, and return the answer, read."""
    headers = bearing(room.token, **({"If-Match": if_match} if if_match is not None else {}))
    async with http.put(
        room.text_url, json={"text": text}, params=query, headers=headers
    ) as response:
        await response.read()
    return response


async def text_of(http: ClientSession, room: Room) -> tuple[str, int]:
    async with http.get(room.text_url, headers=bearing(room.token)) as response:
        body: dict[str, Any] = await response.json()
    return body["text"], body["revision"]


async def test_a_text_is_put_and_its_tag_is_that_of_the_text_read(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text=LINES)

    response = await put(http, room, "one\r\n2\rthree\n")

    assert (response.status, await response.json()) == (200, {"revision": 2, "epoch": 1})
    async with http.get(room.text_url, headers=bearing(room.token)) as read:
        assert read.headers["ETag"] == response.headers["ETag"] == '"1-2"'
        assert (await read.json())["text"] == "one\n2\nthree\n"


async def test_nothing_to_change_is_no_revision(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, text=LINES)
    response = await put(http, room, LINES.replace("\n", "\r\n"))
    assert (response.status, await response.json()) == (200, {"revision": 1, "epoch": 1})
    assert len(await server.store.operations(room.session_id, 0, 99)) == 1


async def test_people_who_type_and_a_program_that_puts_keep_all_of_it(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="# start\n")
    peer = await Peer.enter(http, await join_room(http, room, "Ben"))

    async def type_letters() -> None:
        for _ in range(40):
            await peer.type("x")

    async def put_lines() -> None:
        for number in range(20):
            text, revision = await text_of(http, room)
            response = await put(http, room, f"line {number}\n{text}", base=revision)
            assert response.status == 200, await response.text()

    await asyncio.gather(type_letters(), put_lines())

    text, revision = await text_of(http, room)
    assert text == "".join(f"line {number}\n" for number in reversed(range(20))) + (
        "# start\n" + "x" * 40
    )
    assert revision == 1 + 40 + 20


async def test_whoever_is_connected_sees_who_it_was(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, text="hi")
    ben = await join_room(http, room, "Ben")
    peer = await Peer.enter(http, room)
    await put(http, ben, "hi!")
    update = await peer.hear_of("update")
    assert update["changes"] == [{"op": [2, "!"], "by": ben.participant}]


async def test_a_text_made_on_an_old_one_is_merged_with_what_came_since(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text=LINES)
    peer = await Peer.enter(http, room)
    await peer.type("four\n")

    response = await put(http, room, "one\n2\nthree\n", base=1)

    assert (await response.json())["revision"] == 3
    assert await text_of(http, room) == ("one\n2\nthree\nfour\n", 3)


async def test_with_if_match_nothing_is_done_unless_it_is_the_text_at_the_head(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="hi")
    for other in ('"1-0"', '"2-1"', 'W/"1-1"', "1-1", '"junk"', "", '"1-2", "1-3"'):
        response = await put(http, room, "another", if_match=other)
        assert await problem(response) == (412, "precondition_failed"), other
        assert response.headers["ETag"] == '"1-1"'
    assert await text_of(http, room) == ("hi", 1)

    for revision, good in enumerate(('"1-1"', '"0-7", "1-2"', "*"), 2):
        response = await put(http, room, f"hi {revision}", if_match=good)
        assert (await response.json())["revision"] == revision
    assert await problem(await put(http, room, "x", if_match='"1-1"')) == (
        412,
        "precondition_failed",
    )


async def test_min_revision_holds_for_writing_as_for_reading(
    server: Server, http: ClientSession
) -> None:
    room = await open_room(http, server.url, text="hi")
    response = await put(http, room, "x", min_revision=2)
    assert await problem(response) == (503, "unavailable")
    assert (await put(http, room, "x", min_revision=1)).status == 200


async def test_a_text_that_no_session_may_have_is_refused(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(document_bytes=1_000)
    room = await open_room(http, server.url, text="hi")
    for text, expected in (
        ("x" * 1_001, (413, "too_large")),
        ("é" * 501, (413, "too_large")),
        ("a\0b", (422, "invalid_body")),
    ):
        assert await problem(await put(http, room, text)) == expected
    misshapen: list[object] = [{}, {"text": None}, {"text": 1}, {"text": "x", "more": 1}, []]
    for junk in misshapen:
        async with http.put(room.text_url, json=junk, headers=bearing(room.token)) as response:
            assert await problem(response) == (422, "invalid_body")
    assert (await put(http, room, "\r\n" * 1_000)).status == 200
    # What others type meanwhile makes it too large only then.
    response = await put(http, room, "\n" * 1_000 + "x" * 900, base=2)
    assert await problem(response) == (413, "too_large")
    assert (await put(http, room, "")).status == 200


async def test_a_base_that_is_none_is_not_found(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url, text="hi")
    assert await problem(await put(http, room, "x", base=2)) == (404, "no_such_revision")
    for junk in ("-1", "x", "1.5", "9" * 30):
        async with http.put(
            room.text_url, json={"text": ""}, params={"base": junk}, headers=bearing(room.token)
        ) as response:
            assert await problem(response) == (422, "invalid_query")
    assert await text_of(http, room) == ("hi", 1)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 200), ("owner", 200)])
async def test_who_may_edit_may_put(
    server: Server, http: ClientSession, role: Any, status: int
) -> None:
    ada, ben = await person(server, http, "ada"), await person(server, http, "ben")
    session_id = await ada.new_session(text="hi")
    room = await ben.becomes(session_id, role)
    assert (await put(http, room, "another")).status == status
    other = await ada.new_session(text="hi")
    async with ben.ask("PUT", f"/sessions/{other}/text", json={"text": ""}) as response:
        assert await problem(response) == (404, "no_such_session")

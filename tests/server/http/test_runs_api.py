"""The calls about shared runs, and what everybody who is connected hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from ot_server.store.postgres import PostgresStore
from tests.postgres import Postgres
from tests.server.props.peer import Message, Peer, Room
from tests.server.props.people import Person, person
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

RUN: dict[str, Any] = {
    "revision": 1,
    "language": "python",
    "how": "ended",
    "exit": 0,
    "milliseconds": 1234,
    "input": "Ada\n",
    "output": [{"stream": "stdout", "text": "hi Ada\n"}, {"stream": "stderr", "text": "?"}],
}


@pytest.fixture
async def ada(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ada")


@pytest.fixture
async def ben(server: Server, http: ClientSession) -> Person:
    return await person(server, http, "ben")


async def refusal(who: Person, session_id: str, **changes: object) -> tuple[int, str]:
    async with who.ask("POST", f"/sessions/{session_id}/runs", json=RUN | changes) as response:
        return await problem(response)


async def heard(peer: Peer, field: str) -> Message:
    """Return the next message that says something of this."""
    while field not in (message := await peer.hear()):
        pass
    return message


async def test_a_shared_run_is_told_to_all_who_are_connected_and_kept_for_who_comes_later(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(text="print('hi ' + input())")
    own = await ada.becomes(session_id, "owner")
    ways = [own, await ben.becomes(session_id, "viewer")]
    peers = [await Peer.enter(http, way) for way in ways]

    made = await ada.do("POST", f"/sessions/{session_id}/runs", **RUN)

    assert (made["number"], made["participant"]["name"], made["revision"]) == (1, "ada", 1)
    for peer in peers:
        assert await heard(peer, "runs") == {"type": "session", "runs": 1}
    assert await ben.get(f"/sessions/{session_id}/runs") == {"items": [made]}
    run = await ben.get(f"/sessions/{session_id}/runs/1")
    assert run == made | {"input": RUN["input"], "output": RUN["output"], "cut": False}
    later = await Peer.dial(http, ways[1])
    await later.say(later.hello(ways[1]))
    welcome = await later.hear()
    assert (welcome["session"]["runs"], welcome["session"]["run"]) == (1, True)
    for peer in (*peers, later):
        await peer.ws.close()


async def test_a_run_shared_on_one_node_is_told_to_all_on_another(
    start_server: StartServer, postgres: Postgres, http: ClientSession
) -> None:
    url = await postgres.new_url()
    here, there = [
        await start_server(PostgresStore(url, use="serve"), poll_seconds=0.1) for _ in range(2)
    ]
    ada, ben = await person(here, http, "ada"), await person(there, http, "ben")
    session_id = await ada.new_session(text="print('hi ' + input())")
    peer = await Peer.enter(http, await ben.becomes(session_id, "viewer"))

    made = await ada.do("POST", f"/sessions/{session_id}/runs", **RUN)

    assert await heard(peer, "runs") == {"type": "session", "runs": 1}
    run = await ben.get(f"/sessions/{session_id}/runs/{made['number']}")
    assert run["output"] == RUN["output"]
    await peer.ws.close()


async def test_a_viewer_shows_no_run_and_a_stranger_sees_none(ada: Person, ben: Person) -> None:
    session_id = await ada.new_session(text="x")
    async with ben.ask("GET", f"/sessions/{session_id}/runs") as response:
        assert await problem(response) == (404, "no_such_session")
    await ben.becomes(session_id, "viewer")
    assert await refusal(ben, session_id) == (403, "forbidden")
    assert await ben.get(f"/sessions/{session_id}/runs") == {"items": []}
    async with ben.ask("GET", f"/sessions/{session_id}/runs/1") as response:
        assert await problem(response) == (404, "no_such_run")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"revision": 2}, (404, "no_such_revision")),
        ({"revision": -1}, (422, "invalid_body")),
        ({"how": "vanished"}, (422, "invalid_body")),
        ({"exit": 256}, (422, "invalid_body")),
        ({"milliseconds": -1}, (422, "invalid_body")),
        ({"output": [{"stream": "stdin", "text": ""}]}, (422, "invalid_body")),
        ({"secret": 1}, (422, "invalid_body")),
    ],
    ids=str,
)
async def test_a_run_that_cannot_have_been_is_refused(
    ada: Person, changes: dict[str, object], expected: tuple[int, str]
) -> None:
    session_id = await ada.new_session(text="x")
    assert await refusal(ada, session_id, **changes) == expected


async def test_of_long_input_and_output_the_first_bytes_are_kept_in_whole_characters(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(run_bytes=10)
    ada = await person(server, http, "ada")
    session_id = await ada.new_session(text="x")
    output = [{"stream": "stdout", "text": t} for t in ("", "ä" * 4, "🙂🙂", "z")]
    await ada.do(
        "POST", f"/sessions/{session_id}/runs", **RUN | {"input": "é" * 9, "output": output}
    )
    run = await ada.get(f"/sessions/{session_id}/runs/1")
    assert (run["input"], run["cut"]) == ("é" * 5, True)
    # What is left of the room takes no half of a character, but a whole smaller one.
    assert [piece["text"] for piece in run["output"]] == ["ä" * 4, "z"]


async def test_an_exit_code_is_kept_only_of_what_ended_by_itself(ada: Person) -> None:
    session_id = await ada.new_session(text="x")
    made = await ada.do("POST", f"/sessions/{session_id}/runs", **RUN | {"how": "stopped"})
    assert (made["how"], made["exit"]) == ("stopped", None)


async def test_an_owner_switches_runs_off_for_all_and_on_again(
    ada: Person, ben: Person, http: ClientSession
) -> None:
    session_id = await ada.new_session(text="x")
    peer = await Peer.enter(http, await ben.becomes(session_id, "editor"))
    async with ben.ask("PATCH", f"/sessions/{session_id}", json={"run": False}) as response:
        assert await problem(response) == (403, "forbidden")
    changed = await ada.do("PATCH", f"/sessions/{session_id}", run=False)
    assert changed["run"] is False
    assert await heard(peer, "run") == {"type": "session", "run": False}
    assert await refusal(ada, session_id) == (403, "run_off")
    await ada.do("PATCH", f"/sessions/{session_id}", run=True)
    assert await heard(peer, "run") == {"type": "session", "run": True}
    await ada.do("POST", f"/sessions/{session_id}/runs", **RUN)
    await peer.ws.close()


async def test_a_server_can_be_set_to_have_no_code_run(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(run=False)
    ada = await person(server, http, "ada")
    session_id = await ada.new_session(text="x")
    way = await ada.becomes(session_id, "owner")
    peer = await Peer.dial(http, way)
    await peer.say(peer.hello(way))
    assert (await peer.hear())["limits"]["run"] is False
    assert await refusal(ada, session_id) == (403, "run_off")
    await peer.ws.close()


async def test_nobody_floods_the_others_with_runs(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(shared_runs_per_caller=2)
    ada = await person(server, http, "ada")
    session_id = await ada.new_session(text="x")
    for _ in range(2):
        await ada.do("POST", f"/sessions/{session_id}/runs", **RUN)
    async with ada.ask("POST", f"/sessions/{session_id}/runs", json=RUN) as response:
        assert await problem(response) == (429, "too_many_requests")
        assert int(response.headers["Retry-After"]) > 0


async def test_a_guest_shows_runs_as_a_member_does(
    ada: Person, server: Server, http: ClientSession
) -> None:
    session_id = await ada.new_session(text="x", visibility="link")
    link = (await ada.do("POST", f"/sessions/{session_id}/links", role="editor"))["link"]
    async with http.post(f"{server.url}/api/v1/join/{link}", json={"name": "Gus"}) as response:
        joined = await response.json()
    gus = Room(server.url, session_id, link, joined["token"], joined["participant"]["id"])
    url = f"{server.url}/api/v1/sessions/{session_id}/runs"
    async with http.post(url, json=RUN, headers=bearing(gus.token)) as response:
        assert response.status == 201
        assert (await response.json())["participant"]["name"] == "Gus"

"""The connections of a login end with it, on every node: at once, or at the next poll."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from ot_protocol import CloseCode
from tests.server.props.accounts import (
    PASSWORD,
    Account,
    change_password,
    log_in,
    log_out,
    refresh,
    register,
)
from tests.server.props.nodes import World
from tests.server.props.peer import Closed, Peer, Room
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time
from tests.servers import StartServer

API = "/api/v1"


async def new_session(http: ClientSession, account: Account) -> Room:
    """Make a session; return its owner's way in."""
    async with http.post(
        f"{account.url}{API}/sessions", json={}, headers=account.headers
    ) as response:
        assert response.status == 201
        session_id = (await response.json())["id"]
    return Room(account.url, session_id, "", account.token, "")


def by(account: Account, room: Room) -> Room:
    """Return the same session, by another login."""
    return Room(account.url, room.session_id, "", account.token, "")


@pytest.mark.parametrize("node", ["the same", "another"])
@pytest.mark.parametrize("end", ["logout", "password", "deletion"])
async def test_the_connections_of_a_login_are_closed_with_it(
    start_server: StartServer, http: ClientSession, end: str, node: str
) -> None:
    poll = 60 if node == "the same" else 0.05  # on the same node nothing is waited for
    server = await start_server(poll_seconds=poll)
    other = server if node == "the same" else await start_server(poll_seconds=poll)
    ada = await register(http, server.url, "ada")
    elsewhere = await log_in(http, other.url, "ada")
    room = await new_session(http, ada)
    closing = ada if end == "logout" else elsewhere
    peer = await Peer.enter(http, Room(other.url, room.session_id, "", closing.token, ""))
    staying = await Peer.enter(http, by(elsewhere if end == "logout" else ada, room))

    if end == "logout":
        await log_out(http, ada)
    elif end == "password":
        assert (await change_password(http, ada))[0] == 200
    else:
        body = {"password": PASSWORD, "delete_sessions": True}
        url = f"{server.url}{API}/auth/me"
        async with http.delete(url, json=body, headers=ada.headers) as response:
            assert response.status == 200

    _, code = await peer.closed()
    if end == "deletion":
        assert code in (CloseCode.NOT_AUTHENTICATED, CloseCode.NO_SUCH_SESSION)
        assert (await staying.closed())[1] in (
            CloseCode.NOT_AUTHENTICATED,
            CloseCode.NO_SUCH_SESSION,
        )
    else:
        assert code == CloseCode.NOT_AUTHENTICATED
        await staying.type("I am still here")
    with pytest.raises(Closed):
        await _come_back(http, Room(other.url, room.session_id, "", closing.token, ""))


async def _come_back(http: ClientSession, room: Room) -> None:
    peer = await Peer.dial(http, room)
    await peer.say(peer.hello(room))
    await peer.hear()


async def test_a_session_that_goes_with_an_account_is_closed_for_all(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(poll_seconds=60)
    ada, ben = await register(http, server.url, "ada"), await register(http, server.url, "ben")
    room = await new_session(http, ada)
    async with http.post(
        f"{server.url}{API}/sessions/{room.session_id}/invites",
        json={"user": "ben"},
        headers=ada.headers,
    ) as response:
        assert response.status == 201
    peer = await Peer.enter(http, by(ben, room))

    async with http.delete(
        f"{server.url}{API}/auth/me",
        json={"password": PASSWORD, "delete_sessions": True},
        headers=ada.headers,
    ) as response:
        assert response.status == 200

    assert (await peer.closed())[1] == CloseCode.NO_SUCH_SESSION


async def test_a_replayed_refresh_token_closes_the_connections_too(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(poll_seconds=0.05, refresh_grace_seconds=1e-9)
    ada = await register(http, server.url, "ada")
    peer = await Peer.enter(http, await new_session(http, ada))
    await refresh(http, ada)

    assert await refresh(http, ada) is None

    assert (await peer.closed())[1] == CloseCode.NOT_AUTHENTICATED


async def test_a_connection_goes_on_by_the_login_of_its_newest_token(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(poll_seconds=60)
    ada, again = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")
    room = await new_session(http, ada)
    moving, staying = await Peer.enter(http, room), await Peer.enter(http, room)
    await moving.say({"type": "auth", "token": again.token})
    await moving.hear_of("session")  # its token was taken

    await log_out(http, ada)
    assert (await staying.closed())[1] == CloseCode.NOT_AUTHENTICATED
    await moving.type("I am still here")
    await log_out(http, again)
    assert (await moving.closed())[1] == CloseCode.NOT_AUTHENTICATED


@in_virtual_time
async def test_all_connections_of_a_node_are_asked_about_in_one_query() -> None:
    world = World("hello", poll_seconds=1)
    hub = world.node()
    ada, ben, guest = await world.peers(hub, 3)
    actor = await hub.actor(SESSION)
    for peer, login_id in ((ada, "a"), (ben, "b")):
        actor.connections[peer.client_id].take_login(login_id)
    world.memory.logins = {"a", "b"}

    await asyncio.sleep(10.5)
    assert world.store.calls["living_logins"] == 10
    assert [peer.closed for peer in (ada, ben, guest)] == [None] * 3

    world.memory.logins = {"b"}
    asked = asyncio.get_running_loop().time()
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.NOT_AUTHENTICATED
    assert asyncio.get_running_loop().time() - asked <= 2
    await asyncio.sleep(5)
    assert [peer.closed for peer in (ben, guest)] == [None] * 2


@in_virtual_time
async def test_who_signs_in_again_while_the_store_is_asked_stays() -> None:
    world = World("hello", poll_seconds=1)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    connection = (await hub.actor(SESSION)).connections[ada.client_id]
    connection.take_login("a")
    answer = world.store.hold("living_logins")

    await asyncio.sleep(1.5)
    world.memory.logins = {"b"}
    connection.take_login("b")  # an `auth` with a fresh token
    answer.set()
    await asyncio.sleep(5)

    assert ada.closed is None


@in_virtual_time
async def test_where_nobody_is_signed_in_nothing_is_asked() -> None:
    world = World("hello", poll_seconds=1)
    await world.peers(world.node(), 2)

    await asyncio.sleep(10)

    assert world.store.calls["living_logins"] == 0


@in_virtual_time
async def test_a_login_that_ends_here_is_not_waited_for() -> None:
    world = World("hello", poll_seconds=60)
    hub = world.node()
    (ada,) = await world.peers(hub, 1)
    (await hub.actor(SESSION)).connections[ada.client_id].take_login("a")

    hub.mark_logins_stale()
    began = asyncio.get_running_loop().time()
    await ada.until(lambda: ada.closed is not None)

    assert ada.closed == CloseCode.NOT_AUTHENTICATED
    assert asyncio.get_running_loop().time() - began < 0.1

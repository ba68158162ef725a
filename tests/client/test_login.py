"""Signing in, and the tokens of a login, with the real server."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from ot_client import NotAuthenticated, SessionClosed, connect, create_room, join, sign_in
from ot_client.login import FRESH
from tests.servers import Server, StartServer

PASSWORD = "a tulip for the ferry"


async def made(server: Server) -> str:
    """Make an account, and return the address of a session of its own."""
    account = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    async with ClientSession(f"{server.url}/api/v1/") as http:
        async with http.post("auth/register", json=account) as response:
            token = (await response.json())["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        async with http.post("sessions", json={}, headers=bearer) as response:
            return f"{server.url}/s/{(await response.json())['id']}"


@pytest.mark.parametrize("name", ["ada", "ada@example.org"])
async def test_who_has_signed_in_types_as_that_user(server: Server, name: str) -> None:
    address = await made(server)
    login = await sign_in(f"{server.url}/", name, PASSWORD)
    assert (login.user.username, login.server) == ("ada", server.url)
    async with connect(address, login.token) as session:
        session.insert(0, "mine")
        me = session.participants[session.participant]
        assert (me.name, me.kind, session.role) == ("ada", "user", "owner")


async def test_who_has_signed_in_comes_by_a_link_as_that_user(server: Server) -> None:
    await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    room = await create_room(server.url)
    joined = await join(room.link, token=await login.token())
    assert (joined.participant.name, joined.token) == ("ada", await login.token())
    async with connect(room.link, login.token) as session:
        assert session.participant == joined.participant.id


async def test_a_wrong_password_is_said_to_be_wrong(server: Server) -> None:
    await made(server)
    with pytest.raises(NotAuthenticated, match="name or password is wrong"):
        await sign_in(server.url, "ada", "a tulip for the miller")


async def test_a_token_is_kept_as_long_as_it_is_fresh(server: Server) -> None:
    await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    pair = login._pair
    await login.token()
    assert login._pair is pair


async def test_those_who_ask_at_one_time_get_one_token(start_server: StartServer) -> None:
    # A refresh token that came twice would end the login.
    server = await start_server(access_token_seconds=FRESH, refresh_grace_seconds=0)
    address = await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    for _ in range(2):
        asking = [asyncio.ensure_future(login.token()) for _ in range(5)]
        await asyncio.sleep(0)
        asking[0].cancel()
        [cancelled, *tokens] = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(cancelled, asyncio.CancelledError)
        assert len(set(tokens)) == 1
    async with connect(address, login.token):
        pass


async def test_a_token_is_got_although_its_only_asker_has_gone(start_server: StartServer) -> None:
    server = await start_server(access_token_seconds=FRESH, refresh_grace_seconds=0)
    await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    asking = asyncio.ensure_future(login.token())
    await asyncio.sleep(0)
    asking.cancel()
    assert await login.token()
    assert await login.token()


async def test_after_signing_out_there_are_no_tokens_and_no_connections(
    start_server: StartServer,
) -> None:
    server = await start_server(access_token_seconds=FRESH)
    address = await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    kept = await login.token()
    await login.sign_out()
    with pytest.raises(NotAuthenticated):
        await login.token()
    with pytest.raises(SessionClosed):
        async with connect(address, kept):
            pass


async def test_a_session_is_over_when_its_user_signs_out(start_server: StartServer) -> None:
    server = await start_server(access_token_seconds=FRESH)
    address = await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    async with connect(address, login.token) as session:
        events = session.events()
        await login.sign_out()
        async for _ in events:
            pass
        with pytest.raises(SessionClosed, match="4401"):
            await session.synchronized()


async def test_no_token_is_shown_to_those_who_debug(server: Server) -> None:
    await made(server)
    login = await sign_in(server.url, "ada", PASSWORD)
    room = await create_room(server.url, name="Ada")
    joined = await join(room.link, "Grace")
    for one, token in [(login, await login.token()), (room, room.token), (joined, joined.token)]:
        assert token not in repr(one)
    assert login._pair.refresh_token not in repr(login)
    assert repr(login) == f"<Login 'ada' at {server.url}>"
    assert room.address in repr(room)

"""Tokens that end while a session is open: another is sent in time, and nobody notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

import pytest
from aiohttp import ClientSession

from ot_client import Complaint, Event, Session, State, Unavailable, connect
from ot_client.renewal import RENEW_AFTER, RENEW_BEFORE
from ot_client.socket import Token
from ot_core import Document
from ot_protocol.messages import Auth, SessionChanged
from tests.client.fake_server import FakeServer
from tests.client.network import FastClock, Network
from tests.client.states import turns
from tests.patience import PATIENCE
from tests.servers import StartServer

API: Final = "/api/v1"


class Tokens:
    """Tokens in a row, each given once; a client that asks for more waits for ever."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers: Iterator[str | Exception] = iter(answers)
        self.asked_at: list[float] = []
        self._used_up = asyncio.Event()
        self._left = len(answers)

    async def __call__(self) -> str:
        self.asked_at.append(FastClock().time())
        self._left -= 1
        if self._left == 0:
            self._used_up.set()
        answer = next(self._answers, None)
        if answer is None:
            await asyncio.Event().wait()
            raise AssertionError
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def used_up(self) -> None:
        """Wait until the last one has been asked for."""
        async with asyncio.timeout(PATIENCE):
            await self._used_up.wait()


def network_whose_tokens_last(seconds: float) -> Network:
    """Seconds of this machine's date."""

    def expires() -> str:
        return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()

    return Network(FakeServer(Random(0), Document(""), expires=expires))


def tokens_heard(network: Network) -> list[str]:
    """Return the tokens that came after the first on the only connection there was."""
    assert network.dialled == 1
    [peer] = network.server.peers
    return [message.token for message in peer.heard if isinstance(message, Auth)]


def opened(network: Network, token: Token) -> AbstractAsyncContextManager[Session]:
    return connect("http://nowhere/s/s", token, dial=network.dial, clock=network.clock)


async def test_a_token_is_replaced_before_it_ends_on_the_open_connection() -> None:
    network, tokens = network_whose_tokens_last(60.0 + 30), Tokens("old", "fresh")
    async with opened(network, tokens) as session:
        await tokens.used_up()
        session.insert(0, "x")
        await session.synchronized()
        assert tokens_heard(network) == ["fresh"]
    first, second = tokens.asked_at
    assert 25 < second - first < 60


async def test_a_machine_whose_date_is_wrong_does_not_ask_for_tokens_all_the_time() -> None:
    network, tokens = network_whose_tokens_last(-3600), Tokens("a", "b", "c")
    async with opened(network, tokens) as session:
        await tokens.used_up()
        session.insert(0, "x")
        await session.synchronized()
        assert tokens_heard(network) == ["b", "c"]
    for before, after in pairwise(tokens.asked_at):
        assert after - before >= RENEW_AFTER


async def test_a_token_that_can_not_be_had_for_now_is_asked_for_again_before_the_end() -> None:
    network = network_whose_tokens_last(60.0)
    tokens = Tokens("old", ConnectionRefusedError(), Unavailable(503, ""), "fresh")
    async with asyncio.timeout(PATIENCE), opened(network, tokens) as session:
        await tokens.used_up()
        session.insert(0, "x")
        await session.synchronized()
        assert tokens_heard(network) == ["fresh"]


async def test_a_token_that_is_just_a_word_is_used_as_long_as_it_is_good() -> None:
    network = network_whose_tokens_last(0)
    async with opened(network, "token") as session:
        session.insert(0, "x")
        await session.synchronized()
        assert tokens_heard(network) == []


async def test_what_fetches_tokens_and_is_wrong_itself_is_heard_of_while_the_session_is_open() -> (
    None
):
    async def visit() -> None:
        async with opened(network_whose_tokens_last(0), Tokens("old", ZeroDivisionError())) as one:
            async for _ in one.events():
                pass

    with pytest.raises(ZeroDivisionError):
        await visit()


async def test_a_moment_that_is_none_is_answered_by_a_new_connection() -> None:
    network, tokens = network_whose_tokens_last(600), Tokens("a", "b")
    async with opened(network, tokens) as session:
        events = session.events()
        network.server.tell(SessionChanged(expires="tomorrow"))
        await tokens.used_up()
        await until(events, State.SAVED)
        assert network.dialled == 2


async def test_a_real_server_takes_one_token_after_the_other(start_server: StartServer) -> None:
    server = await start_server(access_token_seconds=RENEW_BEFORE)
    account = {"username": "ada", "email": "ada@example.org", "password": "a tulip for the ferry"}
    async with ClientSession(f"{server.url}{API}/") as http:
        async with http.post("auth/register", json=account) as response:
            pair = await response.json()
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        async with http.post("sessions", json={}, headers=bearer) as response:
            session_id = (await response.json())["id"]
        fetched = asyncio.Queue[str]()

        async def token() -> str:
            nonlocal pair
            async with http.post(
                "auth/refresh", json={"refresh_token": pair["refresh_token"]}
            ) as response:
                pair = await response.json()
            fetched.put_nowait(pair["refresh_token"])
            return str(pair["access_token"])

        happened: list[Event] = []
        # Not too fast: who hears nothing for half a minute takes the server for dead.
        clock = FastClock(speed=20)
        async with connect(f"{server.url}/s/{session_id}", token, clock=clock) as session:
            session.listen(happened.append)
            async with asyncio.timeout(PATIENCE):
                taken = [await fetched.get() for _ in range(4)]
            session.insert(0, "still here")
            await session.synchronized()
            assert len(set(taken)) == len(taken)
            assert not any(isinstance(event, Complaint) for event in happened)
            assert not any(turns(event, State.OFFLINE) for event in happened)


async def until(events: AsyncIterator[Event], wanted: State) -> None:
    """Wait until a session comes into a state."""
    async with asyncio.timeout(PATIENCE):
        async for event in events:
            if turns(event, wanted):
                return

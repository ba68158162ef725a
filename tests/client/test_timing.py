"""When a client comes back, and how often it speaks: on a clock that stands or flies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from ot_client import Session, State, connect
from ot_client.timing import Backoff
from ot_protocol.messages import Error
from tests.client.fake_server import FakeServer
from tests.client.network import FastClock, Network
from tests.client.states import turns
from tests.patience import PATIENCE


class Waits:
    """A jitter that draws the shortest wait, and keeps how long it might have been."""

    def __init__(self) -> None:
        self.bounds: list[tuple[float, float]] = []

    def __call__(self, least: float, most: float) -> float:
        self.bounds.append((least, most))
        return least


async def offline(session: Session, network: Network, code: int = 1006) -> None:
    """Break the connection, and return when the session has noticed."""
    events = session.events()
    network.server.drop_all(code)
    async for event in events:
        if turns(event, State.OFFLINE):
            return


def test_waits_are_drawn_below_a_bound_that_doubles_up_to_ten_seconds() -> None:
    waits = Waits()
    backoff = Backoff(waits)
    for _ in range(7):
        assert backoff.next() == 0.2
    assert waits.bounds == [(0.2, most) for most in (0.4, 0.8, 1.6, 3.2, 6.4, 10, 10)]
    backoff.reset()
    backoff.next()
    backoff.lengthen()
    backoff.next()
    assert waits.bounds[7:] == [(0.2, 0.4), (0.2, 10)]


async def test_waits_grow_until_a_connection_has_held_for_a_while() -> None:
    network, clock, waits = Network(), FastClock(), Waits()
    async with connect(
        "http://nowhere/s/s", dial=network.dial, clock=clock, jitter=waits
    ) as session:
        for _ in range(2):
            await offline(session, network)
            session.insert(0, "x")
            await session.synchronized()
        assert [most for _, most in waits.bounds] == [0.4, 0.8]
        held = asyncio.Event()
        clock.call_at(clock.time() + 11, held.set)
        await held.wait()
        await offline(session, network)
        session.insert(0, "x")
        await session.synchronized()
        assert waits.bounds[-1] == (0.2, 0.4)


async def test_who_was_too_fast_may_stay_away_for_long() -> None:
    network, waits = Network(), Waits()
    async with connect(
        "http://nowhere/s/s", dial=network.dial, clock=FastClock(), jitter=waits
    ) as session:
        await offline(session, network, 4429)
        session.insert(0, "x")
        await session.synchronized()
    assert waits.bounds == [(0.2, 10)]


class Call(NamedTuple):
    """A call that a clock was asked for."""

    when: float
    callback: Callable[[], None]
    calls: list[Call]

    def cancel(self) -> None:
        self.calls.remove(self)


class StillClock:
    """A clock that stands at zero, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._asked = asyncio.Event()

    def time(self) -> float:
        return 0.0

    def call_at(self, when: float, callback: Callable[[], None], /) -> Call:
        self.calls.append(call := Call(when, callback, self.calls))
        self._asked.set()
        return call

    async def asked_for(self, *times: float) -> None:
        """Wait until these are the times at which calls are to come."""
        async with asyncio.timeout(PATIENCE):
            while tuple(call.when for call in self.calls) != times:
                self._asked.clear()
                await self._asked.wait()


async def test_a_deadline_that_comes_nearer_is_not_slept_through() -> None:
    clock, network = StillClock(), Network(FakeServer(Random(0), pushes=False))
    async with connect("http://nowhere/s/s", dial=network.dial, clock=clock, jitter=min) as session:
        session.insert(0, "x")
        await clock.asked_for(5.0)
        network.server.tell(Error("unavailable", "not now", seq=1))
        await clock.asked_for(0.2)
        network.server.push()
        await session.synchronized()

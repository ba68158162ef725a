"""What the simulation relies on: time jumps, and a process stops at any await."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.props.virtual_time import in_virtual_time
from tests.simulation.loop import Process, Stuck


class Ticker:
    """Notes the time every second, and says goodbye."""

    def __init__(self) -> None:
        self.ticks: list[int] = []
        self.said_goodbye = False

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(1)
                self.ticks.append(round(asyncio.get_running_loop().time()))
        finally:
            self.said_goodbye = True


@in_virtual_time
async def test_a_stopped_process_does_nothing_until_it_goes_on() -> None:
    ticker, process = Ticker(), Process()
    process.start(ticker.run())
    await asyncio.sleep(2.5)

    process.pause()
    await asyncio.sleep(5)
    process.go_on()
    await asyncio.sleep(2)

    assert ticker.ticks == [1, 2, 8, 9], "what was due meanwhile is done late, and once"


@in_virtual_time
async def test_what_a_process_starts_stops_with_it() -> None:
    ticker, process = Ticker(), Process()
    started: list[asyncio.Task[None]] = []

    async def begin() -> None:
        started.append(asyncio.create_task(ticker.run()))

    process.start(begin())
    await asyncio.sleep(1.5)

    process.kill()
    await asyncio.sleep(5)

    assert ticker.ticks == [1]
    assert not ticker.said_goodbye, "a process that is killed cleans nothing up"


def test_a_test_that_would_wait_for_ever_fails_at_once() -> None:
    @in_virtual_time
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck):
        wait()


def test_a_task_that_dies_unnoticed_is_noticed() -> None:
    @in_virtual_time
    async def die() -> None:
        async def fail() -> None:
            raise ValueError

        dying = asyncio.create_task(fail())
        await asyncio.sleep(1)
        assert dying.done()

    with pytest.raises(AssertionError, match="unheard"):
        die()

"""What waiting and leaving promise: all is committed, or what is not is told once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from ot_client import Connecting, Refused, Session, SessionClosed, State, Transport, connect
from ot_core import Document, Operation
from ot_protocol.messages import Error, RejectCode
from tests.client.fake_server import LIMITS, FakeServer
from tests.client.network import Network
from tests.client.states import state, told
from tests.patience import PATIENCE, within

NOWHERE = "http://nowhere/s/s"


def opened(network: Network, patience: float = PATIENCE) -> Connecting:
    return connect(NOWHERE, dial=network.dial, clock=network.clock, within=patience)


def network_with(text: str, **server: int) -> Network:
    limits = structs.replace(LIMITS, **server)
    return Network(FakeServer(Random(0), Document(text), limits=limits))


def inserts(operation: Operation) -> str:
    return "".join(part for part in operation.components if isinstance(part, str))


def takes_one(network: Network) -> None:
    """Let the server take one edit, and no other one until it is available again."""

    def take(_: Operation) -> RejectCode | None:
        network.server.is_available = False
        return None

    network.server.refuses = take


def refuses(network: Network, *words: str) -> None:
    """Let the server refuse what inserts one of these words."""
    network.server.refuses = lambda operation: (
        "invalid_operation" if any(word in inserts(operation) for word in words) else None
    )


# --- synchronized -----------------------------------------------------------------------


async def test_what_is_typed_later_keeps_nobody_waiting() -> None:
    network = network_with("")
    async with opened(network) as session:
        takes_one(network)
        session.insert(0, "a")
        waiting = asyncio.ensure_future(session.synchronized())
        await asyncio.sleep(0)
        session.insert(1, "b")
        await within(waiting)
        assert network.server.document.text == "a"
        assert session.text == "ab"
        assert told(session) is State.SAVING
        network.server.is_available = True


async def test_somebody_who_types_on_and_on_waits_for_no_quiet_moment() -> None:
    network = network_with("")
    async with opened(network) as session:
        # With each answer something else is typed: there is always something unsaved.
        session.listen(lambda _: session.insert(session.length, ".") if typing else None)
        typing = True
        session.insert(0, "a")
        await within(session.synchronized())
        assert network.server.document.text.startswith("a")
        typing = False


async def test_what_goes_in_parts_is_waited_for_to_the_last() -> None:
    network = network_with("-" * 50, components=5)
    async with opened(network) as session:
        indent = Operation([part for _ in range(50) for part in ("  ", 1)])
        session.edit(indent)
        await session.synchronized()
        assert network.server.document.text == "  -" * 50
        assert len(network.server.log) > 10


async def test_what_is_unsaved_from_an_earlier_visit_is_waited_for(tmp_path: Path) -> None:
    network, file = network_with(""), tmp_path / "unsaved"
    network.server.is_available = False
    session = await connect(NOWHERE, dial=network.dial, clock=network.clock, storage=file)
    session.insert(0, "a")
    session.insert(1, "b")
    assert await session.close() == ()
    network.server.is_available = True
    async with connect(NOWHERE, dial=network.dial, clock=network.clock, storage=file) as session:
        await session.synchronized()
        assert network.server.document.text == "ab"


async def test_nothing_to_save_is_saved_without_a_connection_too() -> None:
    network = network_with("")
    async with opened(network) as session:
        network.down = 1006
        network.server.drop_all()
        await state(session, State.OFFLINE)
        await within(session.synchronized())


async def test_one_refusal_leaves_the_rest_to_be_committed_and_is_told_when_it_is() -> None:
    network = network_with("")
    refuses(network, "bad")
    async with opened(network) as session:
        session.insert(0, "bad")
        session.insert(0, "good")
        with pytest.raises(Refused) as refused:
            await session.synchronized()
        assert [one.text for one in refused.value.unsaved] == ["bad"]
        assert network.server.document.text == session.text == "good"
        assert session.unsaved == refused.value.unsaved
        await session.synchronized()


async def test_all_who_wait_for_what_is_refused_are_told() -> None:
    network = network_with("")
    refuses(network, "bad")
    async with opened(network) as session:
        session.insert(0, "bad")
        first = asyncio.ensure_future(session.synchronized())
        await asyncio.sleep(0)
        session.insert(0, "good")
        second = asyncio.ensure_future(session.synchronized())
        for waiting in (first, second):
            with pytest.raises(Refused, match="invalid_operation"):
                await within(waiting)
        await session.synchronized()


async def test_what_was_refused_before_the_call_is_told_by_it_once() -> None:
    network = network_with("")
    refuses(network, "bad")
    async with opened(network) as session:
        session.insert(0, "bad")
        await state(session, State.REFUSED)
        with pytest.raises(Refused):
            await session.synchronized()
        await session.synchronized()
        assert told(session) is State.REFUSED
        session.dismiss(session.unsaved[0].id)
        assert told(session) is State.SAVED


async def test_what_is_dismissed_is_told_to_nobody() -> None:
    network = network_with("")
    refuses(network, "bad")
    async with opened(network) as session:
        session.insert(0, "bad")
        await state(session, State.REFUSED)
        session.dismiss(session.unsaved[0].id)
        await session.synchronized()


async def test_a_wait_that_is_cancelled_takes_no_news_from_the_next() -> None:
    network = network_with("")
    refuses(network, "bad")
    async with opened(network) as session:
        session.insert(0, "bad")
        waiting = asyncio.ensure_future(session.synchronized())
        await asyncio.sleep(0)
        waiting.cancel()
        await state(session, State.REFUSED)
        with pytest.raises(Refused):
            await session.synchronized()


async def test_those_who_wait_are_told_of_the_end_unless_all_is_committed() -> None:
    network = network_with("")
    with suppress(Refused):
        async with opened(network) as session:
            takes_one(network)
            session.insert(0, "a")
            first = asyncio.ensure_future(session.synchronized())
            await asyncio.sleep(0)
            session.insert(0, "b")
            second = asyncio.ensure_future(session.synchronized())
            await within(first)
            network.server.tell(Error("protocol", "enough", fatal=True))
            with pytest.raises(SessionClosed, match="enough"):
                await within(second)


# --- close ------------------------------------------------------------------------------


async def test_closing_waits_until_all_is_committed() -> None:
    network = network_with("")
    session = await opened(network)
    session.insert(0, "a")
    session.insert(1, "b")
    assert await session.close(wait=PATIENCE) == ()
    assert network.server.document.text == "ab"
    assert told(session) is State.CLOSED
    assert await session.close(wait=PATIENCE) == ()


@pytest.mark.parametrize("patience", [0, 0.05])
async def test_closing_tells_what_is_not_committed_when_the_time_is_over(patience: float) -> None:
    network = network_with("")
    session = await opened(network)
    network.server.is_available = False
    session.insert(0, "a")
    session.insert(1, "b")
    [unsaved] = await session.close(wait=patience)
    assert (unsaved.text, unsaved.reason) == ("ab", "left")
    assert session.unsaved == (unsaved,)
    assert (session.text, network.server.document.text) == ("", "")


async def test_closing_tells_what_was_refused_and_not_told() -> None:
    network = network_with("")
    refuses(network, "bad", "worse")
    session = await opened(network)
    session.insert(0, "bad")
    with pytest.raises(Refused):
        await session.synchronized()
    session.insert(0, "worse")
    assert [one.text for one in await session.close(wait=PATIENCE)] == ["worse"]


async def test_closing_leaves_in_the_storage_what_is_not_committed(tmp_path: Path) -> None:
    network, file = network_with(""), tmp_path / "unsaved"
    session = await connect(NOWHERE, dial=network.dial, clock=network.clock, storage=file)
    network.server.is_available = False
    session.insert(0, "a")
    assert await session.close() == ()
    assert not session.status.is_synchronized
    network.server.is_available = True
    async with connect(NOWHERE, dial=network.dial, clock=network.clock, storage=file):
        pass
    assert network.server.document.text == "a"


async def test_closing_that_is_cancelled_closes_at_once() -> None:
    network = network_with("")
    session = await opened(network)
    network.server.is_available = False
    session.insert(0, "a")
    closing = asyncio.ensure_future(session.close(wait=3600))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await within(closing)
    assert told(session) is State.CLOSED
    assert [one.text for one in session.unsaved] == ["a"]
    assert network.server.peers == []


async def test_two_may_close_at_one_time() -> None:
    network = network_with("")
    session = await opened(network)
    session.insert(0, "a")
    await within(asyncio.gather(session.close(), session.close(wait=PATIENCE)))
    assert network.server.peers == []


# --- the block --------------------------------------------------------------------------


async def fail_in_block(network: Network, patience: float) -> None:
    async with opened(network, patience) as session:
        session.insert(0, "typed")
        raise ZeroDivisionError


async def test_a_block_that_fails_is_left_once_all_is_committed() -> None:
    network = network_with("")
    with pytest.raises(ZeroDivisionError) as failed:
        await fail_in_block(network, PATIENCE)
    assert network.server.document.text == "typed"
    assert not hasattr(failed.value, "__notes__")


async def test_a_block_that_fails_says_what_is_not_saved() -> None:
    network = network_with("")
    network.server.is_available = False
    with pytest.raises(ZeroDivisionError) as failed:
        await fail_in_block(network, 0.05)
    assert failed.value.__notes__ == ["not saved: left"]


async def test_a_block_that_is_cancelled_is_left_at_once() -> None:
    network, typed = network_with(""), asyncio.Event()
    sessions: list[Session] = []

    async def visit() -> None:
        async with opened(network, 3600) as session:
            sessions.append(session)
            network.server.is_available = False
            session.insert(0, "typed")
            typed.set()
            await asyncio.Event().wait()

    visiting = asyncio.ensure_future(visit())
    await typed.wait()
    visiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await within(visiting)
    assert [one.text for one in sessions[0].unsaved] == ["typed"]


async def test_coming_in_that_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    network, dialled = Network(answers=False), asyncio.Event()

    async def dial() -> Transport:
        dialled.set()
        return await network.dial()

    coming = asyncio.ensure_future(connect(NOWHERE, dial=dial, storage=tmp_path / "unsaved"))
    await dialled.wait()
    coming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await within(coming)
    network.answers = True
    async with connect(NOWHERE, dial=network.dial, storage=tmp_path / "unsaved"):
        assert len(network.server.peers) == 1

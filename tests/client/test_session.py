"""What a user of `connect` can rely on, on a network that breaks when it is told to."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from aiohttp import ClientError as HttpError

from ot_client import (
    Changed,
    Connecting,
    Event,
    InvalidAddress,
    NoStorage,
    NotEditable,
    Refused,
    SessionClosed,
    State,
    Status,
    StatusChanged,
    TooLarge,
    Transport,
    Unavailable,
    Unreachable,
    Unsaved,
    connect,
)
from ot_core import Document, InvalidOperation, LengthMismatch, Operation, Selection, TextBuffer
from ot_protocol.messages import Auth, Error, Hello, SessionChanged
from tests.client.fake_server import FakeServer
from tests.client.network import Network
from tests.client.states import state, told, turns
from tests.patience import PATIENCE

NOWHERE = "http://nowhere/s/s"
CLIENT = "00000000-0000-4000-8000-000000000001"


def opened(network: Network, within: float = 5, **options: str) -> Connecting:
    """Open a session over a network of the test's own."""
    return connect(
        NOWHERE,
        "token",
        within=within,
        dial=network.dial,
        clock=network.clock,
        client=options.get("client"),
    )


def network_with(text: str) -> Network:
    return Network(FakeServer(Random(0), Document(text)))


# --- text -------------------------------------------------------------------------------


async def test_edits_show_at_once_and_are_saved_before_the_block_is_left() -> None:
    network = network_with("hello")
    async with opened(network) as session:
        assert told(session) is State.SAVED
        session.insert(5, " there")
        session.replace(0, 1, "J")
        session.delete(1, 2)
        assert session.text == "Jllo there"
        assert session.length == 10
        assert told(session) is State.SAVING
    assert network.server.document.text == "Jllo there"
    assert told(session) is State.CLOSED


async def test_synchronized_means_committed() -> None:
    network = network_with("")
    async with opened(network) as session:
        await session.synchronized()
        session.insert(0, "a")
        session.insert(1, "b")
        await session.synchronized()
        assert network.server.document.text == "ab"
        assert session.revision == 2
        assert told(session) is State.SAVED


async def test_a_thousand_edits_in_a_breath_are_two_operations() -> None:
    network = network_with("")
    async with opened(network) as session:
        for number in range(1000):
            session.insert(number, "x")
        await session.synchronized()
    assert network.server.document.text == "x" * 1000
    assert len(network.server.log) == 2


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (Operation([3, "x"]), LengthMismatch),
        (Operation([2, "x\r\n"]), InvalidOperation),
        (Operation([2, "\0"]), InvalidOperation),
        (Operation([2, "x" * 4095]), TooLarge),
        (Operation([2, "😀" * 1024]), TooLarge),
    ],
)
async def test_an_edit_that_can_not_be_made_raises_before_anything_changes(
    operation: Operation, error: type[Exception]
) -> None:
    network = network_with("hi")
    async with opened(network) as session:
        for _ in range(2):
            happened: list[Event] = []
            session.listen(happened.append)
            before = session.text, session.status, session.revision
            with pytest.raises(error):
                session.edit(operation)
            assert (session.text, session.status, session.revision) == before
            await session.synchronized()
            assert happened == []
            network.down = 1006  # and offline
            network.server.drop_all()
            await state(session, State.OFFLINE)
    assert network.server.document.text == "hi"


async def test_a_place_that_is_not_in_the_text_raises_before_anything_changes() -> None:
    async with opened(network_with("hi")) as session:
        for start, stop in [(3, 3), (-1, 0), (1, 0), (1, 3)]:
            with pytest.raises(InvalidOperation):
                session.replace(start, stop, "x")
        assert (session.text, told(session)) == ("hi", State.SAVED)


async def test_a_viewers_edit_raises_before_anything_changes() -> None:
    network = network_with("hi")
    async with opened(network) as session:
        events = session.events()
        editable = [session.editable]
        network.server.tell(SessionChanged(role="viewer"))
        await anext(events)
        editable.append(session.editable)
        with pytest.raises(NotEditable, match="viewers can't edit"):
            session.insert(0, "x")
        assert (session.text, told(session)) == ("hi", State.SAVED)
        network.server.tell(SessionChanged(role="editor"))
        await anext(events)
        session.insert(0, "x")
    assert [*editable, session.editable] == [True, False, False]


async def test_the_status_is_true_at_once_of_an_edit_also_offline() -> None:
    network = network_with("")
    async with opened(network) as session:
        assert session.status == Status(State.SAVED, None, True, True)
        session.insert(0, "x")
        assert session.status == Status(State.SAVING, None, False)
        await session.synchronized()
        assert session.status == Status(State.SAVED, None, True, True)
        network.down = 1006
        network.server.drop_all()
        await state(session, State.OFFLINE)
        events = session.events()
        session.insert(0, "y")
        session.insert(0, "z")
        assert await anext(events) == StatusChanged(session.status)
        network.down = None


async def test_a_session_is_shown_to_those_who_debug_without_its_token() -> None:
    network = network_with("hi")
    dial, clock = network.dial, network.clock
    async with connect(NOWHERE, "very secret", dial=dial, clock=clock, client=CLIENT) as session:
        assert repr(session) == f"<Session {NOWHERE}: saved at revision 0, 2 code points>"
        shown = f"<Machine {CLIENT}: saved at revision 0, 2 code points>"
        assert repr(session._machine) == shown
        [hello] = network.server.peers[0].heard
        assert isinstance(hello, Hello)
        assert hello.token == "very secret"
        assert "secret" not in repr(hello) + repr(Auth("very secret"))
        assert repr(Auth("very secret")) == "Auth(token=…)"


# --- events -----------------------------------------------------------------------------


async def test_remote_edits_come_one_by_one_with_who_made_them() -> None:
    network = network_with("hi")
    async with opened(network, client=CLIENT) as ada, opened(network) as grace:
        changes = grace.changes()
        ada.insert(2, "!")
        await ada.synchronized()
        ada.insert(0, "oh ")
        await ada.synchronized()
        assert await anext(changes) == Changed(Operation([2, "!"]), "p-00000000")
        assert await anext(changes) == Changed(Operation(["oh ", 3]), "p-00000000")
        assert grace.text == "oh hi!"


async def test_a_copy_kept_up_by_a_listener_equals_the_text_at_every_change() -> None:
    network = network_with("..")
    async with opened(network) as ada, opened(network) as grace:
        copy = TextBuffer(grace.text)
        compared = 0

        def keep(event: object) -> None:
            nonlocal compared
            if isinstance(event, Changed):
                copy.apply(event.operation)
                compared += copy.text == grace.text

        stop = grace.listen(keep)
        for number in range(20):
            ada.insert(1, "a")
            own = Operation.replace(grace.length, number, number, "b")
            grace.edit(own)
            copy.apply(own)
            await ada.synchronized()
            await grace.synchronized()
        assert copy.text == grace.text == ada.text
        assert compared == 20
        stop()
        ada.insert(0, "c")
        await ada.synchronized()
        assert copy.text != network.server.document.text


async def test_events_end_when_the_session_is_over() -> None:
    async with opened(network_with("")) as session:
        events = session.events()
        session.insert(0, "a")
    assert turns([event async for event in events][-1], State.CLOSED)
    assert [event async for event in session.events()] == []


async def test_an_iterator_that_nobody_holds_is_forgotten() -> None:
    async with opened(network_with("")) as session:
        events = session.events()
        assert len(session._emitter._streams) == 1
        del events
        gc.collect()
        assert len(session._emitter._streams) == 0


async def test_others_are_seen_with_their_selections() -> None:
    network = network_with("hi")
    async with opened(network, client=CLIENT) as ada, opened(network) as grace:
        events = grace.events()
        ada.select([Selection(1, 2)], typing=True)
        async for _ in events:
            if grace.presence:
                break
        grace.insert(0, "oh ")
        [[presence]] = grace.presence.values()
        assert presence.selections == (Selection(4, 5),)
        assert presence.typing
        assert ada.participant in grace.participants
        assert grace.info.title == "notes"
        assert grace.role == "editor"
        assert grace.limits.edits_per_second == 30
        assert ada.client_id == CLIENT


# --- bad weather ------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1013, 4429])
async def test_after_a_break_the_session_comes_back_with_all_that_was_typed(code: int) -> None:
    network = network_with("")
    async with opened(network) as session:
        network.down = 1006
        network.server.drop_all(code)
        await state(session, State.OFFLINE)
        session.insert(0, "typed offline")
        assert told(session) is State.OFFLINE
        network.down = None
        await session.synchronized()
        assert told(session) is State.SAVED
    assert network.server.document.text == "typed offline"
    assert network.dialled >= 2


@pytest.mark.parametrize("code", [1002, 1007, 1009, 4400, 4401, 4403, 4404, 4409])
async def test_after_a_final_close_the_session_is_over_and_offers_what_was_typed(
    code: int,
) -> None:
    network = network_with("")

    async def visit() -> None:
        async with opened(network) as session:
            network.server.is_available = False
            session.insert(0, "unsaved")
            network.server.drop_all(code)
            with pytest.raises(SessionClosed) as closed:
                await session.synchronized()
            assert closed.value.code == code
            with pytest.raises(SessionClosed):
                session.insert(0, "more")
            assert session.text == ""

    with pytest.raises(Refused) as refused:
        await visit()
    assert [one.text for one in refused.value.unsaved] == ["unsaved"]
    assert network.dialled == 1


async def test_a_line_that_goes_dead_without_a_word_is_replaced_and_nothing_is_lost() -> None:
    network = network_with("")
    parted = asyncio.Event()

    class Dying:
        """A line of which no close is answered."""

        def __init__(self, line: Transport) -> None:
            self.send, self.receive, self._line = line.send, line.receive, line

        async def close(self) -> None:
            await parted.wait()
            await self._line.close()

    async def dial() -> Transport:
        return Dying(await network.dial())

    def mend(event: Event) -> None:
        network.answers = network.answers or turns(event, State.OFFLINE)

    async with connect(NOWHERE, dial=dial, clock=network.clock) as session:
        session.listen(mend)
        network.answers = False
        session.insert(0, "typed in vain")
        try:
            async with asyncio.timeout(PATIENCE):
                await session.synchronized()
        finally:
            parted.set()
        assert network.dialled == 2
        assert network.server.document.text == "typed in vain"


async def test_a_token_that_has_ended_is_replaced_where_another_can_be_had() -> None:
    network, tokens = network_with(""), iter("ab")

    async def token() -> str:
        return next(tokens)

    dial, clock = network.dial, network.clock
    async with connect(NOWHERE, token, dial=dial, clock=clock) as session:
        network.server.drop_all(4401)
        await state(session, State.OFFLINE)
        session.insert(0, "x")
        await session.synchronized()
    assert next(tokens, None) is None


@pytest.mark.parametrize(
    "failure", [ConnectionRefusedError(), HttpError(), Unavailable(503, ""), TimeoutError()]
)
async def test_a_token_that_can_not_be_fetched_for_now_is_asked_for_again(
    failure: Exception,
) -> None:
    network = network_with("hi")
    answers: Iterator[Exception | str] = iter([failure, failure, "token", failure, "token"])

    async def token() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    dial, clock = network.dial, network.clock
    async with connect(NOWHERE, token, dial=dial, clock=clock) as session:
        assert session.text == "hi"
        network.server.drop_all()
        await state(session, State.OFFLINE)
        session.insert(2, "!")
        await session.synchronized()
    assert next(answers, None) is None
    assert network.dialled == 2


async def test_what_fetches_tokens_and_is_wrong_itself_is_heard_of() -> None:
    async def token() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with connect(NOWHERE, token, dial=Network().dial):
            pass


async def test_who_is_not_let_in_is_told_why() -> None:
    with pytest.raises(SessionClosed, match="4404"):
        async with opened(Network(down=4404)):
            pass


@pytest.mark.parametrize("network", [Network(down=1006), Network(answers=False)])
async def test_a_server_that_never_answers_is_unreachable(network: Network) -> None:
    with pytest.raises(Unreachable):
        async with opened(network, within=0.05):
            pass


@pytest.mark.parametrize(
    "address",
    [
        "rMjSmY7hFX57wSYLAFyFB908",
        "example.org/join/rMjSmY7h",
        "/join/rMjSmY7h",
        "ftp://a/s/b",
        "http:///s/b",
        "http://[a/s/b",
        "http://nowhere/",
        "http://nowhere/join/",
        "http://nowhere/rMjSmY7h",
    ],
)
async def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    with pytest.raises(InvalidAddress, match="is no address: a "):
        async with connect(address, name="Ada", dial=Network().dial):
            pass


async def test_leaving_with_edits_that_cannot_be_saved_offers_them() -> None:
    network = network_with("")

    async def visit() -> None:
        async with opened(network, within=0.05) as session:
            network.server.is_available = False
            session.insert(0, "unsaved")

    with pytest.raises(Refused) as refused:
        await visit()
    assert refused.value.unsaved == (Unsaved("left", "unsaved", Operation(["unsaved"])),)


async def test_what_is_refused_is_raised_to_all_who_wait_and_once() -> None:
    network = network_with("")
    network.server.refuses = lambda _: "forbidden"
    async with opened(network) as session:
        session.insert(0, "x")
        waiting = [asyncio.ensure_future(session.synchronized()) for _ in range(2)]
        for one in waiting:
            with pytest.raises(Refused, match="forbidden"):
                await one
        await session.synchronized()
        assert session.text == ""


async def test_what_is_refused_while_nobody_waits_is_kept_until_it_is_dismissed() -> None:
    network = network_with("")
    network.server.refuses = lambda _: "forbidden"
    async with opened(network) as session:
        session.insert(0, "x")
        await state(session, State.REFUSED)
        [unsaved] = session.unsaved
        assert (unsaved.text, session.status.reason) == ("x", "forbidden")
        session.dismiss(unsaved.id)
        assert told(session) is State.SAVED
        assert session.unsaved == ()


async def test_a_wait_that_is_given_up_does_not_disturb_the_others() -> None:
    network = network_with("")
    network.server.is_available = False
    async with opened(network) as session:
        session.insert(0, "x")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await session.synchronized()
        network.server.is_available = True
        await session.synchronized()


# --- what is kept -----------------------------------------------------------------------


async def test_what_is_typed_offline_is_kept_in_a_file_and_sent_on_the_next_visit(
    tmp_path: Path,
) -> None:
    network, file = network_with("hi"), tmp_path / "unsaved"
    dial, clock = network.dial, network.clock
    async with connect(NOWHERE, dial=dial, clock=clock, storage=file, within=0.05) as session:
        network.down = 1006
        network.server.drop_all()
        await state(session, State.OFFLINE)
        session.insert(2, "!")
        session.insert(3, "😀")
    assert network.server.document.text == "hi"
    network.down = None
    async with connect(NOWHERE, dial=dial, clock=clock, storage=file) as session:
        assert session.text == "hi!😀"
        await session.synchronized()
        assert not file.exists()
    assert network.server.document.text == "hi!😀"


async def test_what_a_program_that_was_killed_has_sent_is_not_sent_twice(tmp_path: Path) -> None:
    network, file = network_with("hi"), tmp_path / "unsaved"
    dial, clock = network.dial, network.clock
    async with connect(NOWHERE, dial=dial, clock=clock, storage=file) as session:
        arrived = asyncio.Event()
        take = network.server.peers[0].take

        def take_and_tell(frame: bytes) -> None:
            arrived.set()
            take(frame)

        network.server.peers[0].take = take_and_tell  # type: ignore[method-assign]
        session.insert(2, "!")
        await arrived.wait()
        left = file.read_text()
        await session.synchronized()
    assert not file.exists()
    file.write_text(left)
    async with connect(NOWHERE, dial=dial, clock=clock, storage=file) as session:
        assert session.text == "hi!"
        session.insert(3, "?")
    assert network.server.document.text == "hi!?"


async def test_a_file_is_one_programs_at_a_time_and_nothing_else_is_written_over(
    tmp_path: Path,
) -> None:
    network, file = network_with("hi"), tmp_path / "unsaved"

    def visit() -> Connecting:
        return connect(NOWHERE, dial=network.dial, clock=network.clock, storage=file)

    async with visit():
        with pytest.raises(NoStorage, match="another program"):
            async with visit():
                pass
    for other in ("notes", "{}", '{"client":"c","record":{"epoch":1}}'):
        file.write_text(other)
        with pytest.raises(NoStorage, match="no record"):
            async with visit():
                pass
        assert file.read_text() == other


async def test_what_a_full_disk_does_not_take_is_offered_on_leaving(tmp_path: Path) -> None:
    network, folder = network_with("hi"), tmp_path / "folder"
    folder.mkdir()

    async def visit() -> None:
        dial, file = network.dial, folder / "unsaved"
        async with connect(NOWHERE, dial=dial, storage=file, within=0.05) as session:
            network.down = 1006
            network.server.drop_all()
            await state(session, State.OFFLINE)
            (folder / "unsaved.new").mkdir()  # as good as a disk that is full
            session.insert(2, "!")

    with pytest.raises(Refused) as refused:
        await visit()
    assert [one.text for one in refused.value.unsaved] == ["!"]
    with pytest.raises(NoStorage):
        async with connect(NOWHERE, dial=network.dial, storage=tmp_path / "none" / "unsaved"):
            pass


async def test_what_can_not_be_stored_is_told_until_it_can_be(tmp_path: Path) -> None:
    network, file = network_with("hi"), tmp_path / "unsaved"
    in_the_way = tmp_path / "unsaved.new"
    async with connect(NOWHERE, dial=network.dial, storage=file) as session:
        seen: list[tuple[State, bool]] = []
        network.down = 1006
        network.server.drop_all()
        await state(session, State.OFFLINE)
        session.listen(lambda event: seen.append((session.status.state, session.status.is_safe)))
        session.insert(2, "!")
        await asyncio.sleep(0)
        in_the_way.mkdir()  # as good as a disk that is full
        session.insert(3, "?")
        await asyncio.sleep(0)
        in_the_way.rmdir()
        session.insert(4, ".")
        await asyncio.sleep(0)
        network.down = None
        await session.synchronized()
    offline = [is_safe for now, is_safe in seen if now is State.OFFLINE]
    assert offline == [True, False, True]


async def test_without_a_file_nothing_is_safe_before_it_is_saved() -> None:
    network = network_with("hi")
    async with opened(network) as session:
        safe = [session.status.is_safe]
        session.insert(2, "!")
        safe.append(session.status.is_safe)
        await session.synchronized()
        assert [*safe, session.status.is_safe] == [True, False, True]


async def test_a_fatal_error_ends_the_session() -> None:
    network = network_with("")
    async with opened(network) as session:
        network.server.tell(Error("protocol", "enough", fatal=True))
        await state(session, State.CLOSED)
        with pytest.raises(SessionClosed, match="enough"):
            await session.synchronized()


async def test_a_frame_that_is_no_message_is_answered_by_a_new_connection() -> None:
    network = network_with("")
    async with opened(network) as session:
        peer = network.server.peers[0]
        peer.frames.append(b"{")
        peer.on_frame()
        await state(session, State.OFFLINE)
        await state(session, State.SAVED)
        assert network.dialled == 2


async def test_a_message_of_a_later_version_is_passed_over() -> None:
    network = network_with("")
    async with opened(network) as session:
        peer = network.server.peers[0]
        peer.frames.append(b'{"type":"novelty","field":1}')
        peer.on_frame()
        session.insert(0, "x")
        await session.synchronized()
        assert network.dialled == 1


async def test_a_client_id_of_somebody_else_is_exchanged_and_typing_goes_on() -> None:
    network = network_with("")
    async with opened(network, client=CLIENT) as session:
        network.server.tell(Error("client_taken", "not yours"))
        await state(session, State.OFFLINE)
        session.insert(0, "x")
        await session.synchronized()
        assert session.client_id != CLIENT
    assert network.server.document.text == "x"


async def test_a_listener_that_fails_at_an_edit_does_not_fail_the_edit() -> None:
    network = network_with("")
    network.server.is_available = False

    def fail(event: object) -> None:
        raise ZeroDivisionError

    session = await opened(network)
    happened: list[Event] = []
    session.listen(fail)
    session.listen(happened.append)
    session.insert(0, "x")
    assert session.text == "x"
    await state(session, State.CLOSED)
    with pytest.raises(SessionClosed) as closed:
        session.insert(0, "y")
    assert isinstance(closed.value.__cause__, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        await session.close()
    assert [one.text for one in session.unsaved] == ["x"]
    assert session.unsaved[0] in happened


async def test_a_listener_that_fails_ends_the_session_and_is_heard_of() -> None:
    network = network_with("")

    def fail(event: object) -> None:
        if isinstance(event, Changed):
            raise ZeroDivisionError

    async def visit() -> None:
        async with opened(network) as ada, opened(network) as grace:
            grace.listen(fail)
            ada.insert(0, "x")
            await state(grace, State.CLOSED)

    with pytest.raises(ZeroDivisionError):
        await visit()

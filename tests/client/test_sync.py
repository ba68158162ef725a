"""`ot_client.sync`: what scripts and notebooks can rely on, in threads of their own."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from random import Random

import pytest
from aiohttp import ClientSession

from ot_client import (
    Changed,
    Refused,
    SessionClosed,
    State,
    Unreachable,
    connect,
    create_room,
    fetch_text,
    sync,
)
from ot_client import Session as AsyncSession
from ot_client.sync.background import Background, run
from ot_core import Document, LengthMismatch, Operation, Selection
from tests.client.fake_server import FakeServer
from tests.client.network import Network
from tests.mortal import mortal
from tests.patience import PATIENCE, within
from tests.servers import ProcessServer, Server, StartServer


class Company:
    """A session as scripts have it, and somebody else's, over a network in its thread."""

    def __init__(self, text: str) -> None:
        self.background = Background()
        self.network = Network(FakeServer(Random(0), Document(text)))
        self.mine = sync.Session(self._opened(), self.background, PATIENCE)
        self._other = self._opened()

    def other_types(self, index: int, text: str) -> None:
        """Let somebody else type; return when the session here has it."""
        changes = self.mine.changes()

        async def type_it() -> None:
            self._other.insert(index, text)
            await self._other.synchronized()

        self.background.wait_for(type_it())
        next(changes)

    def other_sees(self) -> tuple[Selection, ...]:
        """Wait until somebody else sees where this one's selections are."""
        other = self._other

        async def see() -> tuple[Selection, ...]:
            events = other.events()
            while not other.presence:
                await anext(events)
            [(presence,)] = other.presence.values()
            return presence.selections

        return self.background.wait_for(within(see()))

    @property
    def committed(self) -> str:
        return self.network.server.document.text

    def _opened(self) -> AsyncSession:
        async def opened() -> AsyncSession:
            dial, clock = self.network.dial, self.network.clock
            return await connect("http://nowhere/s/s", dial=dial, clock=clock)

        return self.background.wait_for(opened())


@pytest.fixture
def company() -> Iterator[Company]:
    company = Company("one two")
    yield company
    company.mine.close()
    assert not company.background._thread.is_alive()


# --- the text stands still between two looks --------------------------------------------


def test_what_is_typed_is_committed_before_the_block_is_left(company: Company) -> None:
    with company.mine as session:
        assert session.text == "one two"
        session.insert(3, ",")
        session.replace(0, 1, "O")
        session.delete(6, 8)
        assert (session.text, session.length) == ("One, t", 6)
        session.synchronized()
        assert company.committed == "One, t"
        session.insert(6, "!")
    assert company.committed == "One, t!"


def test_positions_are_those_of_the_text_that_was_read_last(company: Company) -> None:
    session = company.mine
    index = session.text.index("two")
    company.other_types(0, "zero ")
    session.insert(index, "and ")
    assert session.text == "zero one and two"
    index = session.length
    company.other_types(0, ">")
    company.other_types(1, ">")
    session.insert(index, "!")
    session.insert(index + 1, "!")
    assert session.text == ">>zero one and two!!"
    session.edit(Operation([20, "?"]))
    assert session.text == ">>zero one and two!!?"


def test_an_edit_of_another_text_than_was_read_raises_and_changes_nothing(
    company: Company,
) -> None:
    session = company.mine
    assert session.length == 7
    company.other_types(0, "zero ")
    with pytest.raises(LengthMismatch):
        session.edit(Operation([12, "x"]))
    session.edit(Operation([7, "x"]))
    assert session.text == "zero one twox"


def test_carets_are_those_of_the_text_that_was_read_last(company: Company) -> None:
    session = company.mine
    index = session.text.index("two")
    company.other_types(0, "zero ")
    session.select([Selection(index, index + 3)])
    session.select(data="kept beside them")
    assert company.other_sees() == (Selection(9, 12),)


@pytest.mark.parametrize("seed", range(20))
def test_letters_lie_between_those_between_which_they_were_typed(seed: int) -> None:
    random, company = Random(seed), Company("ab")
    letters = map(chr, range(0x4E00, 0x5000))
    read, between = company.mine.text, []
    for _ in range(30):
        if random.random() < 0.4:
            company.other_types(random.randint(0, 2), next(letters))
        if random.random() < 0.3:
            read = company.mine.text
        place, letter = random.randint(0, len(read)), next(letters)
        between.append((read[:place], letter, read[place:]))
        company.mine.insert(place, letter)
        read = read[:place] + letter + read[place:]
    assert company.mine.close(wait=PATIENCE) == ()
    for before, letter, after in between:
        at = company.committed.index(letter)
        assert all(company.committed.index(one) < at for one in before), f"seed {seed}"
        assert all(company.committed.index(one) > at for one in after), f"seed {seed}"


# --- waiting, and the end ---------------------------------------------------------------


def test_what_is_refused_is_raised_and_can_be_dismissed(company: Company) -> None:
    company.network.server.refuses = lambda _: "invalid_operation"
    with company.mine as session:
        session.insert(0, "x")
        with pytest.raises(Refused):
            session.synchronized()
        [unsaved] = session.unsaved
        session.dismiss(unsaved.id)
        assert (session.unsaved, session.status.state) == ((), State.SAVED)


def test_leaving_raises_what_is_not_saved() -> None:
    company = Company("")
    company.network.server.is_available = False
    company.mine._within = 0.05
    with pytest.raises(Refused) as refused, company.mine as session:
        session.insert(0, "x")
    assert [one.text for one in refused.value.unsaved] == ["x"]


def test_a_block_that_is_interrupted_is_left_at_once_and_says_what_is_not_saved() -> None:
    company = Company("")
    company.network.server.is_available = False
    company.mine._within = 3600

    def visit() -> None:
        with company.mine as session:
            session.insert(0, "x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as interrupted:
        visit()
    assert interrupted.value.__notes__ == ["not saved: left"]


def test_after_its_end_a_session_can_be_looked_at_and_not_be_edited(company: Company) -> None:
    session = company.mine
    events = session.events()
    session.insert(0, "x")
    assert session.close(wait=PATIENCE) == ()
    assert session.close() == ()
    assert (session.text, session.length, session.unsaved) == ("xone two", 8, ())
    assert session.status.state is State.CLOSED
    assert "closed at revision 1" in repr(session)
    assert list(events) == []
    with pytest.raises(SessionClosed):
        session.insert(0, "y")
    with pytest.raises(SessionClosed):
        session.select([])
    with pytest.raises(SessionClosed):
        session.synchronized()


def test_events_come_until_the_session_is_over(company: Company) -> None:
    events = company.mine.events()
    company.other_types(0, "x")
    assert isinstance(next(events), Changed)
    company.background.call(lambda: company.network.server.drop_all(4409))
    assert [event for event in events if isinstance(event, Changed)] == []
    assert company.mine.status.state is State.CLOSED
    assert list(events) == []


def test_a_session_tells_what_the_other_one_does(company: Company) -> None:
    session = company.mine
    assert session.address == "http://nowhere/s/s"
    assert session.info.title == "notes"
    assert session.role == "editor"
    assert session.editable
    assert session.limits.edits_per_second == 30
    assert set(session.participants) == {session.participant, company._other.participant}
    assert session.client_id[:8] == session.participant[2:]
    assert (session.presence, session.diagnostics, session.revision) == ({}, [], 0)


async def test_it_works_where_a_loop_runs_and_ends_its_threads(
    process_server: ProcessServer,
) -> None:
    before = threading.active_count()
    room = sync.create_room(process_server.url, name="Ada", text="hi")
    with sync.connect(room.address, room.token) as ada, sync.connect(room.link, name="G") as grace:
        changes = ada.changes()
        grace.insert(2, "!")
        assert next(changes).by == grace.participant
        assert ada.text == "hi!"
    joined = sync.join(room.link, "Mary")
    assert sync.fetch_text(joined.address, joined.token).text == "hi!"
    assert threading.active_count() == before


async def test_who_has_signed_in_types_as_that_user(server: Server) -> None:
    account = {"username": "ada", "email": "ada@example.org", "password": "a tulip for the ferry"}
    url = f"{server.url}/api/v1/auth/register"
    async with ClientSession() as http, http.post(url, json=account) as response:
        assert response.status == 201

    def visit() -> str:
        room = sync.create_room(server.url)
        login = sync.sign_in(server.url, "ada", account["password"])
        assert login.server == server.url
        assert repr(login) == f"<Login 'ada' at {server.url}>"
        with sync.connect(room.link, login.token) as session:
            name = session.participants[session.participant].name
        login.sign_out()
        return name + login.user.username

    assert await asyncio.to_thread(visit) == "adaada"


def test_who_is_not_let_in_leaves_no_thread(unused_tcp_port: int) -> None:
    before = threading.active_count()
    with pytest.raises(Unreachable):
        sync.connect(f"http://127.0.0.1:{unused_tcp_port}/s/s", within=0.05)
    assert threading.active_count() == before


def test_an_error_in_the_other_thread_is_raised_here() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fail())


# --- programs ---------------------------------------------------------------------------

FORGETS = """
import sys
from ot_client import sync
session = sync.connect(sys.argv[1])
session.insert(0, "at once")
session.synchronized()
session.insert(0, "in its turn, ")
"""

WAITS = """
import signal, sys
from ot_client import sync
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run behind `&`
with sync.connect(sys.argv[1]) as session:
    events = session.events()
    try:
        print("here", flush=True)
        for event in events:
            pass
    except KeyboardInterrupt:
        session.insert(session.length, "typed")
        session.synchronized()
        print("left", flush=True)
"""


async def started(program: str, *arguments: str) -> asyncio.subprocess.Process:
    command = (*mortal(), sys.executable, "-c", program, *arguments)
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def test_what_a_program_types_that_closes_nothing_is_saved_when_it_ends(
    start_server: StartServer,
) -> None:
    server = await start_server(edits_per_second=2)  # the second edit has to wait
    room = await create_room(server.url)
    program = await started(FORGETS, room.link)
    assert await within(program.wait()) == 0
    assert (await fetch_text(room.address, room.token)).text == "in its turn, at once"


async def test_a_wait_can_be_interrupted_and_the_session_used_after_it(server: Server) -> None:
    room = await create_room(server.url)
    program = await started(WAITS, room.link)
    assert program.stdout is not None
    assert await within(program.stdout.readline()) == b"here\n"
    program.send_signal(signal.SIGINT)
    assert await within(program.stdout.readline()) == b"left\n"
    assert await within(program.wait()) == 0
    assert (await fetch_text(room.address, room.token)).text == "typed"

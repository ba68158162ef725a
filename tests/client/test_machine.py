"""What the sans-I/O machine says, and when: each sentence with a server at its side."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from msgspec import structs

from ot_client import NotEditable, Refused, TooLarge
from ot_client.events import (
    Cause,
    Changed,
    Complaint,
    DiagnosticsChanged,
    Event,
    ParticipantsChanged,
    PresenceChanged,
    SessionUpdated,
    Unsaved,
)
from ot_client.machine import Machine
from ot_client.status import End
from ot_core import Document, InvalidOperation, LengthMismatch, Operation, Selection
from ot_protocol import decode_operation, decode_server, encode
from ot_protocol.messages import (
    Change,
    Diagnostic,
    Diagnostics,
    Edit,
    Error,
    Fix,
    FromClient,
    FromServer,
    Hello,
    Lock,
    Ping,
    Pong,
    Presence,
    Reject,
    Replacement,
    Reset,
    SessionChanged,
    Update,
    Verify,
    Welcome,
)
from tests.client.fake_server import LIMITS, FakeServer, Peer

CLIENT = "00000000-0000-4000-8000-000000000001"
OTHER = "00000002-0000-4000-8000-000000000002"


def longest(_: float, most: float) -> float:
    """The jitter of somebody who always draws the longest wait."""
    return most


class Desk:
    """One client and its server, with a hand on each frame between them."""

    def __init__(
        self, text: str = "", client: str = CLIENT, server: FakeServer | None = None
    ) -> None:
        self.server = server or FakeServer(Random(0), Document(text))
        self.machine = Machine(client, longest, name="Ada")
        self.peer: Peer
        self.now = 0.0
        self.connect()
        self.hear()

    def connect(self) -> Hello:
        self.peer = self.server.connect()
        self.machine.at(self.now)
        self.machine.connected("token")
        [hello] = self.machine.outgoing()
        assert isinstance(hello, Hello)
        self.peer.take(encode(hello))
        return hello

    def reconnect(self) -> list[Event]:
        self.machine.lost()
        self.connect()
        return self.hear()

    def edit(self, operation: Operation) -> None:
        self.machine.at(self.now)
        self.machine.edit(operation)

    def insert(self, index: int, text: str) -> None:
        self.edit(Operation.replace(self.machine.length, index, index, text))

    def select(self, *places: tuple[int, int], typing: bool = False) -> None:
        self.machine.select([Selection(*place) for place in places], typing)

    def due(self, after: float = 0.0) -> list[FromClient]:
        """Let time pass, and return what the client says then."""
        self.now += after
        self.machine.at(self.now)
        return self.machine.outgoing()

    def speak(self, after: float = 0.0) -> None:
        for message in self.due(after):
            self.peer.take(encode(message))

    def settle(self) -> None:
        """Talk until all is committed, with edits that the server takes."""
        for _ in range(1000):
            if self.machine.is_synchronized:
                return
            for message in self.due(1):
                if isinstance(message, Edit):
                    assert len(decode_operation(message.op).components) <= LIMITS.components
                    assert len(encode(message)) <= LIMITS.frame_bytes
                self.peer.take(encode(message))
            self.hear()
        raise AssertionError("it never comes to rest")

    def hear(self) -> list[Event]:
        while self.peer.frames:
            self.machine.hear(decode_server(self.peer.frames.popleft()))
        return self.machine.events()

    def tell(self, message: FromServer) -> list[Event]:
        self.machine.at(self.now)
        self.machine.hear(decode_server(encode(message)))
        return self.machine.events()

    @property
    def text(self) -> str:
        return self.machine.text


def the_edit(messages: list[FromClient]) -> Edit:
    [message] = messages
    assert isinstance(message, Edit)
    return message


def the_resend(messages: list[FromClient]) -> Edit:
    [message, ping] = messages
    assert isinstance(message, Edit)
    assert isinstance(ping, Ping)
    return message


def two_desks(text: str) -> tuple[Desk, Desk]:
    one = Desk(text)
    two = Desk(client=OTHER, server=one.server)
    one.hear()
    return one, two


# --- editing ----------------------------------------------------------------------------


def test_an_edit_shows_at_once_and_is_sent_with_the_revision_it_was_made_at() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    assert desk.text == "hi!"
    edit = the_edit(desk.due())
    assert (edit.seq, edit.revision, bytes(edit.op)) == (1, 0, b'[2,"!"]')


def test_what_is_typed_while_one_edit_is_outstanding_follows_as_one_edit() -> None:
    desk = Desk()
    desk.insert(0, "a")
    desk.speak()
    desk.insert(1, "b")
    desk.insert(2, "c")
    assert desk.due(1) == []
    desk.hear()
    edit = the_edit(desk.due())
    assert (edit.seq, edit.revision, bytes(edit.op)) == (2, 1, b'[1,"bc"]')


def test_the_buffer_is_sent_past_what_came_after_the_ack_in_the_same_frame() -> None:
    desk = Desk("xy")
    desk.insert(0, "a")
    [sent] = desk.due()
    assert isinstance(sent, Edit)
    desk.insert(3, "b")
    chain = "0" * 32
    desk.tell(Update(0, 2, chain, [Change(ack=sent.seq), Change(op=[1, "--", 2], by="p-1")]))
    assert desk.text == "a--xyb"
    edit = the_edit(desk.due(1))
    assert (edit.revision, bytes(edit.op)) == (2, b'[5,"b"]')


def test_edits_keep_to_the_rate_that_the_server_told() -> None:
    desk = Desk()
    times: list[float] = []
    for _ in range(10):
        desk.insert(0, "x")
        while not (messages := desk.due()):
            assert desk.machine.deadline is not None
            desk.now = desk.machine.deadline
        times.append(desk.now)
        desk.peer.take(encode(the_edit(messages)))
        desk.hear()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) == pytest.approx(1 / LIMITS.edits_per_second)


def test_while_somebody_else_holds_the_lock_nothing_new_is_sent() -> None:
    desk = Desk()
    lock = Lock("p-else", "writing", "2030-01-01T00:00:00Z")
    [event] = desk.tell(SessionChanged(lock=lock))
    assert isinstance(event, SessionUpdated)
    assert event.session.lock == lock
    desk.insert(0, "x")
    assert desk.due(60) == []
    assert desk.machine.deadline is None
    desk.tell(SessionChanged(lock=None, role="viewer"))
    assert the_edit(desk.due()).seq == 1
    assert desk.machine.facts.role == "viewer"


@pytest.mark.parametrize(
    "news",
    [{"runs": 3}, {"run": False}, {"title": "plans"}, {"language": "go"}],
    ids=lambda news: next(iter(news)),
)
def test_whatever_is_told_of_the_session_is_known_from_then_on(news: dict[str, Any]) -> None:
    desk = Desk()
    told = structs.replace(desk.machine.facts.session, **news)
    assert desk.tell(SessionChanged(**news)) == [SessionUpdated(told)]
    assert desk.machine.facts.session == told
    assert desk.tell(SessionChanged(**news)) == []


def test_what_became_of_the_session_meanwhile_is_told_on_return() -> None:
    desk = Desk()
    told = structs.replace(desk.machine.facts.session, runs=3)
    desk.tell(SessionChanged(runs=3))
    back = desk.reconnect()  # to a server that says what it said before
    assert SessionUpdated(structs.replace(told, runs=0)) in back


def test_an_edit_that_meets_the_lock_stays_and_is_sent_at_its_end() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    sent = the_edit(desk.due())
    desk.insert(3, "?")  # it waits behind that one
    desk.tell(SessionChanged(lock=Lock("p-else", "writing", "2030-01-01T00:00:00Z")))

    assert desk.tell(Reject(sent.seq, "locked", "writing")) == []

    assert desk.machine.text == "hi!?"
    assert desk.due(60) == []
    desk.tell(SessionChanged(lock=None))
    assert the_edit(desk.due()).seq == sent.seq + 1


def test_an_edit_that_is_out_of_range_or_malformed_changes_nothing() -> None:
    desk = Desk("hi")
    with pytest.raises(LengthMismatch):
        desk.edit(Operation([7, "x"]))
    for text in ("a\r\nb", "a\0b"):
        with pytest.raises(InvalidOperation):
            desk.insert(0, text)
    assert desk.text == "hi"
    assert desk.due() == []


def test_there_is_nothing_to_edit_before_there_is_a_text_or_after_the_end() -> None:
    machine = Machine(CLIENT, longest)
    with pytest.raises(NotEditable):
        machine.edit(Operation(["x"]))
    desk = Desk("hi")
    desk.machine.end("left")
    with pytest.raises(NotEditable):
        desk.insert(0, "x")


def test_an_edit_that_changes_nothing_is_none() -> None:
    desk = Desk("hi")
    desk.edit(Operation([2]))
    assert desk.machine.is_synchronized
    with pytest.raises(LengthMismatch):
        desk.edit(Operation([3]))


def test_an_edit_that_makes_the_text_too_large_is_not_made() -> None:
    desk = Desk("é" * 2000)
    with pytest.raises(TooLarge, match="4098 bytes"):
        desk.insert(0, "é" * 49)
    desk.insert(0, "é" * 48)
    with pytest.raises(TooLarge):
        desk.insert(0, "x")
    desk.edit(Operation([-2, 2046]))
    desk.insert(0, "xyz")
    with pytest.raises(TooLarge, match="4097 bytes"):
        desk.insert(7, "xy")


def test_what_is_too_large_is_refused_when_it_is_made_without_a_connection_too() -> None:
    desk = Desk("")
    desk.machine.lost()
    desk.insert(0, "alpha beta")
    with pytest.raises(TooLarge, match="4106 bytes"):
        desk.insert(5, "x" * 4096)
    desk.insert(10, "gamma")
    desk.reconnect()
    desk.settle()
    assert desk.server.document.text == desk.text == "alpha betagamma"


def test_a_large_paste_that_shrinks_the_text_is_made() -> None:
    desk = Desk("é" * 2048)
    desk.edit(Operation([-2048, "x" * 4096]))
    desk.edit(Operation([-4096, "y" * 4096]))
    assert desk.text == "y" * 4096


def test_what_has_too_many_components_is_sent_in_parts() -> None:
    desk = Desk("-" * 1000)
    many = Operation([part for _ in range(1000) for part in (1, "x")])
    desk.edit(many)
    desk.insert(0, "!")
    desk.settle()
    assert desk.server.document.text == desk.text == "!" + "-x" * 1000
    assert desk.server.document.revision > 10


def test_edits_that_together_have_too_many_components_are_sent_in_parts() -> None:
    desk = Desk("-" * 400)
    desk.insert(0, "x")
    for index in range(0, 600, 2):
        desk.insert(index, "x")
    desk.settle()
    assert desk.server.document.text == desk.text


# --- silence, and answers twice ---------------------------------------------------------


def test_an_edit_without_an_answer_is_sent_again_to_the_letter_after_five_seconds() -> None:
    one, two = two_desks("..")
    one.insert(2, "a")
    first = the_edit(one.due())
    two.insert(0, "b")
    two.speak()
    one.hear()
    assert one.text == "b..a"
    assert one.due(4.9) == []
    again = the_resend(one.due(0.2))
    assert again == first
    assert again.revision == 0


def test_a_line_without_a_word_is_given_up_within_nine_seconds_of_an_edit() -> None:
    desk = Desk()
    desk.insert(0, "a")
    first = the_edit(desk.due())
    assert the_resend(desk.due(5)) == first
    assert desk.due(2.9) == []
    assert desk.machine.deadline == 8
    assert desk.due(0.2) == []
    assert (desk.machine.leaving, desk.text) == ("silence", "a")
    desk.reconnect()
    assert the_edit(desk.due()) == first


@pytest.mark.parametrize(
    "word",
    [
        Pong(),
        Error("unavailable", "no store", seq=1),
        Update(0, 1, "0" * 32, [Change(op=["b"], by="p-1")]),
    ],
    ids=["a pong", "unavailable", "what somebody typed"],
)
def test_a_line_on_which_anything_comes_is_kept_however_long_the_answer_takes(
    word: FromServer,
) -> None:
    desk = Desk()
    desk.insert(0, "a")
    first = the_edit(desk.due())
    for _ in range(4):
        assert the_resend(desk.due(10)) == first
        assert desk.due(2.9) == []
        desk.tell(word)


def test_a_line_that_may_only_be_slow_gets_twice_as_long_each_time() -> None:
    desk = Desk()

    def patience() -> float:
        desk.insert(0, "a")
        desk.due(1)
        desk.due(5)
        begin, end = desk.now, desk.machine.deadline
        assert end is not None
        assert desk.due(end - begin) == []
        assert desk.machine.leaving == "silence"
        desk.reconnect()
        return end - begin

    assert [patience() for _ in range(3)] == [3, 6, 12]
    while not desk.machine.is_synchronized:
        desk.speak(1)
        desk.hear()
    assert patience() == 3


def test_a_line_on_which_nothing_is_waited_for_may_be_silent() -> None:
    desk = Desk("hello")
    assert desk.machine.deadline is None
    assert desk.due(3600) == []


def test_a_second_answer_to_an_edit_is_ignored() -> None:
    desk = Desk()
    desk.insert(0, "a")
    first = the_edit(desk.due())
    desk.peer.take(encode(first))
    desk.peer.take(encode(first))
    assert len(desk.peer.frames) == 2
    desk.insert(1, "b")
    desk.hear()
    second = the_edit(desk.due(1))
    assert desk.tell(Update(1, 1, "0" * 32, [Change(ack=1)])) == []
    assert desk.tell(Reject(1, "forbidden", "")) == []
    assert the_resend(desk.due(5)) == second
    assert desk.text == "ab"


@pytest.mark.parametrize(
    "update",
    [
        Update(0, 1, "0" * 32, [Change(ack=7)]),
        Update(0, 2, "0" * 32, [Change(ack=1), Change(ack=1)]),
        Update(0, 0, "0" * 32, [Change(ack=1)]),
    ],
    ids=["of another seq", "twice in one update", "without a revision"],
)
def test_an_ack_that_can_not_be_makes_the_client_take_the_text_anew(update: Update) -> None:
    desk = Desk()
    desk.insert(0, "a")
    [_] = desk.due()
    desk.insert(1, "b")
    desk.tell(update)
    assert (desk.machine.leaving, desk.text) == ("diverged", "ab")
    desk.machine.lost()
    assert desk.connect().epoch is None


def test_an_ack_while_nothing_is_outstanding_makes_the_client_take_the_text_anew() -> None:
    desk = Desk("hello")
    desk.tell(Update(0, 1, "0" * 32, [Change(ack=1)]))
    assert (desk.machine.leaving, desk.machine.revision) == ("diverged", 0)
    desk.machine.lost()
    assert desk.connect().epoch is None


def test_when_the_store_is_down_the_same_edit_is_sent_again_ever_later() -> None:
    desk = Desk()
    desk.server.is_available = False
    desk.insert(0, "a")
    waits = []
    for _ in range(8):
        desk.speak()
        assert desk.hear() == []
        assert desk.machine.deadline is not None
        waits.append(desk.machine.deadline - desk.now)
        desk.now = desk.machine.deadline
    assert waits == pytest.approx([0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])
    desk.server.is_available = True
    desk.speak()
    desk.hear()
    assert desk.server.document.text == "a"
    assert desk.machine.is_synchronized


# --- coming back ------------------------------------------------------------------------


def test_a_new_client_asks_for_the_text_and_an_old_one_for_what_it_missed() -> None:
    one, two = two_desks("hi")
    one.machine.lost()
    two.insert(2, "!")
    two.speak()
    hello = one.connect()
    assert (hello.epoch, hello.revision, hello.outstanding) == (1, 0, None)
    assert Changed(Operation([2, "!"]), "p-00000002") in one.hear()
    assert one.text == "hi!"


def test_an_edit_that_was_committed_is_not_sent_again_after_a_reconnect() -> None:
    desk = Desk()
    desk.insert(0, "a")
    desk.speak()
    desk.insert(1, "b")
    desk.machine.lost()
    assert desk.due(60) == []
    hello = desk.connect()
    assert (hello.outstanding, hello.seq) == (1, 1)
    desk.hear()
    assert the_edit(desk.due()).seq == 2


def test_an_edit_that_got_lost_is_sent_again_after_a_reconnect() -> None:
    one, two = two_desks("..")
    one.insert(2, "a")
    lost = the_edit(one.due())
    two.insert(0, "b")
    two.speak()
    one.reconnect()
    assert the_edit(one.due(1)) == lost


def test_what_was_refused_unheard_is_sent_again_and_the_answer_says_why() -> None:
    desk = Desk("hi")
    desk.insert(2, " secret")
    sent = the_edit(desk.due())
    desk.insert(0, "oh ")
    desk.server.answers[CLIENT] = {sent.seq: Reject(sent.seq, "forbidden", "")}
    desk.reconnect()
    assert desk.text == "oh hi secret"
    assert the_edit(desk.due(1)).seq == 2
    events = desk.tell(Reject(2, "forbidden", ""))
    assert desk.text == "hi"
    assert Unsaved("forbidden", "oh \n secret", Operation(["oh ", 2, " secret"])) in events
    desk.insert(2, "!")
    assert the_edit(desk.due(1)).seq == 3


def test_a_client_id_with_a_past_goes_on_after_its_last_seq() -> None:
    server = FakeServer(Random(0))
    server.answers[CLIENT] = {41: None}
    desk = Desk(server=server)
    desk.insert(0, "x")
    assert the_edit(desk.due()).seq == 42


def test_a_lost_frame_is_noticed_and_made_good_by_a_new_connection() -> None:
    one, two = two_desks("")
    for text in "ab":
        two.insert(0, text)
        two.speak(1)
        two.hear()
    one.peer.frames.popleft()
    one.hear()
    assert one.machine.leaving == "out_of_step"
    one.reconnect()
    assert one.text == "ba"


def test_an_update_that_comes_twice_is_taken_once() -> None:
    one, two = two_desks("")
    two.insert(0, "a")
    two.speak()
    one.peer.frames.append(one.peer.frames[0])
    one.hear()
    assert one.text == "a"


def test_a_change_that_does_not_fit_makes_the_client_take_the_text_anew() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    desk.tell(Update(0, 1, "0" * 32, [Change(op=[99, "x"])]))
    assert desk.machine.leaving == "diverged"
    desk.machine.lost()
    assert desk.connect().epoch is None
    assert Unsaved("diverged", "!", Operation([2, "!"])) in desk.hear()
    assert desk.text == "hi"


@pytest.mark.parametrize("message", [Update(0, 0, "0" * 32, []), Pong()])
def test_nothing_is_taken_before_the_welcome(message: FromServer) -> None:
    machine = Machine(CLIENT, longest)
    machine.connected(None)
    machine.hear(decode_server(encode(message)))
    assert machine.leaving == "out_of_step"


def test_a_welcome_comes_once_and_with_a_text() -> None:
    desk = Desk()
    desk.machine.lost()
    desk.connect()
    welcome = decode_server(desk.peer.frames[0])
    assert isinstance(welcome, Welcome)
    desk.hear()
    desk.machine.hear(welcome)
    assert desk.machine.leaving == "out_of_step"
    fresh = Machine(OTHER, longest)
    fresh.connected(None)
    fresh.hear(welcome)
    assert fresh.leaving == "diverged"


# --- refusals ---------------------------------------------------------------------------


def test_what_is_rejected_leaves_the_text_alone() -> None:
    one, two = two_desks("hi")
    one.insert(2, "#")
    [sent] = one.due()
    one.insert(3, "after")
    two.insert(0, "oh ")
    two.speak()
    one.hear()
    one.server.refuses = lambda _: "invalid_operation"
    one.peer.take(encode(sent))
    events = one.hear()
    assert one.text == "oh hiafter"
    assert events == [
        Changed(Operation([5, -1, 5]), None, Cause.REFUSED),
        Unsaved("invalid_operation", "#", Operation([5, "#", 5])),
    ]


def test_a_reset_starts_again_from_the_servers_text_and_offers_what_was_unsaved() -> None:
    desk = Desk("hi")
    desk.insert(2, " there")
    [_] = desk.due()
    desk.server.document = Document("hello")
    desk.peer.reset()
    changed, unsaved = desk.hear()
    assert isinstance(changed, Changed)
    assert changed.operation.apply("hi there") == "hello" == desk.text
    assert unsaved == Unsaved("diverged", " there", Operation([1, " there", 4]))
    desk.insert(5, "!")
    assert the_edit(desk.due(1)).seq == 2


def test_a_reset_spends_every_seq_up_to_the_one_that_it_tells() -> None:
    desk = Desk()
    for last_seq, expected in (41, 42), (5, 43):
        desk.tell(Reset("diverged", 1, 0, "0" * 32, "", last_seq))
        desk.insert(0, "x")
        assert the_edit(desk.due(1)).seq == expected


def test_until_when_the_token_is_good_is_nothing_that_a_user_need_know() -> None:
    desk = Desk()
    assert desk.tell(SessionChanged(role="editor", expires="2030-01-01T00:00:00Z")) == []


def test_a_client_id_of_somebody_else_is_exchanged_for_another() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    assert desk.tell(Error("client_taken", "not yours")) == [Complaint("client_taken", "not yours")]
    assert desk.machine.leaving == "client_taken"
    desk.machine.lost()
    desk.machine.rename(OTHER)
    hello = desk.connect()
    assert (hello.client, hello.revision, hello.seq) == (OTHER, 0, 0)
    desk.hear()
    assert the_edit(desk.due()).seq == 1
    assert desk.text == "hi!"


def test_what_was_sent_under_a_client_id_of_somebody_else_is_offered() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    the_edit(desk.due())
    desk.tell(Error("client_taken", "not yours"))
    desk.machine.lost()
    desk.machine.rename(OTHER)
    assert Unsaved("client_taken", "!", Operation([2, "!"])) in desk.machine.events()
    assert desk.text == "hi"


def test_a_fatal_error_is_the_end() -> None:
    desk = Desk()
    desk.tell(Error("protocol", "enough", fatal=True))
    assert desk.machine.ended == End("protocol", 4400, "enough")
    desk.machine.connected("token")
    assert (desk.machine.outgoing(), desk.machine.deadline) == ([], None)


def test_a_complaint_of_the_server_is_passed_on() -> None:
    assert Desk().tell(Error("malformed", "what?")) == [Complaint("malformed", "what?")]


def test_what_a_headless_client_has_no_use_for_is_ignored() -> None:
    assert Desk().tell(Pong()) == []


def test_what_was_not_saved_is_offered_when_the_session_is_over() -> None:
    one, two = two_desks("hi")
    one.machine.end("left")
    assert one.machine.events() == []
    two.insert(2, "!")
    two.machine.end("left")
    back = Changed(Operation([2, -1]), None, Cause.REFUSED)
    assert two.machine.events() == [back, Unsaved("left", "!", Operation([2, "!"]))]
    assert two.text == "hi"


def test_what_was_typed_is_safe_when_it_is_stored_and_not_before() -> None:
    desk = Desk("hi")
    desk.insert(2, "!")
    assert len(desk.machine.writes()) == 1
    desk.machine.stored(True)
    desk.insert(3, "?")
    desk.machine.end("left")
    [_, offer] = desk.machine.events()
    assert offer == Unsaved("left", "!?", Operation([2, "!?"]))


# --- diagnostics ---------------------------------------------------------------------------


def found(start: int, stop: int) -> Diagnostic:
    fix = Fix("Mend it", [Replacement(start, stop, "good")])
    return Diagnostic(start, stop, "warning", "W1", "look", fix=fix)


def test_diagnostics_are_moved_by_what_is_not_confirmed_and_by_what_follows() -> None:
    one, two = two_desks("some bad code")
    one.insert(0, "oh, ")
    assert one.tell(Diagnostics(0, [found(5, 8)])) == [DiagnosticsChanged((found(9, 12),))]
    two.insert(0, "!")
    two.speak()
    one.hear()
    assert one.machine.diagnostics.all() == [found(10, 13)]


def test_a_diagnostic_lies_from_the_first_to_the_last_of_its_characters_that_are_left() -> None:
    desk = Desk("some bad code")
    desk.tell(Diagnostics(0, [found(5, 8), structs.replace(found(13, 13), fix=None)]))
    desk.insert(8, "?")
    desk.insert(5, "!")
    assert desk.machine.diagnostics.all()[0] == found(6, 9)
    desk.insert(7, "-")
    [changed, end] = desk.machine.diagnostics.all()
    assert (changed.start, changed.stop, changed.fix) == (6, 10, None)
    assert (end.start, end.stop) == (16, 16)
    desk.edit(Operation([5, -2, 9]))
    [changed, end] = desk.machine.diagnostics.all()
    assert (changed.start, changed.stop) == (5, 8)
    desk.edit(Operation([4, -5, 5]))
    assert [(item.start, item.stop) for item in desk.machine.diagnostics.all()] == [(9, 9)]


def test_diagnostics_of_a_long_time_ago_are_where_they_belong() -> None:
    desk = Desk("some bad code")
    desk.tell(Diagnostics(0, [found(5, 8)]))
    for _ in range(1_000):
        desk.insert(0, "x")
    assert desk.machine.diagnostics.all() == [found(1_005, 1_008)]


def test_diagnostics_of_another_revision_than_the_clients_are_out_of_step() -> None:
    desk = Desk()
    desk.tell(Diagnostics(7, []))
    assert desk.machine.leaving == "out_of_step"


def test_what_is_told_of_a_revision_that_is_over_comes_too_late() -> None:
    one, two = two_desks("hi")
    two.insert(2, "!")
    two.speak()
    one.hear()
    assert one.tell(Diagnostics(0, [found(0, 1)])) == []
    assert one.machine.leaving is None


# --- presence, and the checksum ---------------------------------------------------------


def test_carets_go_with_the_edit_that_moved_them_or_alone_when_all_is_saved() -> None:
    one, two = two_desks("hi")
    one.select((0, 2), typing=True)
    assert one.due() == [Presence(0, [(0, 2)], typing=True)]
    one.insert(2, "!")
    one.select((3, 3), typing=True)
    edit = the_edit(one.due())
    assert edit.selections == [(3, 3)]
    one.peer.take(encode(edit))
    one.hear()
    assert one.due(1) == []
    two.hear()
    [presence] = two.machine.presences.others()["p-00000000"]
    assert presence.selections == (Selection(3, 3),)


def test_carets_that_follow_a_buffer_are_told_when_it_is_saved() -> None:
    desk = Desk()
    desk.select((0, 0))
    desk.insert(0, "a")
    desk.speak()
    desk.insert(1, "b")
    desk.select((2, 2), typing=True)
    assert desk.due(1) == []
    desk.hear()
    assert the_edit(desk.due()).selections == [(2, 2)]


def test_carets_are_told_at_the_servers_pace_and_again_on_return() -> None:
    desk = Desk("hi")
    for place in (0, 1, 2):
        desk.select((place, place))
    assert desk.due() == [Presence(0, [(2, 2)])]
    desk.select((0, 0))
    assert desk.due(0.01) == []
    assert desk.due(0.05) == [Presence(0, [(0, 0)])]
    desk.reconnect()
    assert desk.due(1) == [Presence(0, [(0, 0)])]


def test_others_carets_are_moved_by_what_is_not_confirmed_and_by_what_follows() -> None:
    one, two = two_desks("hi")
    one.insert(0, "oh ")
    two.select((1, 9), typing=True)
    two.speak()
    assert PresenceChanged(("p-00000002",)) in one.hear()
    [[presence]] = one.machine.presences.others().values()
    assert (presence.selections, presence.typing) == ((Selection(4, 5),), True)
    one.insert(0, "well ")
    [[presence]] = one.machine.presences.others().values()
    assert presence.selections == (Selection(9, 10),)


def test_who_leaves_takes_their_carets_along() -> None:
    one, two = two_desks("hi")
    two.select((1, 1))
    two.speak()
    one.hear()
    two.peer.drop()
    assert any(isinstance(event, ParticipantsChanged) for event in one.hear())
    assert one.machine.presences.others() == {}


def test_the_text_is_verified_when_typing_has_paused_and_ten_seconds_have_passed() -> None:
    desk = Desk()

    def type_and_wait(pause: float) -> None:
        desk.insert(0, "é")
        desk.speak()
        desk.hear()
        assert desk.due(pause - 0.1) == []
        [verify] = desk.due(0.2)
        assert isinstance(verify, Verify)
        desk.peer.take(encode(verify))

    desk.now = 100.0
    type_and_wait(2)
    type_and_wait(10)
    assert desk.due(60) == []


def test_refused_says_why() -> None:
    unsaved = Unsaved("forbidden", "x", Operation(["x"]))
    assert str(Refused([unsaved])) == "not saved: forbidden"

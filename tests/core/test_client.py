"""`Client`: every transition, and that a wrong frame leaves no trace."""

from __future__ import annotations

from typing import Any

import pytest

from ot_core import (
    Acknowledgement,
    AwaitingConfirm,
    AwaitingWithBuffer,
    Change,
    Client,
    Component,
    LengthMismatch,
    Operation,
    OTError,
    Received,
    Synchronized,
    UnexpectedAcknowledgement,
)

ACK = Acknowledgement()


def everything(client: Client) -> tuple[object, ...]:
    return client.confirmed, client.revision, client.state, client.length


def with_buffer() -> Client:
    """Return a client that shows "abc12": a is confirmed, b outstanding, the rest the buffer."""
    client = Client("a", 3)
    client.edit(Operation([1, "bc"]))
    client.edit(Operation([3, "1"]))
    client.edit(Operation([4, "2"]))
    return client


def test_a_client_begins_with_no_text_if_none_is_given() -> None:
    client = Client()
    assert everything(client) == ("", 0, Synchronized(), 0)


def test_the_first_edit_is_sent_at_once() -> None:
    client = Client("a")
    edit = Operation([1, "b"])
    assert client.edit(edit) is edit
    assert client.state == AwaitingConfirm(edit)
    assert (client.outstanding, client.buffer, client.unsaved) == (edit, None, edit)


def test_what_is_typed_meanwhile_is_composed_into_the_buffer() -> None:
    client = with_buffer()
    assert client.state == AwaitingWithBuffer(Operation([1, "bc"]), Operation([3, "12"]))
    assert client.edit(Operation([5, "3"])) is None
    assert client.outstanding == Operation([1, "bc"]), "what has been sent is frozen"
    assert client.buffer == Operation([3, "123"])
    assert client.unsaved == Operation([1, "bc123"])
    assert client.length == 6


def test_the_confirmed_text_is_the_servers() -> None:
    client = with_buffer()
    assert (client.confirmed, client.revision) == ("a", 3)
    client.receive([ACK], 4)
    assert (client.confirmed, client.revision) == ("abc", 4)
    client.receive([ACK], 5)
    assert (client.confirmed, client.revision) == ("abc12", 5)
    assert client.state == Synchronized()


def test_the_shown_text_is_the_editors() -> None:
    client = with_buffer()
    assert (client.shown, client.length) == ("abc12", 5)
    client.receive([Operation(["<", 1]), ACK], 5)
    assert client.shown == "<abc12"
    client.receive([ACK], 6)
    assert client.shown == client.confirmed == "<abc12"


def test_a_client_is_shown_to_those_who_debug_and_a_long_one_in_short() -> None:
    assert repr(Client("hi", 7)) == "Client('hi', revision=7)"
    assert repr(with_buffer()) == (
        "Client('a', revision=3, outstanding=Operation([1, 'bc']), buffer=Operation([3, '12']))"
    )
    assert len(repr(Client("x" * 9999, 3, Operation([9999, "y" * 9999])))) < 250


def test_an_acknowledgement_promotes_the_buffer_which_is_then_sent() -> None:
    client = with_buffer()
    assert client.receive([ACK], 4) == Received((), Operation([3, "12"]))
    assert client.state == AwaitingConfirm(Operation([3, "12"]))
    assert client.receive([ACK], 5) == Received((), None)


def test_what_an_acknowledgement_promotes_is_moved_past_the_changes_after_it() -> None:
    client = with_buffer()
    frame: list[Change] = [Operation(["<", 1]), ACK, Operation([4, ">"])]
    received = client.receive(frame, 6)
    assert received.operations == (Operation(["<", 5]), Operation([6, ">"]))
    assert received.send == Operation([4, "12", 1])
    assert (client.confirmed, client.length) == ("<abc>", 7)


def test_a_frame_with_two_acknowledgements_promotes_and_confirms() -> None:
    client = with_buffer()
    assert client.receive([ACK, ACK], 5) == Received((), None)
    assert client.state == Synchronized()
    assert client.confirmed == "abc12"


def test_what_others_do_is_shown_as_it_is_when_nothing_is_unsaved() -> None:
    client, change = Client("a"), Operation([1, "!"])
    assert client.receive([change], 1) == Received((change,), None)
    assert client.confirmed == "a!"


def test_what_others_do_sends_nothing() -> None:
    assert with_buffer().receive([Operation(["<", 1])], 4).send is None


def test_a_frame_without_changes_moves_the_revision() -> None:
    client = with_buffer()
    assert client.receive([], 9) == Received((), None)
    assert client.revision == 9


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        ([Operation([2])], LengthMismatch, "a change on 2 code points can't follow 1 of them"),
        (
            [Operation(["<", 1]), Operation([1])],
            LengthMismatch,
            "a change on 1 code points can't follow 2 of them",
        ),
        ([ACK, Operation([1])], LengthMismatch, "a change on 1 code points can't follow 3 of them"),
        (
            [Operation(["<", 1]), ACK, Operation([4, ">"]), Operation([4])],
            LengthMismatch,
            "a change on 4 code points can't follow 5 of them",
        ),
        ([ACK, ACK, ACK], UnexpectedAcknowledgement, "nothing is outstanding"),
        ([Operation(["<", 1]), ACK, ACK, ACK], UnexpectedAcknowledgement, "nothing is outstanding"),
    ],
)
def test_a_frame_that_cant_be_changes_nothing(
    frame: list[Change], error: type[OTError], message: str
) -> None:
    client = with_buffer()
    before = everything(client)
    with pytest.raises(error, match=f"^{message}$") as caught:
        client.receive(frame, 9)
    assert caught.value.code == error.code
    assert everything(client) == before


@pytest.mark.parametrize(
    "stranger", [["<", 1], None, ("<", 1), "<", 1, {"ack": 3}, Acknowledgement]
)
def test_what_is_no_change_is_no_acknowledgement(stranger: Any) -> None:
    for client in (with_buffer(), Client("a", 3)):
        before = everything(client)
        for frame in ([stranger], [Operation(["<", 1]), stranger]):
            with pytest.raises(TypeError, match=r"is no change$"):
                client.receive(frame, 9)
            assert everything(client) == before


def test_an_edit_for_another_text_is_refused_and_changes_nothing() -> None:
    client = with_buffer()
    before = everything(client)
    with pytest.raises(LengthMismatch, match="on 1 code points can't follow 5 of them"):
        client.edit(Operation([1, "x"]))
    assert everything(client) == before


def test_a_rejected_edit_is_taken_back_out_of_the_editor_without_the_buffer() -> None:
    client = with_buffer()
    client.receive([Operation(["😀", 1])], 4)
    shown = client.shown
    taken_back = client.reject()
    assert client.outstanding == Operation([2, "12"])
    assert taken_back.apply(shown) == client.outstanding.apply(client.confirmed) == "😀a12"
    assert client.buffer is None


def test_all_is_given_up_with_the_buffer() -> None:
    client = with_buffer()
    client.receive([Operation(["😀", 1])], 4)
    taken_back = client.give_up()
    assert taken_back.apply("😀abc12") == "😀a" == client.confirmed
    assert client.state == Synchronized()
    assert client.length == 2
    assert client.edit(Operation([2, "new"])) is not None


def test_a_rejection_gives_deleted_text_back() -> None:
    client = Client("abc")
    client.edit(Operation([1, -2]))
    client.receive([Operation([1, "x", 2])], 1)
    assert client.reject().apply("ax") == "axbc"


def test_a_rejection_of_nothing_does_nothing() -> None:
    assert Client("abc").reject() == Operation.noop(3)


def test_a_client_goes_on_where_it_left_off() -> None:
    left = with_buffer()
    client = Client(left.confirmed, left.revision, left.outstanding, left.buffer)
    assert everything(client) == everything(left)
    assert client.receive([ACK], 4).send == Operation([3, "12"])


def test_a_client_goes_on_with_an_outstanding_operation_alone() -> None:
    client = Client("a", 3, Operation([1, "b"]))
    assert client.state == AwaitingConfirm(Operation([1, "b"]))


@pytest.mark.parametrize(
    ("outstanding", "buffer"),
    [(Operation([2]), None), (Operation([1, "b"]), Operation([1])), (None, Operation([2]))],
)
def test_what_doesnt_follow_the_stored_text_is_refused(
    outstanding: Operation | None, buffer: Operation | None
) -> None:
    with pytest.raises(LengthMismatch):
        Client("a", 3, outstanding, buffer)


# --- in parts ---------------------------------------------------------------------------


def test_what_is_outstanding_is_sent_in_parts() -> None:
    client = with_buffer()
    client.divide(Operation([1, "b"]), Operation([2, "c"]))
    assert client.state == AwaitingWithBuffer(Operation([1, "b"]), Operation([2, "c12"]))
    client.receive([Acknowledgement()], 4)
    assert (client.confirmed, client.outstanding) == ("ab", Operation([2, "c12"]))
    client.divide(Operation([2, "c1"]), Operation([4, "2"]))
    assert client.state == AwaitingWithBuffer(Operation([2, "c1"]), Operation([4, "2"]))


@pytest.mark.parametrize(
    ("first", "rest"),
    [([1, "b"], [2, "cd"]), ([1, "b"], [1, "c"]), (["b"], [1, "c"]), ([1, "b"], [1, "xy"])],
)
def test_parts_of_something_else_are_refused(first: list[Component], rest: list[Component]) -> None:
    client = with_buffer()
    before = everything(client)
    with pytest.raises(LengthMismatch, match="part"):
        client.divide(Operation(first), Operation(rest))
    assert everything(client) == before
    with pytest.raises(LengthMismatch):
        Client("a").divide(Operation([1]), Operation([1]))

"""The committed vectors are what the script makes, and the engine agrees with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ot_core import (
    Acknowledgement,
    Client,
    Operation,
    OTError,
    UndoManager,
    diff,
    transform,
    transform_index,
)
from tests.vectors.load import FOLDER, load
from tests.vectors.make import FILES, files

Case = dict[str, Any]


def test_the_committed_files_are_what_the_script_makes() -> None:
    made = files()
    assert {path.name for path in FOLDER.glob("*.json")} == set(made)
    for name, body in made.items():
        assert (FOLDER / name).read_text("ascii") == body, f"make {name} anew"


def test_there_are_two_thousand_cases_or_more() -> None:
    assert sum(len(load(name)) for name in FILES) >= 2000


def test_the_vectors_hold_characters_above_the_basic_plane() -> None:
    for name in FILES:
        assert "\\ud83d\\ude00" in (FOLDER / name).read_text("ascii")


def check_apply(case: Case) -> None:
    assert operation(case, "operation").apply(case["text"]) == case["result"]


def check_compose(case: Case) -> None:
    a, b = operation(case, "a"), operation(case, "b")
    assert a.compose(b).to_wire() == case["composed"]
    assert a.compose(b).apply(case["text"]) == b.apply(a.apply(case["text"]))


def check_transform(case: Case) -> None:
    a, b = operation(case, "a"), operation(case, "b")
    a_, b_ = transform(a, b)
    assert (a_.to_wire(), b_.to_wire()) == (case["a_"], case["b_"])
    assert b_.apply(a.apply(case["text"])) == a_.apply(b.apply(case["text"]))


def check_invert(case: Case) -> None:
    assert operation(case, "operation").invert(case["text"]).to_wire() == case["inverse"]


def check_index(case: Case) -> None:
    assert transform_index(operation(case, "operation"), case["index"]) == case["result"]


def check_diff(case: Case) -> None:
    assert diff(case["old"], case["new"]).to_wire() == case["operation"]
    assert operation(case, "operation").apply(case["old"]) == case["new"]


def check_refused(case: Case) -> None:
    refuse: Callable[[Any], object]
    if "text" in case:
        refuse, argument = operation(case, "operation").apply, case["text"]
    else:
        refuse, argument = Operation.from_wire, case["input"]
    with pytest.raises(OTError) as caught:
        refuse(argument)
    assert caught.value.code == case["error"]


def check_client(case: Case) -> None:
    client = Client(case["text"], case["revision"])
    for step in case["steps"]:
        if "edit" in step:
            assert wire(client.edit(operation(step, "edit"))) == step["send"]
        elif "receive" in step:
            frame = [
                Acknowledgement() if change == {"ack": True} else Operation.from_wire(change)
                for change in step["receive"]
            ]
            received = client.receive(frame, step["revision"])
            assert [wire(shown) for shown in received.operations] == step["apply"]
            assert wire(received.send) == step["send"]
        else:
            assert step["reject"] is True
            assert wire(client.reject()) == step["apply"]
            assert wire(client.outstanding) == step["send"]
    assert (client.confirmed, client.revision) == (case["confirmed"], case["revision_after"])


def check_compact(case: Case) -> None:
    if "input" in case:
        with pytest.raises(OTError) as caught:
            Operation.from_compact(case["input"])
        assert caught.value.code == case["error"]
    else:
        assert operation(case, "operation").to_compact() == case["compact"]
        assert Operation.from_compact(case["compact"]).to_wire() == case["operation"]


def check_undo(case: Case) -> None:
    text: str = case["text"]
    manager = UndoManager(case["depth"], case["group_seconds"])
    made: Operation | None
    for step in case["steps"]:
        if "record" in step:
            manager.record(made := operation(step, "record"), text, step["at"])
        elif "receive" in step:
            manager.receive(made := operation(step, "receive"))
        elif "reject" in step:
            manager.reject(made := operation(step, "reject"), text)
        elif "reset" in step:
            manager.reset(made := operation(step, "reset"), text)
        else:
            made = manager.undo(text) if "undo" in step else manager.redo(text)
            assert wire(made) == step.get("undo", step.get("redo"))
        text = text if made is None else made.apply(text)
    assert text == case["result"]
    assert (manager.can_undo, manager.can_redo) == (case["can_undo"], case["can_redo"])


CHECKS = {
    "apply.json": check_apply,
    "compose.json": check_compose,
    "transform.json": check_transform,
    "invert.json": check_invert,
    "index.json": check_index,
    "diff.json": check_diff,
    "refused.json": check_refused,
    "client.json": check_client,
    "compact.json": check_compact,
    "undo.json": check_undo,
}


def test_all_files_are_checked() -> None:
    assert set(FILES) == {*CHECKS, "dialogue.json", "parts.json"}  # which are the clients'


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_engine_agrees_with_every_case_of(name: str) -> None:
    for place, case in enumerate(load(name)):
        try:
            CHECKS[name](case)
        except Exception as error:
            error.add_note(f"case {place} of {name}: {case!r}")
            raise


def operation(case: Case, field: str) -> Operation:
    # Not from_wire: the engine itself accepts carriage returns and U+0000.
    return Operation(case[field])


def wire(sent: Operation | None) -> object:
    return None if sent is None else sent.to_wire()

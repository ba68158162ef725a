"""``docs/protocol.md`` tells the truth: its code passes the vectors, and it names everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import structs

from ot_protocol import CloseCode, decode_client, decode_server, messages
from tests.vectors.load import load

PAGE = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
LANGUAGE_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLE_LINE = re.compile(r"^(?:Ada|Bob) ([<>]) (\{.*\})$", re.MULTILINE)


@pytest.fixture(scope="module")
def code() -> dict[str, Any]:
    """What the page's Python defines."""
    defined: dict[str, Any] = {}
    exec("\n".join(LANGUAGE_BLOCK.findall(PAGE)), defined)
    return defined


def test_its_engine_passes_the_vectors(code: dict[str, Any]) -> None:
    for case in load("apply.json"):
        assert code["apply"](case["text"], case["operation"]) == case["result"]
    for case in load("compose.json"):
        assert code["compose"](case["a"], case["b"]) == case["composed"]
    for case in load("transform.json"):
        assert code["transform"](case["a"], case["b"]) == (case["a_"], case["b_"])
    for case in load("invert.json"):
        assert code["invert"](case["operation"], case["text"]) == case["inverse"]
    for case in load("index.json"):
        assert code["transform_index"](case["operation"], case["index"]) == case["result"]
    for case in load("diff.json"):
        assert code["apply"](case["old"], case["operation"]) == case["new"]


def test_its_client_passes_the_vectors(code: dict[str, Any]) -> None:
    for case in load("client.json"):
        client = code["Client"](case["text"], case["revision"])
        for step in case["steps"]:
            play(client, step)
        assert (client.confirmed, client.revision) == (case["confirmed"], case["revision_after"])


def play(client: Any, step: dict[str, Any]) -> None:
    """Let the page's client take one step, and compare what it asks for."""
    if "edit" in step:
        assert client.edit(step["edit"]) == step["send"]
    elif "receive" in step:
        changes = [c if isinstance(c, dict) else {"op": c} for c in step["receive"]]
        assert client.receive(changes, step["revision"]) == (step["apply"], step["send"])
    else:
        # Where there is nothing to give up, the vectors have an operation that keeps all.
        nothing = [len(client.confirmed)] if client.confirmed else []
        back, send = client.reject()
        assert (back or nothing, send) == (step["apply"], step["send"])


def test_its_example_is_made_of_messages_of_the_protocol() -> None:
    said = EXAMPLE_LINE.findall(PAGE)
    assert len(said) > 20
    for direction, frame in said:
        (decode_client if direction == ">" else decode_server)(frame)


MESSAGES = [*get_args(messages.ClientMessage), *get_args(messages.ServerMessage)]


def test_it_names_every_message_field_code_and_limit() -> None:
    names = {str(message.__struct_config__.tag) for message in MESSAGES}
    names |= {field.encode_name for message in MESSAGES for field in structs.fields(message)}
    for codes in (
        messages.RejectCode,
        messages.ResetReason,
        messages.ErrorCode,
        messages.Role,
        messages.Severity,
    ):
        names |= set(get_args(codes))
    structs_told = (
        *(messages.Limits, messages.Lock, messages.Participant, messages.SessionInfo),
        *(messages.Diagnostic, messages.Fix, messages.Replacement),
    )
    for struct in structs_told:
        names |= {field.encode_name for field in structs.fields(struct)}
    names |= {str(code.value) for code in CloseCode}
    assert {name for name in names if not re.search(rf"\b{name}\b", PAGE)} == set()

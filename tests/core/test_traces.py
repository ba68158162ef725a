"""Replaying what real people typed, keystroke by keystroke, ends in the text that they had."""

from __future__ import annotations

import pytest

from ot_core import Document, TextBuffer
from tests.traces import ONE_WRITER, trace


@pytest.mark.parametrize("name", ONE_WRITER)
def test_a_real_trace_replays_to_its_end(name: str) -> None:
    typed = trace(name)
    document = Document(typed.start)
    for operation in typed.operations():
        document.apply(operation)
    assert isinstance(document.buffer, TextBuffer), "one replay tries both"
    assert document.text == typed.end
    assert document.length == len(typed.end)
    assert document.revision == sum(len(t.patches) for t in typed.transactions)


def test_a_whole_trace_is_one_operation() -> None:
    typed = trace("sveltecomponent")
    document = Document(typed.start)
    for operation in typed.operations():
        document.apply(operation)
    assert document.history.since(0).apply(typed.start) == typed.end

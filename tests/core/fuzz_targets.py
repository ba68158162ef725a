"""The promises of the engine that the fuzzer checks, whatever bytes it is given.

- Malformed input, and only that, is refused with a subclass of `OTError`; whether input is
  malformed is decided here a second time, independently.
- Refused input has changed nothing.
- Accepted input obeys the laws: those of ``laws.py``, and those of `Document` and `diff`.
- The processor time of an example is bounded by its size.

`check` is the whole target; ``test_fuzz.py`` and ``fuzz.py`` call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from time import process_time
from typing import Final

from ot_core import (
    Document,
    InvalidOperation,
    LengthMismatch,
    Operation,
    OTError,
    UnknownRevision,
    diff,
    transform,
    transform_index,
)
from ot_core.components import MAX_LENGTH
from tests.core.fuzz_source import Bytes
from tests.core.laws import LAWS, is_for_the_wire

__all__ = ["check"]

SECONDS: Final = 3.0
SECONDS_PER_UNIT: Final = 10e-6
"""The processor time that any example may take, and what each unit of its size adds.

`diff` takes 0.1 s for two small texts that are nothing alike, and ten times as long under
the fuzzer, which counts branches.  A cost that grows with the square of the size exceeds
this at some thousand units.
"""


def check(data: bytes) -> None:
    """Run the example that these bytes stand for.

    Raises:
        AssertionError: the engine broke a promise; any other error is one too.
    """
    source = Bytes(data)
    target = source.one_of(TARGETS)
    began = process_time()
    target(source)
    seconds = process_time() - began
    assert seconds < SECONDS + SECONDS_PER_UNIT * source.size, (
        f"{target.__name__}: {seconds:.2f} s for an example of {source.size} units"
    )


def reading_json(source: Bytes) -> None:
    untrusted = source.untrusted()
    before = repr(untrusted)
    try:
        operation = Operation.from_wire(untrusted)
    except InvalidOperation:
        assert not is_sound(untrusted)
    else:
        assert is_sound(untrusted)
        is_well_made(operation)
    assert repr(untrusted) == before


def reading_the_compact_form(source: Bytes) -> None:
    untrusted = source.untrusted_compact()
    try:
        operation = Operation.from_compact(untrusted)
    except InvalidOperation:
        return  # that the form of each operation is read is law 5
    assert operation.to_compact() == untrusted
    is_well_made(operation)


def two_that_may_not_fit(source: Bytes) -> None:
    length, other_length = source.length(), source.length()
    if source.number(0, 3):
        other_length = length
    try:
        a, b = source.operation(length), source.operation(other_length)
    except InvalidOperation:
        return  # one of them makes too long a text
    wires = a.to_wire(), b.to_wire()
    fault = None if a.target_length == b.base_length else LengthMismatch
    assert refusal(lambda: is_well_made(a.compose(b))) is fault
    if a.base_length != b.base_length:
        assert refusal(lambda: transform(a, b)) is LengthMismatch
    elif length_after_both(a, b) > MAX_LENGTH:
        assert refusal(lambda: transform(a, b)) is InvalidOperation
    else:
        a_, b_ = map(is_well_made, transform(a, b))
        both, as_well = is_well_made(a.compose(b_)), is_well_made(b.compose(a_))
        assert both.target_length == as_well.target_length == length_after_both(a, b)
    index = source.one_of((-1, 0, 1, a.base_length - 1, a.base_length, a.base_length + 1))
    fault = None if 0 <= index <= a.base_length else LengthMismatch
    assert refusal(lambda: transform_index(a, index)) is fault
    assert (a.to_wire(), b.to_wire()) == wires


def one_that_may_not_fit_its_text(source: Bytes) -> None:
    text = source.text()
    operation = source.operation(max(0, len(text) + source.number(-1, 1)))
    fault = None if operation.base_length == len(text) else LengthMismatch
    assert refusal(lambda: operation.apply(text)) is fault
    assert refusal(lambda: operation.invert(text)) is fault
    document = Document(text)
    assert refusal(lambda: document.apply(operation)) is fault
    assert document.text == (text if fault else operation.apply(text))
    assert document.revision == (0 if fault else 1)
    start, stop = source.number(-1, len(text) + 1), source.number(-1, len(text) + 1)
    is_range = 0 <= start <= stop <= len(text)
    replaced = refusal(lambda: Operation.replace(len(text), start, stop, "x"))
    assert replaced is (None if is_range else InvalidOperation)


def a_document(source: Bytes) -> None:
    """Serve edits, late and wrong ones too, and compare with the simplest possible server."""
    document = Document(source.text())
    texts, log = [document.text], list[Operation]()
    for _ in range(source.number(0, 9)):
        revision = source.number(-1, len(log) + 1)
        known = 0 <= revision <= len(log)
        length = len(texts[revision]) if known else 0
        operation = source.operation(max(0, length + source.one_of((0, 0, 0, 1, -1))))
        try:
            rebased = document.rebase(operation, revision)
        except UnknownRevision:
            assert not known
        except LengthMismatch:
            assert known
            assert operation.base_length != length
        else:
            assert operation.base_length == length
            for committed in log[revision:]:
                operation = transform(committed, operation)[1]
            assert rebased == operation, "over blocks as one by one"
            document.apply(rebased)
            log.append(rebased)
            texts.append(rebased.apply(texts[-1]))
        assert (document.text, document.revision) == (texts[-1], len(log))
        assert document.length == len(texts[-1])
    revision, last = source.number(0, len(log)), source.number(-1, len(log) + 1)
    history = document.history
    missed = reduce(Operation.compose, log[revision:], Operation.noop(len(texts[revision])))
    assert history.since(revision) == missed
    if revision <= last <= len(log):
        composed = history.composed(revision, last)
        assert is_well_made(composed).apply(texts[revision]) == texts[last]
    else:
        assert refusal(lambda: history.composed(revision, last)) is UnknownRevision
    if revision:
        undone = history.revert(revision, len(log), texts[revision - 1])
        assert is_well_made(undone).apply(texts[-1]) == texts[revision - 1]
        history.forget(revision)
        assert refusal(lambda: history.since(revision - 1)) is UnknownRevision
        assert refusal(lambda: history.prepend([*log[:revision], *log])) is not None
        history.prepend(log[:revision])
        assert history.since(revision) == missed, "what was forgotten may come back"


def comparing_texts(source: Bytes) -> None:
    old = source.any_text()
    new = source.operation(len(old)).apply(old) if source.number(0, 1) else source.any_text()
    try:
        operation = diff(old, new)
    except InvalidOperation:
        assert not is_scalar(new)
    else:
        assert is_well_made(operation).apply(old) == new
        assert operation.is_noop is (old == new)


def a_law(source: Bytes) -> None:
    source.one_of(LAWS)(source)


TARGETS: Final[tuple[Callable[[Bytes], None], ...]] = (
    reading_json,
    reading_the_compact_form,
    two_that_may_not_fit,
    one_that_may_not_fit_its_text,
    a_document,
    comparing_texts,
    a_law,
)


def refusal(call: Callable[[], object]) -> type[OTError] | None:
    try:
        call()
    except OTError as error:
        return type(error)
    return None


def is_well_made(operation: Operation) -> Operation:
    """Return the operation after checking that its components make the same one."""
    anew = Operation(operation.components)
    assert anew == operation
    assert anew.base_length == operation.base_length
    assert anew.target_length == operation.target_length
    return operation


def is_sound(untrusted: object) -> bool:
    """Return whether this is the JSON form of an operation, by the specification."""
    if not isinstance(untrusted, list | tuple):
        return False
    base_length = target_length = 0
    for component in untrusted:
        if type(component) is str and component:
            if not is_scalar(component) or not is_for_the_wire(component):
                return False
            target_length += len(component)
        elif type(component) is int and component and abs(component) <= MAX_LENGTH:
            base_length += abs(component)
            target_length += max(component, 0)
        else:
            return False
    return max(base_length, target_length) <= MAX_LENGTH


def is_scalar(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def length_after_both(a: Operation, b: Operation) -> int:
    """Return the length of the text that two concurrent operations make together."""
    kept = sum(
        max(0, min(a_stop, b_stop) - max(a_start, b_start))
        for a_start, a_stop in retained(a)
        for b_start, b_stop in retained(b)
    )
    inserts = [part for part in (*a.components, *b.components) if isinstance(part, str)]
    return kept + sum(map(len, inserts))


def retained(operation: Operation) -> Iterator[tuple[int, int]]:
    start = 0
    for component in operation.components:
        if isinstance(component, int):
            if component > 0:
                yield start, start + component
            start += abs(component)

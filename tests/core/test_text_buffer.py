"""`TextBuffer` is a str that is edited in place: it is compared with one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given

from ot_core import LengthMismatch, Operation, TextBuffer
from ot_core.text_buffer import CHUNK
from tests.core.cases import LETTERS, random_operation, random_text
from tests.strategies import Chain, chains


def check_chunks(buffer: TextBuffer) -> None:
    """Assert what the module promises about its chunks: its speed depends on it."""
    chunks, limit = buffer._chunks, buffer._limit
    assert chunks == [""] or all(chunks)
    assert max(map(len, chunks)) <= limit
    for left, right in pairwise(chunks):
        assert len(left) + len(right) > limit // 4
    assert sum(map(len, chunks)) == len(buffer)
    assert 0 <= buffer._finger < len(chunks)
    assert buffer._finger_start == sum(map(len, chunks[: buffer._finger]))


@given(chains())
def test_a_buffer_holds_what_a_str_holds(chain: Chain) -> None:
    buffer, text = TextBuffer(chain.text), chain.text
    for operation in chain.operations:
        buffer.apply(operation)
        text = operation.apply(text)
        assert buffer.text == text
        assert len(buffer) == len(text)


@pytest.mark.parametrize("seed", range(8))
def test_long_texts_follow_a_str_over_the_bounds_of_chunks(seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choices(LETTERS, k=random.choice((0, 1500, 12_000))))
    buffer = TextBuffer(text)
    grows = random.choice((0.3, 0.5, 0.7))
    for _ in range(400):
        start = random.choice((0, len(text), random.randint(0, len(text))))
        stop, insert = start, ""
        if random.random() < grows:
            insert = "".join(random.choices(LETTERS, k=random.choice((1, 1, 40, 1100, 3000))))
        else:
            stop = min(len(text), start + random.choice((1, 40, CHUNK - 1, CHUNK, 5000)))
        if insert or start < stop:
            operation = Operation.replace(len(text), start, stop, insert)
            buffer.apply(operation)
            text = operation.apply(text)
            check_chunks(buffer)
    assert buffer.text == text


@pytest.mark.parametrize("seed", range(50))
def test_many_small_chunks_follow_a_str(seed: int) -> None:
    random = Random(seed)
    text, buffer = "", TextBuffer()
    buffer._limit = 16
    for step in range(200):
        start = random.randint(0, len(text))
        if random.random() < 0.6:
            letters = chr(0x4E00 + step) * random.randint(1, 3)
            operation = Operation.replace(len(text), start, start, letters)
        else:
            stop = min(len(text), start + random.randint(1, 3))
            operation = Operation.replace(len(text), start, stop, "")
        buffer.apply(operation)
        text = operation.apply(text)
        check_chunks(buffer)
        assert buffer.text == text


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_edits_land_right_at_every_bound_of_a_chunk(length: int) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + length)))
    bounds = [0]
    for chunk in TextBuffer(text)._chunks:
        bounds.append(bounds[-1] + len(chunk))
    for place in {min(max(bound + d, 0), length) for bound in bounds for d in (-1, 0, 1)}:
        for stop in {place, min(place + 1, length), length}:
            buffer, operation = TextBuffer(text), Operation.replace(length, place, stop, "!")
            buffer.apply(operation)
            assert buffer.text == operation.apply(text)
            check_chunks(buffer)


def test_deleting_nearly_everything_everywhere_leaves_no_crumbs() -> None:
    buffer = TextBuffer("a" * 100 * CHUNK)
    keep_one_in_500 = Operation([1, -499] * (len(buffer) // 500) + [-(len(buffer) % 500)])
    buffer.apply(keep_one_in_500)
    assert len(buffer) == 204
    check_chunks(buffer)
    assert len(buffer._chunks) <= 2


@pytest.mark.parametrize("backwards", [False, True])
def test_crumbs_stay_bounded_however_long_pasting_and_deleting_goes_on(backwards: bool) -> None:
    buffer = TextBuffer()
    for _ in range(30):
        end = len(buffer)
        buffer.apply(Operation.replace(end, end, end, "a" * 10 * CHUNK))
        for kept in reversed(range(20)) if backwards else range(20):
            # One after the other, each chunk of the paste is cut down to its first character.
            start = end + (kept * CHUNK // 2 if backwards else kept)
            buffer.apply(Operation.replace(len(buffer), start + 1, start + CHUNK // 2, ""))
            check_chunks(buffer)
    assert len(buffer) == 600
    assert len(buffer._chunks) <= 1 + 2 * 600 // (CHUNK // 4)


def test_a_whole_text_can_go_and_come_back() -> None:
    buffer = TextBuffer("a" * 5000)
    buffer.apply(Operation([-5000]))
    assert (buffer.text, len(buffer)) == ("", 0)
    check_chunks(buffer)
    buffer.apply(Operation(["back"]))
    assert buffer.text == "back"


def test_the_last_chunk_can_go_while_the_finger_is_on_it() -> None:
    buffer = TextBuffer("a" * 2 * CHUNK)
    start = 2 * CHUNK - len(buffer._chunks[-1])
    # The chunk before it is too long to be joined with what is left.
    buffer.apply(Operation([start - 1, "b", 2 * CHUNK - start + 1]))
    buffer.apply(Operation([2 * CHUNK + 1, "c"]))
    assert (buffer._finger, buffer._finger_start) == (len(buffer._chunks) - 1, start + 1)
    buffer.apply(Operation([start + 1, start - 2 * CHUNK - 1]))
    check_chunks(buffer)
    assert buffer.text == "a" * (start - 1) + "ba"


def test_a_chunk_that_shrinks_beside_a_crumb_is_joined_with_it() -> None:
    buffer = TextBuffer("a" * 2 * CHUNK)
    first = len(buffer._chunks[0])
    buffer.apply(Operation.replace(len(buffer), 0, first - 10, ""))
    assert len(buffer._chunks[0]) == 10
    for count in (10, 300, 60):  # out of the middle of the next, so that it begins behind the crumb
        buffer.apply(Operation.replace(len(buffer), 20, 20 + count, ""))
        check_chunks(buffer)


def test_of_two_chunks_one_may_go() -> None:
    buffer = TextBuffer()
    buffer._limit = 8
    buffer.apply(Operation(["abcdefghij"]))
    buffer.apply(Operation([1, "12", 2, -3, 4]))
    buffer.apply(Operation([6, "x", 3]))
    assert buffer._chunks == ["a12bc", "gxhij"]
    buffer.apply(Operation([5, -5]))
    assert buffer._chunks == ["a12bc"]
    check_chunks(buffer)


def test_a_copy_goes_its_own_way() -> None:
    buffer = TextBuffer("a" * 3000)
    buffer.apply(Operation([2999, "!", 1]))
    twin = buffer.copy()
    twin.apply(Operation([-3001, "b"]))
    buffer.apply(Operation(["c", 3001]))
    assert twin.text == "b"
    assert buffer.text == "c" + "a" * 2999 + "!a"


def test_an_operation_for_another_length_is_refused_and_changes_nothing() -> None:
    buffer = TextBuffer("abc")
    with pytest.raises(LengthMismatch, match="on 4 code points can't follow 3 of them"):
        buffer.apply(Operation(["x", 4]))
    assert buffer.text == "abc"


def test_many_edits_in_one_operation_are_the_same_as_on_a_str() -> None:
    random = Random(5)
    for _ in range(60):
        text = random_text(random, 30) * 60
        operation = random_operation(random, len(text))
        buffer = TextBuffer(text)
        buffer.apply(operation)
        assert buffer.text == operation.apply(text)
        check_chunks(buffer)


@pytest.mark.parametrize("seed", range(60))
def test_parts_lines_and_positions_are_those_of_the_text(seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choices("ab\n", k=random.randint(1, 60)))
    buffer = TextBuffer()
    buffer._limit = 8  # so that there are many chunks, and bounds everywhere
    buffer.apply(Operation([text]))
    assert len(buffer._chunks) >= len(text) // 8
    for _ in range(60):
        start = random.randint(0, len(text))
        stop = random.randint(start, min(len(text), start + random.choice([0, 1, 3, 30])))
        insert = "".join(random.choices("ab\n", k=random.choice([0, 1, 2, 20])))
        buffer.apply(Operation.replace(len(text), start, stop, insert))
        text = text[:start] + insert + text[stop:]
        check_chunks(buffer)
        start, stop = random.randint(0, len(text)), random.randint(0, len(text))
        assert buffer[start:stop] == text[start:stop]
        line = text.count("\n", 0, start)
        column = start - (text.rfind("\n", 0, start) + 1)
        end = text.find("\n", start)
        assert buffer.position(start) == (line, column)
        assert buffer.index(line, column) == start
        assert buffer.index(line, 1000) == (end if end >= 0 else len(text))
        assert buffer.lines == text.count("\n") + 1


@pytest.mark.parametrize("copied", [False, True])
def test_the_lines_of_a_text_that_nobody_has_edited_are_known(copied: bool) -> None:
    text = "to be\nor not\n" * CHUNK
    buffer = TextBuffer(text).copy() if copied else TextBuffer(text)
    assert buffer.index(2 * CHUNK - 1) == len(text) - len("or not\n")
    assert buffer.lines == 2 * CHUNK + 1
    assert buffer.position(len(text)) == (2 * CHUNK, 0)


def test_a_line_begins_at_its_first_column() -> None:
    buffer = TextBuffer("one\ntwo")
    assert [buffer.index(line) for line in range(buffer.lines)] == [0, 4]


def test_a_deletion_copies_no_neighbour_that_is_not_small() -> None:
    buffer = TextBuffer("ab" * 4 * CHUNK)
    before = buffer._chunks.copy()
    start = sum(map(len, before[:3])) + 1
    buffer.apply(Operation.replace(len(buffer), start, start + CHUNK // 3, ""))
    changed = [old is not new for old, new in zip(before, buffer._chunks, strict=True)]
    assert [place for place, is_new in enumerate(changed) if is_new] == [3]


def test_places_outside_of_the_text_are_refused() -> None:
    buffer = TextBuffer("one\ntwo")
    for wrong, message in (
        (lambda: buffer.position(8), "no index 8 in 7 code points"),
        (lambda: buffer.position(-1), "no index -1 in 7 code points"),
        (lambda: buffer.index(2), "no line 2, column 0 in 2 lines"),
        (lambda: buffer.index(-1), "no line -1, column 0 in 2 lines"),
        (lambda: buffer.index(0, -1), "no line 0, column -1 in 2 lines"),
    ):
        with pytest.raises(LengthMismatch, match=f"^{message}$"):
            wrong()
    with pytest.raises(ValueError, match=r"^a part of a text has no step$"):
        buffer[::2]

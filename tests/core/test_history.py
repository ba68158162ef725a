"""`History`: its blocks have the effect of their operations; and `Document` on top of it."""

from __future__ import annotations

from functools import reduce
from random import Random

import pytest

from ot_core import (
    Component,
    Document,
    History,
    LengthMismatch,
    Operation,
    UnknownRevision,
    transform,
)
from ot_core.history import LARGEST, _size
from tests.core.cases import random_edit, random_operation


def filled(random: Random, count: int, revision: int = 0) -> tuple[History, list[Operation]]:
    """Return a history of `count` operations, and these operations."""
    history, made = History(4, revision), list[Operation]()
    for _ in range(count):
        made.append(random_edit(random, history.length))
        history.append(made[-1])
    return history, made


def test_a_history_begins_empty_at_revision_0_if_nothing_else_is_said() -> None:
    history = History()
    assert (history.start, history.revision, history.length) == (0, 0, 0)


@pytest.mark.parametrize("start", [0, 1, 5, 64])
def test_composed_blocks_agree_with_the_operations_one_by_one(start: int) -> None:
    random = Random(start)
    history, made = filled(random, 70, revision=start)
    for first in range(71):
        for last in range(first + 1, 71, 3):
            stepwise = reduce(Operation.compose, made[first:last])
            assert history.composed(start + first, start + last) == stepwise
        assert list(history.between(start + first, start + first)) == []


@pytest.mark.parametrize("start", [0, 3, 100])
def test_a_late_operation_is_rebased_as_if_step_by_step(start: int) -> None:
    random = Random(start)
    history, made = filled(random, 50, revision=start)
    lengths = [4, *(operation.target_length for operation in made)]
    for behind in range(51):
        operation = rebased = random_operation(random, lengths[behind])
        for committed in made[behind:]:
            rebased = transform(committed, rebased)[1]
        assert history.rebase(operation, start + behind) == rebased


@pytest.mark.parametrize("revision", [0, 1, 12_345, 999])
def test_a_late_operation_meets_few_blocks(revision: int) -> None:
    history = History(0, revision)
    for length in range(1000):
        history.append(Operation([length, "a"] if length else ["a"]))
    for first in range(0, 1000, 7):
        blocks = list(history.between(revision + first, revision + 1000))
        assert len(blocks) <= 2 * (1000 - first).bit_length()
    # Blocks are aligned, so that one block serves everybody who is this late or later.
    assert all(first % (1 << level) == 0 for level, first in history._blocks)
    assert len(history._blocks) < 1000


def test_composing_to_the_head_again_and_again_reuses_the_blocks() -> None:
    history, _ = filled(Random(1), 1024)
    whole = history.since(0)
    made = {id(block) for block in history._blocks.values()}
    assert history.since(0) is whole
    few = list(history.between(1, 1024))
    assert len(few) <= 10
    assert all(id(block) in made for block in few[1:]), "only the first is no block"
    assert {id(block) for block in history._blocks.values()} == made


def test_what_is_since_the_head_is_nothing() -> None:
    history, _ = filled(Random(2), 9)
    assert history.since(9) == Operation.noop(history.length)
    assert history.composed(4, 4).is_noop
    assert history.composed(4, 4).base_length == next(history.between(4, 5)).base_length


def test_a_history_can_forget_its_beginning() -> None:
    history, made = filled(Random(3), 40)
    before = history.composed(16, 40)
    history.since(0)
    history.forget(16)
    assert (history.start, history.revision) == (16, 40)
    assert history.since(16) == before
    assert history.since(21) == reduce(Operation.compose, made[21:])
    with pytest.raises(UnknownRevision, match=r"revision 15 is not among 16\.\.40"):
        history.since(15)
    history.forget(21)
    assert (history.start, history.revision) == (21, 40)
    assert history.since(21) == reduce(Operation.compose, made[21:])
    history.forget(40)
    assert history.since(40) == Operation.noop(history.length)
    history.append(Operation.noop(history.length))
    assert history.revision == 41


def test_what_is_forgotten_takes_its_blocks_along_and_no_others() -> None:
    history, _ = filled(Random(3), 64)
    history.since(0)
    kept = {key for key in history._blocks if key[1] >= 32}
    history.forget(32)
    assert set(history._blocks) == kept
    assert (1, 32) in kept
    assert history._blocks_size == sum(map(_size, history._blocks.values()))


def test_a_history_can_begin_earlier_when_what_was_before_is_at_hand() -> None:
    _, made = filled(Random(7), 60)
    for cut in (1, 17, 60):
        late = History(made[cut - 1].target_length, cut)
        for operation in made[cut:]:
            late.append(operation)
        late.since(cut)  # blocks that were made before still hold
        late.prepend(made[cut // 2 : cut])
        assert (late.start, late.revision) == (cut // 2, 60)
        late.prepend(made[: cut // 2])
        late.prepend([])
        assert (late.start, late.revision) == (0, 60)
        assert late.since(0) == reduce(Operation.compose, made)
        assert late.since(cut // 2) == reduce(Operation.compose, made[cut // 2 :])


@pytest.mark.parametrize("filled_before", [False, True])
def test_what_doesnt_lead_up_to_the_start_isnt_prepended(filled_before: bool) -> None:
    history = History(3, 2)
    if filled_before:
        history.append(Operation([3, "!"]))
    gap = "on 3 code points can't follow 2 of them" if filled_before else "lead to 3 code points"
    with pytest.raises(LengthMismatch, match=f"{gap}$"):
        history.prepend([Operation([2])])
    with pytest.raises(LengthMismatch, match=r"^an operation on 2 code points can't follow 1 of"):
        history.prepend([Operation([1]), Operation([2, "a"])])
    with pytest.raises(UnknownRevision, match="no 3 revisions before 2"):
        history.prepend([Operation([3])] * 3)
    assert (history.start, history.revision) == (2, 2 + filled_before)


@pytest.mark.parametrize("revision", [-1, 4, 11])
def test_an_unknown_revision_is_refused(revision: int) -> None:
    history, _ = filled(Random(4), 5, revision=5)
    for call in (
        lambda: history.since(revision),
        lambda: history.rebase(Operation(), revision),
        lambda: history.forget(revision),
        lambda: history.length_at(revision),
        lambda: history.composed(5, revision),
        lambda: history.composed(revision, 10),
    ):
        with pytest.raises(UnknownRevision):
            call()


def test_a_range_that_runs_backwards_is_refused() -> None:
    history, _ = filled(Random(5), 5)
    with pytest.raises(UnknownRevision, match="revision 2 comes before 3"):
        history.composed(3, 2)


def test_operations_for_another_length_are_refused_and_change_nothing() -> None:
    history, _ = filled(Random(6), 5)
    length = history.length
    message = f"^an operation on {length + 1} code points can't follow {length} of them$"
    with pytest.raises(LengthMismatch, match=message):
        history.append(Operation.noop(length + 1))
    with pytest.raises(LengthMismatch, match="was not made at revision 0, which has 4"):
        history.rebase(Operation.noop(5), 0)
    assert history.revision == 5


def test_a_document_is_a_text_and_how_it_came_to_be() -> None:
    document = Document("a😀", revision=7)
    assert (document.text, document.length, document.revision) == ("a😀", 2, 7)
    assert document.apply(Operation([2, "!"])) == 8
    late = document.rebase(Operation([1, -1]), 7)
    assert document.apply(late) == 9
    assert (document.text, document.length, document.revision) == ("a!", 2, 9)


def test_a_document_refuses_what_was_not_made_for_it_and_stays_as_it_was() -> None:
    document = Document("abc")
    with pytest.raises(LengthMismatch):
        document.apply(Operation(["x", 2]))
    with pytest.raises(UnknownRevision):
        document.rebase(Operation([3]), 1)
    assert (document.text, document.revision) == ("abc", 0)


@pytest.mark.parametrize("seed", range(60))
def test_a_revert_takes_back_a_range_and_keeps_later_work(seed: int) -> None:
    """Every revision writes a different letter: those of the range go, the others stay."""
    random = Random(seed)
    document, texts = Document(), [""]
    letters = "abcdefghijkl"
    for letter in letters:
        index = random.randint(0, document.length)
        document.apply(Operation.replace(document.length, index, index, letter))
        texts.append(document.text)
    first = random.randint(1, 12)
    last = random.randint(first, 12)
    document.apply(document.history.revert(first, last, texts[first - 1]))
    taken = letters[first - 1 : last]
    assert document.text == "".join(letter for letter in texts[-1] if letter not in taken)


def test_blocks_make_room_for_newer_ones_and_are_made_again() -> None:
    random = Random(3)
    small, large = History(4, blocks_size=5_000), History(4)
    for _ in range(300):
        operation = random_edit(random, small.length)
        small.append(operation)
        large.append(operation)
    for first in (0, 5, 250, 17, 0):
        assert small.since(first) == large.since(first)
        assert small._blocks_size <= 5_000
        assert small._blocks_size == sum(map(_size, small._blocks.values()))
    assert large._blocks_size > 5_000
    large.evict()
    assert large._blocks_size == len(large._blocks) == 0
    assert large.since(5) == small.since(5)


def test_blocks_may_take_all_the_room_that_they_are_given() -> None:
    history, made = filled(Random(8), 64)
    history.since(0)
    exact = History(4, blocks_size=history._blocks_size)
    for operation in made:
        exact.append(operation)
    exact.since(0)
    assert set(exact._blocks) == set(history._blocks)


def test_the_newest_block_is_kept_however_little_room_there_is() -> None:
    # So a caller who asks for the same again doesn't pay again.
    history = History(4, blocks_size=0)
    for operation in filled(Random(9), 64)[1]:
        history.append(operation)
    whole = history.since(0)
    assert list(history._blocks.values()) == [whole]
    assert history.since(0) is whole


def test_what_an_operation_takes_grows_with_its_components_and_its_text() -> None:
    assert _size(Operation(["a" * 1000])) - _size(Operation(["a"])) == 999
    assert _size(Operation([1, -1] * 50)) > _size(Operation([1, -1])) > _size(Operation()) > 0


def test_what_would_be_too_large_a_block_stays_in_parts() -> None:
    # Each of the 16 puts 3,000 letters into a different part of the text, so that some of them
    # are composed into one block, but not all of them.
    history = History(64_000)
    letters: list[Component] = ["x", 1] * 3_000
    made = [Operation([7_000 * n + 1, *letters, 60_999 - 4_000 * n]) for n in range(16)]
    for operation in made:
        history.append(operation)
    parts = list(history.between(0, 16))
    assert 1 < len(parts) < 16
    assert max(len(part.components) for part in parts) <= LARGEST
    assert reduce(Operation.compose, parts) == reduce(Operation.compose, made)
    assert len(list(history.between(0, 2))) == 1


def test_a_block_that_two_make_at_once_is_kept_once() -> None:
    history, _ = filled(Random(6), 8)
    one, other = history.in_steps(0, 8), history.in_steps(0, 8)
    made = [step for pair in zip(one, other, strict=True) for step in pair if step is not None]
    assert made[0] == made[1]
    assert history._blocks_size == sum(map(_size, history._blocks.values()))

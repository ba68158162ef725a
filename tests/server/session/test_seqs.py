"""`Seqs`: what a client may still hear of each of its edits."""

from __future__ import annotations

from collections.abc import Iterator

from ot_server.session.seqs import Seqs

HIGHEST = 4
"""The seqs of these tests are 1 to this; a reset spends one above them at most."""


def rank(seqs: Seqs, seq: int) -> int:
    """Return how far down a seq is in the table of `Seqs`."""
    if seq <= seqs.spent:
        return 3
    if seq <= seqs.answered:
        return 2
    return 1 if seq == seqs.outstanding else 0


def keeps_the_law(seqs: Seqs) -> bool:
    waits = seqs.outstanding is None or seqs.answered < seqs.outstanding <= seqs.used
    return 0 <= seqs.spent <= seqs.answered <= seqs.used and waits


def after_each(seqs: Seqs) -> Iterator[tuple[str, Seqs]]:
    """Yield all that can happen, by name, and what is known then."""
    for seq in range(1, HIGHEST + 1):
        yield f"declare {seq}", seqs.declare(seq) or seqs
        yield f"answer {seq}", seqs.answer(seq)
        yield f"repeat {seq}", seqs.repeat(seq)
    yield "repeated", seqs.repeated()
    yield "reset", seqs.reset()


def test_whatever_happens_the_law_holds_and_a_seq_only_moves_on() -> None:
    """All states that can be reached are tried, until the seqs run out."""
    seen, left = {Seqs()}, [Seqs()]
    while left:
        before = left.pop()
        for name, after in after_each(before):
            assert keeps_the_law(after), f"{name} of {before}"
            for seq in range(1, HIGHEST + 1):
                assert rank(before, seq) <= rank(after, seq), f"{seq}: {name} of {before}"
            if after not in seen and after.used <= HIGHEST:
                seen.add(after)
                left.append(after)
    assert len(seen) > 100, "there is more to try than that"


def test_a_client_waits_for_one_edit_at_a_time() -> None:
    waiting = Seqs(answered=1, used=1).declare(2)
    assert waiting is not None
    assert waiting.outstanding == 2
    assert waiting.declare(2) == waiting, "a resend"
    assert waiting.declare(3) is None
    assert waiting.answer(2).declare(3) is not None


def test_a_resend_that_crossed_its_answer_changes_nothing() -> None:
    answered = Seqs(answered=5, used=5)
    assert answered.declare(5) == answered
    assert answered.declare(4) == answered


def test_an_answer_to_another_edit_leaves_the_one_that_waits() -> None:
    waiting = Seqs(answered=1, used=3, outstanding=3)
    assert waiting.answer(2).outstanding == 3
    assert waiting.answer(3).outstanding is None


def test_what_the_log_has_told_already_is_acknowledged_once_more() -> None:
    answered = Seqs(answered=2, used=2)
    again = answered.repeat(2)
    assert again.again == 2
    assert again.repeated() == answered
    assert answered.repeated() == answered


def test_a_reset_spends_all_that_was_used_and_the_edit_that_may_be_on_its_way() -> None:
    waiting = Seqs(answered=2, used=6, outstanding=4, again=2)
    after = waiting.reset()
    assert after == Seqs(answered=7, used=7, spent=7)
    assert after.is_spent(7)
    assert not after.is_spent(8)
    assert not waiting.is_spent(1), "it was answered, not given up"
    assert after.reset().spent == 8

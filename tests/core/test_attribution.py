"""`Attribution`: every code point has the author who inserted it."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from ot_core import Attribution, Author, InvalidOperation, LengthMismatch, Operation
from ot_core import attribution as module
from tests.core.cases import random_edit


class Model:
    """The same, as a list with an entry per code point."""

    def __init__(self) -> None:
        self.authors: list[Author] = []

    def apply(self, operation: Operation, author: Author) -> None:
        index = 0
        for component in operation.components:
            if isinstance(component, str):
                self.authors[index:index] = [author] * len(component)
                index += len(component)
            elif component > 0:
                index += component
            else:
                del self.authors[index : index - component]


@pytest.mark.parametrize("seed", range(30))
def test_every_code_point_has_the_author_who_inserted_it(seed: int) -> None:
    random = Random(seed)
    attribution, model, log = Attribution(), Model(), list[tuple[Operation, Author]]()
    for revision in range(80):
        operation = random_edit(random, len(attribution))
        author = random.choice(["ann", "bob", None, revision])
        attribution.apply(operation, author)
        model.apply(operation, author)
        log.append((operation, author))
    assert [attribution.author(i) for i in range(len(attribution))] == model.authors
    spread = [r.author for r in attribution.ranges() for _ in range(r.start, r.stop)]
    assert spread == model.authors
    ranges = list(attribution.ranges())
    assert all(a.stop == b.start and a.author != b.author for a, b in pairwise(ranges))
    wire = attribution.to_wire()
    assert Attribution.from_wire(wire).to_wire() == wire
    assert Attribution.from_log(log).to_wire() == wire


def test_a_part_of_the_text_is_told_with_its_own_ends() -> None:
    attribution = Attribution(4, "ann")
    attribution.apply(Operation([2, "xx", 2]), "bob")
    assert list(attribution.ranges(1, 3)) == [(1, 2, "ann"), (2, 3, "bob")]
    assert list(attribution.ranges(5)) == [(5, 6, "ann")]
    assert list(attribution.ranges(3, 2)) == []


def test_more_authors_than_small_signs_are_told_apart() -> None:
    attribution = Attribution()
    count = 0xD800 + 10
    for revision in range(count):
        attribution.apply(Operation(["x", revision] if revision else ["x"]), revision)
    assert [attribution.author(i) for i in range(12)] == list(range(count - 1, count - 13, -1))


def test_what_is_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    attribution = Attribution(3, "ann")
    with pytest.raises(LengthMismatch):
        attribution.apply(Operation([2]), "bob")
    with pytest.raises(IndexError):
        attribution.author(3)
    monkeypatch.setattr(module, "MOST_AUTHORS", 2)
    with pytest.raises(InvalidOperation):
        attribution.apply(Operation([3, "x"]), "cid")
    assert attribution.to_wire() == [(3, "ann")]

"""`Attribution`: every code point has the author who inserted it."""

from __future__ import annotations

import json
from itertools import pairwise
from random import Random

import pytest

from ot_core import Attribution, Author, InvalidOperation, LengthMismatch, Operation
from ot_core.attribution import MOST_AUTHORS
from tests.core.cases import random_edit


class Model:
    """The same as a list with one entry per code point."""

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


@pytest.mark.parametrize("length", [1, 15, 16, 17, 47, 48, 49, 3_000])
def test_a_range_ends_where_it_ends_however_long_it_is(length: int) -> None:
    attribution = Attribution.from_wire([[length, "ann"], [1, "bob"], [length, "ann"]])
    assert attribution.to_wire() == [(length, "ann"), (1, "bob"), (length, "ann")]


def test_a_part_of_the_text_is_told_with_its_own_ends() -> None:
    attribution = Attribution(4, "ann")
    attribution.apply(Operation([2, "xx", 2]), "bob")
    assert list(attribution.ranges(1, 3)) == [(1, 2, "ann"), (2, 3, "bob")]
    assert list(attribution.ranges(5)) == [(5, 6, "ann")]
    assert list(attribution.ranges(3, 2)) == []


def test_what_was_there_before_the_log_has_an_author_too() -> None:
    log = [(Operation([2, "xx", 1]), "bob")]
    assert Attribution.from_log(log, 3, "ann").to_wire() == [(2, "ann"), (2, "bob"), (1, "ann")]


def test_more_authors_than_small_signs_are_told_apart() -> None:
    attribution = Attribution()
    count = 0xD800 + 10
    for revision in range(count):
        attribution.apply(Operation(["x", revision] if revision else ["x"]), revision)
    assert [attribution.author(i) for i in range(12)] == list(range(count - 1, count - 13, -1))


def test_its_wire_form_goes_through_json() -> None:
    wire = [(2, "ann"), (1, None), (3, 7), (1, "ann")]
    assert Attribution.from_wire(json.loads(json.dumps(wire))).to_wire() == wire


NO_STRETCH = "a stretch is a count and an author"
NO_COUNT = "counts are above 0, and 2147483647 at most together"


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (None, "an attribution is an array, not NoneType"),
        ("ab", "an attribution is an array, not str"),
        ({1: "ann"}, "an attribution is an array, not dict"),
        ([3], NO_STRETCH),
        (["ab"], NO_STRETCH),
        ([[3]], NO_STRETCH),
        ([[3, "ann", 4]], NO_STRETCH),
        ([["3", "ann"]], NO_COUNT),
        ([[3.0, "ann"]], NO_COUNT),
        ([[0, "ann"]], NO_COUNT),
        ([[-1, "ann"]], NO_COUNT),
        ([[3, 1.5]], "float is no author"),
        ([[3, ["ann"]]], "list is no author"),
        ([[1, "ann"], [2**31 - 1, "bob"]], NO_COUNT),
        ([[1, "ann"], [1, "bob"], [2**31 - 2, "cid"]], NO_COUNT),
        ([[10**400, "ann"]], NO_COUNT),
    ],
)
def test_what_is_no_wire_form_is_refused(wire: object, message: str) -> None:
    with pytest.raises(InvalidOperation, match=f"^{message}$"):
        Attribution.from_wire(wire)


def test_what_is_wrong_is_refused() -> None:
    attribution = Attribution(3, "ann")
    with pytest.raises(LengthMismatch):
        attribution.apply(Operation([2]), "bob")
    for index in (-1, 3):
        with pytest.raises(IndexError, match=f"^no index {index} in 3 code points$"):
            attribution.author(index)


def test_the_last_sign_is_given_and_none_after_it() -> None:
    attribution = Attribution(3, "ann")
    attribution._authors += [None] * (MOST_AUTHORS - 2)  # as if so many had come and gone
    attribution.apply(Operation([3, "x"]), "bob")
    assert attribution.to_wire() == [(3, "ann"), (1, "bob")]
    with pytest.raises(InvalidOperation, match="more than 1112064 authors"):
        attribution.apply(Operation([4, "x"]), "cid")
    assert attribution.to_wire() == [(3, "ann"), (1, "bob")]

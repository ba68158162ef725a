"""Why exact composition (law 4) needs its rules: what breaks without them, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

import pytest

from ot_core import Component, Operation, transform
from tests.core.cases import random_operation, random_text


class Case(NamedTuple):
    """a, then b, are committed; c, made on the same text as a, is not."""

    text: str
    a: Operation
    b: Operation
    c: Operation


def make(seed: int) -> Case:
    random = Random(seed)
    text = random_text(random, 5)
    a, c = random_operation(random, len(text)), random_operation(random, len(text))
    return Case(text, a, random_operation(random, a.target_length), c)


Order = Callable[[Iterable[Component]], list[Component]]
"""How the components between two retains are sorted."""


def inserts_first(stretch: Iterable[Component]) -> list[Component]:
    return sorted(stretch, key=lambda component: not isinstance(component, str))


def deletes_first(stretch: Iterable[Component]) -> list[Component]:
    return sorted(stretch, key=lambda component: isinstance(component, str))


def reordered(operation: Operation, order: Order) -> Operation:
    """Return the operation as in a library that sorts the components between retains."""
    components: list[Component] = []
    stretch: list[Component] = []
    for component in operation.components:
        if isinstance(component, int) and component > 0:
            components += [*order(stretch), component]
            stretch = []
        else:
            stretch.append(component)
    return Operation(components + order(stretch))


def results_with(order: Order, case: Case) -> tuple[str, str]:
    """Return the text after c, moved over a and then b, and moved over their composition."""
    a, b, c = (reordered(operation, order) for operation in case[1:])
    stepwise = reordered(transform(a, c)[1], order)
    stepwise = reordered(transform(b, stepwise)[1], order)
    composed = reordered(a.compose(b), order)
    at_once = reordered(transform(composed, c)[1], order)
    after = b.apply(a.apply(case.text))
    assert composed.apply(case.text) == after, "to sort them changes no text by itself"
    return stepwise.apply(after), at_once.apply(after)


@pytest.mark.parametrize("order", [inserts_first, deletes_first])
def test_reordering_breaks_exact_composition(order: Order) -> None:
    results = (results_with(order, make(seed)) for seed in range(2_000))
    broken = sum(stepwise != at_once for stepwise, at_once in results)
    assert broken > 20, "more than one case in a hundred ends in another text"


def test_the_smallest_case_that_reordering_breaks() -> None:
    # Delete "a", insert x in its place; concurrently y is typed behind "a".
    case = Case("a", Operation([-1]), Operation(["x"]), Operation([1, "y"]))
    assert results_with(inserts_first, case) == ("yx", "xy")
    assert results_with(list, case) == ("yx", "yx")
    # The mirror image: insert x before "a", then delete "a".
    case = Case("a", Operation(["x", 1]), Operation([1, -1]), Operation([1, "y"]))
    assert results_with(deletes_first, case) == ("xy", "yx")
    assert results_with(list, case) == ("xy", "xy")


def test_the_uncommitted_side_is_not_exact() -> None:
    # One client deletes "a" and types x, another has committed y before "a": had the two
    # edits been squashed for one replica and kept apart for another, they would differ.
    first, second, committed = Operation([-1]), Operation(["x"]), Operation(["y", 1])
    committed_, first_ = transform(committed, first)
    _, second_ = transform(committed_, second)
    _, both_ = transform(committed, first.compose(second))
    after = committed.apply("a")
    assert second_.apply(first_.apply(after)) == "xy"
    assert both_.apply(after) == "yx"

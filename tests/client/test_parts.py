"""Parts: what is too much for one edit, in several."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from ot_client.parts import divided, without_excess
from ot_core import Operation, transform
from tests.core.cases import LETTERS
from tests.vectors.load import load
from tests.vectors.parts_cases import limits_of, parts_of, random_large_operation


def composed(parts: list[Operation]) -> Operation:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.compose(part)
    return whole


def size(text: str) -> int:
    return len(text.encode())


@pytest.mark.parametrize("seed", range(600))
def test_the_parts_are_the_operation_and_each_fits(seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choices(LETTERS, k=random.randint(0, 60)))
    operation = random_large_operation(random, len(text))
    limits = limits_of(random.choice((4, 5, 9, 30)), random.choice((100, 150, 400, 9000)))
    parts = parts_of(operation, text, limits)

    assert composed(parts) == operation
    largest = max(size(text), size(operation.apply(text)))
    for part in parts:
        assert len(part.components) <= limits.components
        assert size(msgspec.json.encode(part.components).decode()) <= limits.frame_bytes
        text = part.apply(text)
        assert size(text) <= largest


def test_the_vectors_are_as_this_makes_them() -> None:
    for case in load("parts.json"):
        limits = limits_of(case["components"], case["frame_bytes"])
        parts = parts_of(Operation(case["operation"]), case["text"], limits)
        assert [part.to_wire() for part in parts] == case["parts"]


def test_what_fits_is_in_one_part_and_costs_no_look_at_the_text() -> None:
    operation = Operation([3, "x", -2, 4])
    assert divided(operation, lambda: pytest.fail("not asked for"), limits_of(4, 5000)) is None


def test_a_hundred_thousand_components_go_in_a_dozen_parts() -> None:
    text = "-" * 100_000
    operation = Operation([part for _ in range(50_000) for part in (2, "x")])
    parts = parts_of(operation, text, limits_of(10_000, 2**23))
    assert 10 < len(parts) < 20
    assert parts[-1].target_length == operation.target_length


# --- what makes the text too large -----------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "most", "gone", "kept"),
    [
        (["abc", 4, "d"], 5, ["abc", 4], [7, "d"]),
        (["abc", -2, 1, "é", 1, "f"], 6, [3, "é", 1], ["abc", -2, 3, "f"]),
        (["a", 1, -3], 2, None, None),
        (["a", 1, -1, "bc", -1, "def", 1], 5, [1, -1, "bc", -1, "def", 1], ["a", 7]),
        ([4, "xyz"], 4, [4, "xyz"], [7]),
    ],
)
def test_only_what_makes_the_text_too_large_goes(
    operation: list[str | int],
    most: int,
    gone: list[str | int] | None,
    kept: list[str | int] | None,
) -> None:
    parts = without_excess(Operation(operation), "1234", most)
    if gone is None or kept is None:
        assert parts is None
    else:
        assert parts == (Operation(gone), Operation(kept))


@pytest.mark.parametrize("seed", range(300))
def test_what_is_kept_fits_and_with_the_rest_is_all(seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choices(LETTERS, k=random.randint(0, 20)))
    operation = random_large_operation(random, len(text))
    most = size(text) + random.randint(0, 40)
    parts = without_excess(operation, text, most)
    if parts is None:
        assert size(operation.apply(text)) <= most
    else:
        gone, kept = parts
        assert gone.compose(kept) == operation
        _, alone = transform(gone.invert(text), kept)
        assert size(alone.apply(text)) <= most < size(operation.apply(text))

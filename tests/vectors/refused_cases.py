"""Cases for ``refused.json``: what `Operation.from_wire` and `Operation.apply` turn down.

Only what every JSON parser reads alike: 1.0 is left out, being 1 to JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeVar

from ot_core import Operation, OTError
from tests.core.cases import random_operation, random_text

Case = dict[str, object]
T = TypeVar("T")

INPUTS: tuple[tuple[object, str], ...] = (
    (None, "null is no array"),
    (True, "a boolean is no array"),
    (5, "a number is no array"),
    (1.5, "a float is no array"),
    ("abc", "a string is no array, though it is made of strings"),
    ("", "nor is an empty one"),
    ({}, "an object is no array"),
    ({"0": 1, "length": 1}, "nor is an object that looks like one"),
    ([True], "true is not 1"),
    ([False], "false is not 0, which would be refused too"),
    ([3, True], "nor behind a sound component"),
    ([None], "null is no component"),
    ([3, None, 2], "nor between sound ones"),
    ([[3]], "an array is no component"),
    ([[]], "nor is an empty one"),
    ([["a"], 3], "nor one that holds an insert"),
    ([{}], "an object is no component"),
    ([{"retain": 3}], "nor is another library's component"),
    ([{"d": 1}], "nor another's"),
    ([0], "a component of 0 does nothing"),
    ([3, 0], "nor at the end"),
    ([""], "an empty insert does nothing"),
    ([2, "", -1], "nor in the middle"),
    ([1.5], "a float is no count"),
    ([-0.5], "nor a negative one"),
    ([0.1], "nor one that is nearly 0"),
    ([1e300], "nor a huge one"),
    ([2**31], "a retain beyond 2**31 - 1"),
    ([-(2**31)], "a delete beyond 2**31 - 1"),
    ([2**32], "a retain that is 0 in 32 bits"),
    ([2**32 + 3], "a retain that is 3 in 32 bits"),
    ([2**53], "a retain at the end of exact floats"),
    ([2**53 + 1], "a retain beyond exact floats"),
    ([2**63], "a retain beyond 63 bits"),
    ([-(2**64)], "a delete beyond 64 bits"),
    ([10**21], "a retain that JavaScript prints with an exponent"),
    ([10**400], "a retain beyond every float"),
    ([-(10**400)], "a delete beyond every float"),
    ([2**31 - 1, 1], "retains that together span more than 2**31 - 1"),
    ([1 - 2**31, -1], "deletes that together span more than 2**31 - 1"),
    ([2**31 - 1, -1], "a base length beyond 2**31 - 1"),
    ([2**31 - 1, "a"], "a target length beyond 2**31 - 1"),
    ([2**31 - 2, "😀", 1], "the same, the insert in the middle"),
    (["\ud800"], "a lone high surrogate"),
    (["\udc00"], "a lone low surrogate"),
    (["a\udbff"], "a high surrogate at an insert's end"),
    (["\udfffa"], "a low surrogate at an insert's start"),
    (["a\ud83db"], "a high surrogate in the middle"),
    (["\udc00\ud800"], "a pair the wrong way round"),
    (["😀\ud83d"], "a high surrogate behind a sound pair"),
    (["\ud83d", "\ude00"], "a pair that is cut over two inserts"),
    ([2, "\ud83d", -1, "\ude00"], "the same, with a delete between"),
    (["\0"], "U+0000"),
    (["a\0b"], "U+0000 in the middle"),
    (["a", "\0"], "U+0000 in a neighbour"),
    (["\r"], "a carriage return"),
    (["a\r\nb"], "a line end of another system"),
    ([1, "\n\r"], "a carriage return at the end"),
    ([["\r"]], "a carriage return where nothing is read"),
    (["a", 3, {"a": [1, "b", None]}], "an object behind sound components"),
)

MISMATCHES: tuple[tuple[str, list[int | str], str], ...] = (
    ("", [1], "a retain on an empty text"),
    ("", [-1], "a delete on an empty text"),
    ("abc", [], "a no-op of an empty text"),
    ("abc", ["x"], "an insert into an empty text"),
    ("abc", [2], "it ends too early"),
    ("abc", [4], "it ends too late"),
    ("abc", [2, -2], "it deletes beyond the end"),
    ("abc", [3, "x", 1], "it retains beyond the end"),
    ("😀", [2], "counted in UTF-16 code units, not in code points"),
    ("😀😀", [3], "counted in both"),
    ("a😀", [1, -2], "deleting both halves of a pair as two"),
    ("é", [2], "counted in bytes of UTF-8"),
    ("e\u0301", [1], "counted in characters as drawn"),
    ("👩\u200d👧", [1], "likewise"),
    ("abc", [2**31 - 1], "far beyond the end"),
)


def nested(depth: int) -> list[object]:
    """Return an array inside of an array, and so on."""
    value: list[object] = ["a"]
    for _ in range(depth):
        value = [value]
    return value


def refused_cases(random: Random) -> Iterator[Case]:
    for value, why in (*INPUTS, (nested(100), "arrays a hundred deep")):
        yield {"input": value, "error": code_of(Operation.from_wire, value), "why": why}
    for text, components, why in MISMATCHES:
        operation = Operation(components)
        error = code_of(operation.apply, text)
        yield {"text": text, "operation": components, "error": error, "why": why}
    for _ in range(40):
        text = random_text(random, 8)
        length = len(text) + random.choice((-2, -1, 1, 2))
        operation = random_operation(random, max(length, 0))
        if operation.base_length != len(text):
            error = code_of(operation.apply, text)
            why = f"base length {operation.base_length}, text of {len(text)} code points"
            yield {"text": text, "operation": operation.to_wire(), "error": error, "why": why}


def code_of(method: Callable[[T], object], argument: T) -> str:
    """Return the code of the error that the call must end in."""
    try:
        method(argument)
    except OTError as error:
        return error.code
    raise AssertionError("this was meant to be refused")

"""Cases for ``compact.json``: operations with their compact form, and texts that are none."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from ot_core import Operation
from tests.core.cases import random_edit, random_operation
from tests.vectors.refused_cases import code_of

Case = dict[str, object]

KNOWN: Final[tuple[list[int | str], ...]] = (
    [],
    [5],
    [-5],
    ["abc"],
    [1000, "a", 5000],
    [2, "!", -1],
    ["x", -1],
    [-1, "x"],
    ["3+abc2-10="],
    ["=", 1, "+", 1, "-"],
    ["12", 34],
    ["\n\t \\\"'%\u2028"],
    ["😀", 1, "👩\u200d👧", -1, "e\u0301"],
    [2**31 - 1],
    [1 - 2**31],
)

REFUSED: Final[tuple[tuple[object, str], ...]] = (
    (None, "null is no text"),
    (5, "a number is no text"),
    ([5], "the JSON form is not the compact one"),
    ({}, "an object is no text"),
    ("5", "a count without a kind"),
    ("=", "a kind without a count"),
    ("=5", "the kind comes behind the count"),
    ("5*", "no kind of component"),
    ("0=", "a component of 0 does nothing"),
    ("0+", "an empty insert does nothing"),
    ("05=", "a leading zero"),
    ("+5=", "a sign"),
    ("-5=", "another sign"),
    (" 5=", "white space before a count"),
    ("5 =", "white space behind a count"),
    ("5=\n", "white space at the end"),
    ("1.5=", "a float is no count"),
    ("1e3=", "nor is a power"),
    ("0x5=", "nor another base"),
    ("1_000=", "nor a count with an underscore"),
    ("\uff15=", "a digit of another script"),
    ("\u0665=", "a digit of yet another"),
    ("2147483648=", "a retain beyond 2**31 - 1"),
    ("2147483648-", "a delete beyond 2**31 - 1"),
    ("9999999999+a", "an insert beyond 2**31 - 1"),
    ("10000000000=", "more than ten digits"),
    ("9" * 5000 + "=", "far more than ten digits"),
    ("2147483647=1-", "a base length beyond 2**31 - 1"),
    ("2147483647=1+a", "a target length beyond 2**31 - 1"),
    ("1=2=", "two retains in a row"),
    ("1-2-", "two deletes in a row"),
    ("1+a1+b", "two inserts in a row"),
    ("1+", "an insert without its text"),
    ("3+ab", "an insert that is cut short"),
    ("2+😀", "counted in UTF-16 code units, not in code points"),
    ("3+😀a", "an insert behind a pair that is cut short"),
    ("1+ab", "an insert that is longer than it says"),
    ("1+\ud800", "a lone high surrogate"),
    ("1+\udc001=", "a lone low surrogate"),
    ("2+a\0", "U+0000"),
    ("3+a\r\n", "a carriage return"),
)


def compact_cases(random: Random) -> Iterator[Case]:
    for components in KNOWN:
        yield sound(Operation(components))
    for _ in range(75):
        yield sound(random_operation(random, random.choice((0, 3, 12))))
        yield sound(random_edit(random, random.choice((0, 12, 5000))))
    for value, why in REFUSED:
        yield {"input": value, "error": code_of(Operation.from_compact, value), "why": why}


def sound(operation: Operation) -> Case:
    return {"operation": operation.to_wire(), "compact": operation.to_compact()}

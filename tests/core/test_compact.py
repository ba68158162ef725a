"""The compact form of an operation: how it is written, and how anything else is refused."""

from __future__ import annotations

import pytest

from ot_core import InvalidOperation, Operation


def test_it_says_of_each_component_how_long_it_is_and_of_which_kind() -> None:
    operation = Operation([1000, "1+a😀", -12, "\n", 5000])
    assert operation.to_compact() == "1000=4+1+a😀12-1+\n5000="
    assert Operation.from_compact("1000=4+1+a😀12-1+\n5000=") == operation


def test_an_operation_without_components_is_an_empty_text() -> None:
    assert Operation().to_compact() == ""
    assert Operation.from_compact("") == Operation()


def test_the_longest_count_has_ten_digits() -> None:
    longest = Operation([2**31 - 1])
    assert Operation.from_compact(longest.to_compact()) == longest


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (None, "a compact form is a text, not NoneType"),
        ([5], "a compact form is a text, not list"),
        ("a", "no component begins at 0 of a compact form"),
        ("5=a", "no component begins at 2 of a compact form"),
        ("5=3+abc2", "no component begins at 7 of a compact form"),
        ("0=", "no component begins at 0 of a compact form"),
        ("05=", "no component begins at 0 of a compact form"),
        ("5*", "no component begins at 0 of a compact form"),
        ("10000000000=", "no component begins at 0 of a compact form"),
        ("1=2=", "two neighbours of one kind meet at 2 of a compact form"),
        ("1+a1+b", "two neighbours of one kind meet at 3 of a compact form"),
        ("5=1-1-", "two neighbours of one kind meet at 4 of a compact form"),
        ("3+ab", "an insert of 3 code points is cut short"),
        ("5=9+abc", "an insert of 9 code points is cut short"),
        ("2147483648=", "a component is beyond 2147483647 code points"),
        ("2147483648-", "a component is beyond 2147483647 code points"),
        ("1+\0", "an insert holds U\\+0000 or a carriage return"),
        ("1+\ud800", "an insert holds a lone surrogate"),
    ],
)
def test_what_is_no_compact_form_is_refused_with_the_place(wrong: object, message: str) -> None:
    with pytest.raises(InvalidOperation, match=f"^{message}$"):
        Operation.from_compact(wrong)

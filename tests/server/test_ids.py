"""Ids: nobody guesses them, and they can be typed wherever an id can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from ot_server import ids


@pytest.mark.parametrize(("make", "length"), [(ids.new_id, 16), (ids.new_link, 24)])
def test_an_id_is_safe_in_a_path_and_never_the_same(make: Callable[[], str], length: int) -> None:
    made = {make() for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]+", each) for each in made)
    assert {len(each) for each in made} == {length}


@pytest.mark.parametrize("make", [ids.new_id, ids.new_link])
def test_none_is_taken_for_an_option(
    make: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Iterator[str] = chain(["-rf", "--help"], repeat("fine"))
    monkeypatch.setattr("secrets.token_urlsafe", lambda _size: next(drawn))

    assert make() == "fine"

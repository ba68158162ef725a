"""Selections keep their place, however much has happened since they were told."""

from __future__ import annotations

from random import Random

from ot_client.carets import KEPT, SELF, Carets, Presence
from ot_core import Selection
from tests.core.cases import random_edit


def test_a_selection_ends_where_moving_it_change_by_change_leads() -> None:
    chance = Random(5)
    length = 40
    carets, told = Carets(length), {}
    for number in range(3 * KEPT):
        if number % 500 == 0:
            selection = Selection(chance.randint(0, length), chance.randint(0, length))
            told[f"p{number}"] = selection
            carets.put(f"p{number}", Presence((selection,)))
        operation = random_edit(chance, length)
        length = operation.target_length
        carets.move(operation)
        told = {one: selection.transform(operation) for one, selection in told.items()}
    assert carets.others() == {one: Presence((selection,)) for one, selection in told.items()}


def test_only_who_is_here_and_the_user_keep_their_carets() -> None:
    carets = Carets(3)
    for one in ("p1", "p2", SELF):
        carets.put(one, Presence((Selection(1, 2),), typing=True))
    carets.keep(["p2"])
    assert set(carets.others()) == {"p2"}
    assert carets.get(SELF) == Presence((Selection(1, 2),), typing=True)
    assert carets.get("p1") is None


def test_ends_outside_of_the_text_are_moved_into_it() -> None:
    carets = Carets(3)
    carets.put("p", Presence((Selection(2, 99),)))
    assert carets.get("p") == Presence((Selection(2, 3),))

"""Selections keep their place, however much has happened since they were told."""

from __future__ import annotations

from random import Random

from ot_client.presence import KEPT, SELF, Presence, Presences
from ot_core import Selection
from tests.core.cases import random_edit


def test_a_selection_ends_where_moving_it_change_by_change_leads() -> None:
    chance = Random(5)
    length = 40
    presences, told = Presences(length), {}
    for number in range(3 * KEPT):
        if number % 500 == 0:
            selection = Selection(chance.randint(0, length), chance.randint(0, length))
            told[f"p{number}"] = selection
            presences.put(f"p{number}", Presence((selection,)))
        operation = random_edit(chance, length)
        length = operation.target_length
        presences.move(operation)
        told = {one: selection.transform(operation) for one, selection in told.items()}
    assert presences.others() == {one: Presence((selection,)) for one, selection in told.items()}


def test_only_who_is_here_and_the_user_keep_their_presences() -> None:
    presences = Presences(3)
    for one in ("p1", "p2", SELF):
        presences.put(one, Presence((Selection(1, 2),), typing=True))
    assert presences.keep(["p2"]) == ("p1",)
    assert set(presences.others()) == {"p2"}
    assert presences.get(SELF) == Presence((Selection(1, 2),), typing=True)
    assert presences.get("p1") is None


def test_ends_outside_of_the_text_are_moved_into_it() -> None:
    presences = Presences(3)
    presences.put("p", Presence((Selection(2, 99),)))
    assert presences.get("p") == Presence((Selection(2, 3),))

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
            presences.put(f"p{number}", [Presence((selection,))])
        operation = random_edit(chance, length)
        length = operation.target_length
        presences.move(operation)
        told = {one: selection.transform(operation) for one, selection in told.items()}
    assert presences.others() == {one: (Presence((selection,)),) for one, selection in told.items()}


def test_what_is_put_anew_takes_the_place_of_all_that_a_participant_showed() -> None:
    presences = Presences(3)
    one, two = Presence((Selection(1, 2),), connection="a"), Presence((), data=[1], connection="b")
    assert presences.put("p", [one, two])
    assert not presences.put("p", [one, two]), "nothing new"
    assert presences.put("p", [two, one])
    assert presences.put("p", [two])
    assert presences.others() == {"p": (two,)}
    assert presences.put("p", [])
    assert not presences.put("p", [])
    assert presences.others() == {}


def test_ones_own_are_not_among_the_others() -> None:
    presences = Presences(3)
    mine = Presence((Selection(1, 2),), typing=True)
    presences.put(SELF, [mine])
    assert presences.others() == {}
    assert presences.get(SELF) == (mine,)
    assert presences.get("p") == ()


def test_ends_outside_of_the_text_are_moved_into_it() -> None:
    presences = Presences(3)
    presences.put("p", [Presence((Selection(2, 99),))])
    assert presences.get("p") == (Presence((Selection(2, 3),)),)

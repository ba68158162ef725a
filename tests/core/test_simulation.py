"""Law 7: replicas converge over any delivery.  A run is made from one number, its seed.

Messages are lost, doubled and late, in both directions; clients reconnect, resend, are
closed and opened again; operations are refused.  A failure prints the seed: ``run(seed)``
replays it.  ``OT_SOAK_CASES`` and ``OT_SEED`` say how many runs the soak makes, and where
it begins.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest

from ot_core import Operation
from tests.core.cases import random_edit, random_operation
from tests.core.simulated import FORBIDDEN, Edit, Replica, World, holds

SOAK_CASES = int(os.environ.get("OT_SOAK_CASES", "100_000"))
SEED = int(os.environ.get("OT_SEED", "1_000_000"))

TOKENS = 0x4E00
"""Each edit of a run inserts one character that no other edit inserts, from here on."""


def random_typing(random: Random, length: int, token: str, deletes: bool) -> Operation:
    """Return an edit that inserts `token`, and sometimes what the server refuses."""
    place = random.randint(0, length)
    text = token + FORBIDDEN if random.random() < 0.04 else token
    edit = Operation.replace(length, place, place, text)
    if deletes:
        more = random.choice((random_edit, random_operation))
        edit = edit.compose(more(random, edit.target_length))
    return edit


def step(world: World, token: str, deletes: bool) -> str:
    """Let one thing happen, and say which."""
    random = world.random
    replica = random.choice(world.replicas)
    inbox = world.to_clients[replica.name]
    event = random.choices(
        ("type", "serve", "push", "hear", "lose", "double", "resend", "connect", "reopen"),
        (10, 14, 10, 14, 2, 2, 2, 1, 1),
    )[0]
    late = random.random() < 0.2
    if event == "type":
        world.send(replica.edit(random_typing(random, len(replica.editor), token, deletes)))
    elif event == "serve" and world.to_server:
        world.serve(random.randrange(len(world.to_server)) if late else 0)
    elif event == "push":
        world.push(replica.name)
    elif event == "hear" and inbox:
        world.hear(replica.name, random.randrange(len(inbox)) if late else 0)
    elif event == "lose":
        box = random.choice((world.to_server, inbox))
        if box:
            box.pop(random.randrange(len(box)))
    elif event == "double":
        if world.to_server and random.random() < 0.5:
            world.to_server.append(random.choice(world.to_server))
        elif inbox:
            inbox.append(random.choice(inbox))
    elif event == "resend":
        world.send(replica.sent)
    elif event == "connect":
        world.send(replica.connect())
        world.send(replica.sent)
    elif event == "reopen":
        replica.reopen()
        world.send(replica.connect())
        world.send(replica.sent)
    return f"{event} {replica.name}"


def run(seed: int) -> list[str]:
    """Simulate, check, and return everything that happened, including the text."""
    random = Random(seed)
    world = World.of(random, "ab😀d" * random.randint(0, 2), people=random.randint(2, 4))
    deletes = random.random() < 0.7
    happened: list[str] = []
    for number in range(random.randint(20, 120)):
        happened.append(step(world, chr(TOKENS + number), deletes))
        for replica in world.replicas:
            assert replica.client.length == len(replica.editor)
    world.settle()
    check(world)
    if not deletes:
        check_nothing_is_lost_or_doubled(world, happened)
    return [*happened, world.server.document.text]


def check(world: World) -> None:
    """Assert what everybody was promised."""
    server = world.server
    for replica in world.replicas:
        assert replica.editor.text == server.document.text
        assert replica.client.confirmed == server.document.text
        assert replica.client.unsaved is None
        seqs = [edit.seq for edit in server.log if edit.client == replica.name]
        assert seqs == sorted(set(seqs)), "once each, in the client's order"
        refused = [seq for client, seq in server.refused if client == replica.name]
        assert sorted(seqs + refused) == list(range(1, replica.seq + 1)), "every one is answered"


def check_nothing_is_lost_or_doubled(world: World, happened: list[str]) -> None:
    for number, event in enumerate(happened):
        token = chr(TOKENS + number)
        typed = event.startswith("type")
        given_up = any(holds(operation, token) for operation in world.lost)
        assert world.server.document.text.count(token) == (typed and not given_up)


def replayable(simulate: Callable[[int], object], seeds: range) -> None:
    for seed in seeds:
        try:
            simulate(seed)
        except Exception as error:
            error.add_note(f"replay it with {simulate.__name__}({seed})")
            raise


def test_all_replicas_end_with_the_servers_text() -> None:
    replayable(run, range(250))


@pytest.mark.soak
def test_all_replicas_end_with_the_servers_text_in_a_great_many_runs() -> None:
    replayable(run, range(SEED, SEED + SOAK_CASES))


def test_a_seed_replays_exactly() -> None:
    assert run(7) == run(7)
    assert run(7) != run(8)


# --- two people who type at one place ---------------------------------------------------


def type_letter(replica: Replica, letter: str) -> Edit | None:
    """Type at the caret, which moves with the edits of others."""
    edit = Operation.replace(len(replica.editor), replica.caret, replica.caret, letter)
    replica.caret += 1
    return replica.edit(edit)


def type_two_words(seed: int) -> str:
    """Let two people type at one place, with latency, and return the resulting text."""
    random = Random(seed)
    world = World.of(random, "(|)", people=2)
    words = ["alphabet", "BETACISM"]
    untyped = [list(word) for word in words]
    pace = random.choice((0.5, 0.2, 0.07, 0.02))  # letters per message: the more, the more latency
    for replica in world.replicas:
        replica.caret = 1
    while any(untyped):
        replica = random.choice(world.replicas)
        if random.random() < pace:
            if untyped[replica.name]:
                world.send(type_letter(replica, untyped[replica.name].pop(0)))
        elif world.to_server and random.random() < 0.5:
            world.serve()
        elif world.to_clients[replica.name]:
            world.hear(replica.name)
        else:
            world.push(replica.name)
    world.settle()
    check(world)
    text = world.server.document.text
    assert all(word in text for word in words), text
    return text


def test_two_words_typed_at_one_place_are_never_mingled() -> None:
    replayable(type_two_words, range(400))


def test_the_words_of_that_simulation_do_meet() -> None:
    # If they were typed one after the other, or apart, nothing could mingle.
    texts = {type_two_words(seed) for seed in range(100)}
    assert texts == {"(alphabetBETACISM|)", "(BETACISMalphabet|)"}

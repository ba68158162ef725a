"""Cases for ``client.json``: the client machine, event by event."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ot_core import Acknowledgement, Change, Client, Component, Operation
from tests.core.cases import random_edit, random_operation, random_text

Case = dict[str, object]

CASES = 160


def client_cases(random: Random) -> Iterator[Case]:
    for _ in range(CASES):
        text, revision = random_text(random, 6), random.choice((0, 7, 10_000))
        client = Client(text, revision)
        steps = [random_step(random, client) for _ in range(random.randint(1, 9))]
        yield {
            "text": text,
            "revision": revision,
            "steps": steps,
            "confirmed": client.confirmed,
            "revision_after": client.revision,
        }


def random_step(random: Random, client: Client) -> Case:
    """Let something happen to the client, and say what it was and what it led to."""
    event = random.random()
    if event < 0.5:
        edit = random.choice((random_edit, random_operation))(random, client.length)
        return {"edit": edit.to_wire(), "send": wire(client.edit(edit))}
    if event < 0.92:
        frame = random_frame(random, client)
        revision = client.revision + len(frame)
        received = client.receive(frame, revision)
        return {
            "receive": [
                change.to_wire() if isinstance(change, Operation) else {"ack": True}
                for change in frame
            ],
            "revision": revision,
            "apply": [operation.to_wire() for operation in received.operations],
            "send": wire(received.send),
        }
    return {
        "reject": True,
        "apply": client.reject().to_wire(),
        "send": wire(client.outstanding),
    }


def random_frame(random: Random, client: Client) -> list[Change]:
    """Return what a server may say next: others' operations, and this client's own in its place."""
    # A twin takes the frame change by change, to know where each one starts.
    twin = Client(client.confirmed, client.revision, client.outstanding, client.buffer)
    frame: list[Change] = []
    own = random.randint(0, 3) if twin.outstanding else None
    for place in range(random.randint(1, 4)):
        own_turn = place == own
        change = Acknowledgement() if own_turn else random_operation(random, len(twin.confirmed))
        twin.receive([change], twin.revision + 1)
        frame.append(change)
    return frame


def wire(operation: Operation | None) -> list[Component] | None:
    return None if operation is None else operation.to_wire()

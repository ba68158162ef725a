"""`commit_once`: an edit that is made once, however often and by however many it is asked for.

Each has a client of its own, whose id is made of what it is for (`client_of`).  So the rule that
an edit has one effect, which holds for everybody, holds for it on all nodes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID, uuid5

from ot_core import Operation
from ot_server.session.actor import Actor
from ot_server.session.errands import errand
from ot_server.session.request import Answer, Committed, Refused

__all__ = ["client_of", "commit_once"]

PURPOSES: Final = UUID("3f6c2f0e-5f0b-4c58-9d0c-0a3b1f1f7a52")
"""The name space of such clients."""


def client_of(purpose: str) -> str:
    """Return the id of the client that makes one edit for this purpose."""
    return str(uuid5(PURPOSES, purpose))


async def commit_once(
    actor: Actor,
    client_id: str,
    owner: str,
    participant_id: str,
    make: Callable[[], Awaitable[tuple[Operation, int, int]]],
) -> Answer:
    """Commit what `make` returns, as a participant's; if that was done before, say where.

    That is an operation, on the text at a revision, of an epoch.  Where there is nothing to
    change nothing is committed, and the answer is that revision.  The client is the `owner`'s,
    whoever asks.  It raises what `Actor.edit` does, and what `make` does.
    """
    client = await actor.claimed(client_id, owner)
    if client.last_revision is not None:
        return Committed(client.last_revision)
    operation, revision, epoch = await make()
    if operation.is_noop:
        return Committed(revision)
    seq = client.last_seq + 1
    request = errand(client_id, participant_id, operation, revision, seq=seq)
    answer = await actor.decided(request, epoch)
    if isinstance(answer, Refused) and answer.code == "seq_reused":
        # Somebody has asked for it at the same time, and the text was another by then.
        client = await actor.claimed(client_id, owner)
        if client.last_revision is not None:
            return Committed(client.last_revision)
    return answer
